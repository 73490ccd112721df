"""What the sidecar reads off the wire and from the kernel: ARP, netlink, pcap, stolen time."""

import socket
import struct

import pytest

from topologies.lab import pcap
from topologies.sidecar import arp, netlink, stalls

MAC = bytes.fromhex("0242c612f00b")


def arp_frame(op: int, sender_ip: str, target_ip: str) -> bytes:
    body = struct.pack("!HHBBH", 1, 0x0800, 6, 4, op) + MAC + socket.inet_aton(sender_ip)
    return b"\xff" * 6 + MAC + b"\x08\x06" + body + bytes(6) + socket.inet_aton(target_ip) + bytes(18)


def test_gratuitous_arp_announces_itself() -> None:
    frame = arp.parse_frame(arp_frame(1, "198.18.1.100", "198.18.1.100"))
    assert frame == arp.ArpFrame("request", "02:42:c6:12:f0:0b", "198.18.1.100", "198.18.1.100")
    assert frame.gratuitous


def test_an_answer_is_not_gratuitous() -> None:
    frame = arp.parse_frame(arp_frame(2, "198.18.1.100", "198.18.1.10"))
    assert frame is not None
    assert (frame.op, frame.gratuitous) == ("reply", False)


@pytest.mark.parametrize(
    "frame", [b"", arp_frame(1, "198.18.1.1", "198.18.1.2")[:30], arp_frame(9, "198.18.1.1", "198.18.1.2")]
)
def test_anything_else_is_no_arp(frame: bytes) -> None:
    assert arp.parse_frame(frame) is None


def attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("=HH", len(value) + 4, kind) + value + bytes(-len(value) % 4)


def message(kind: int, body: bytes) -> bytes:
    return struct.pack("=IHHII", len(body) + 16, kind, 0, 0, 0) + body


def test_addresses_that_come_and_go() -> None:
    body = struct.pack("=BBBBI", socket.AF_INET, 24, 0, 0, 5) + attribute(2, socket.inet_aton("198.18.1.100"))
    data = message(netlink.NEW_ADDRESS, body) + message(netlink.DELETED_ADDRESS, body)
    assert netlink.parse(data) == [
        netlink.Address(added=True, index=5, address="198.18.1.100", prefix_length=24),
        netlink.Address(added=False, index=5, address="198.18.1.100", prefix_length=24),
    ]


def test_neighbours_and_what_became_of_them() -> None:
    def body(state: int) -> bytes:
        entry = struct.pack("=BBHiHBB", socket.AF_INET, 0, 0, 5, state, 0, 0)
        return entry + attribute(1, socket.inet_aton("198.18.1.100")) + attribute(2, MAC)

    data = message(netlink.NEW_NEIGHBOUR, body(0x04)) + message(netlink.DELETED_NEIGHBOUR, body(0x20))
    states = [found.state for found in netlink.parse(data) if isinstance(found, netlink.Neighbour)]
    assert states == ["STALE", "GONE"]


def test_the_kernel_lists_its_loopback_address() -> None:
    assert any(found.address == "127.0.0.1" for found in netlink.addresses())


def captured(frames: list[bytes]) -> bytes:
    header = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    return header + b"".join(struct.pack("<IIII", 0, 0, len(one), len(one)) + one for one in frames)


def ipv4(protocol: int, inside: bytes) -> bytes:
    header = struct.pack(
        "!BBHHHBBH4s4s", 0x45, 0, 20 + len(inside), 0, 0, 64, protocol, 0, bytes(4), bytes(4)
    )
    return bytes(12) + b"\x08\x00" + header + inside


def test_payloads_of_tcp_and_udp_without_padding() -> None:
    tcp, udp = bytes(12) + b"\x50" + bytes(7) + b"GET /", bytes(8) + b"question"
    frames = [
        ipv4(6, tcp) + bytes(6),
        ipv4(6, bytes(12) + b"\x50" + bytes(7)),
        ipv4(17, udp),
        ipv4(112, b"vrrp"),
        bytes(60),
    ]
    assert pcap.payloads(captured(frames)) == [b"GET /", b"question"]


def test_a_torn_capture_ends_with_its_last_whole_frame() -> None:
    whole = captured([ipv4(17, bytes(8) + b"one"), ipv4(17, bytes(8) + b"two")])
    assert pcap.payloads(whole[:-1]) == [b"one"]
    assert pcap.payloads(b"") == []


def test_what_is_no_capture_is_told() -> None:
    with pytest.raises(ValueError, match="not a pcap"):
        pcap.payloads(b"tcpdump: eth7: no such device")


def test_stolen_time_per_core() -> None:
    before = stalls.stolen_ticks(
        "cpu 9 9 9 9 9 9 9 9 0 0\ncpu0 1 0 0 0 0 0 0 5 0 0\ncpu1 1 0 0 0 0 0 0 2 0 0\nintr 1\n"
    )
    assert before == {0: 5, 1: 2}
    assert stalls.newly_stolen_ms(before, {0: 8, 1: 2}, 10.0) == {0: 30.0}
