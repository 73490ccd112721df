"""ARP: frames as facts, and asking who has an address without anybody learning from the question."""

from __future__ import annotations

import dataclasses
import os
import select
import socket
import struct
import time

from .interfaces import interface_towards
from .refusals import Refused

ETHERTYPE_ARP = 0x0806
_PACKET = struct.Struct("!HHBBH6s4s6s4s")
_REQUEST, _REPLY = 1, 2
_SOL_PACKET, _PACKET_ADD_MEMBERSHIP, _PACKET_MR_PROMISC = 263, 1, 1
_ASK_EVERY_S = 0.06


@dataclasses.dataclass(frozen=True)
class ArpFrame:
    """An ARP frame on Ethernet for IPv4."""

    op: str
    """`request` or `reply`."""
    sender_mac: str
    sender_ip: str
    target_ip: str

    @property
    def gratuitous(self) -> bool:
        """Whether it announces an address instead of asking for one."""
        return self.sender_ip == self.target_ip


def parse_frame(frame: bytes) -> ArpFrame | None:
    """Return the ARP frame that *frame* is, or None where it is something else."""
    if len(frame) < 14 + _PACKET.size or frame[12:14] != b"\x08\x06":
        return None
    hardware, protocol, _, _, op, sender_mac, sender_ip, _, target_ip = _PACKET.unpack_from(frame, 14)
    if (hardware, protocol) != (1, 0x0800) or op not in {_REQUEST, _REPLY}:
        return None
    name = "request" if op == _REQUEST else "reply"
    return ArpFrame(name, sender_mac.hex(":"), socket.inet_ntoa(sender_ip), socket.inet_ntoa(target_ip))


def listen(interface: str | None = None) -> socket.socket:
    """Return a non-blocking socket that gets the ARP frames which arrive in the current network namespace."""
    frames = socket.socket(
        socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.htons(ETHERTYPE_ARP)
    )
    if interface:
        frames.bind((interface, ETHERTYPE_ARP))
    frames.setblocking(False)  # noqa: FBT003 -- its own signature
    return frames


def who_has(address: str, patience_s: float) -> list[str]:
    """Return the distinct MAC addresses that answer for *address*, asked in the current network namespace.

    It waits for the whole of *patience_s*, since a second answer would mean two owners. The question comes
    from a made-up MAC address and from 0.0.0.0, so that it changes nobody's neighbour table, not even the
    asker's: an entry that is wrong must stay wrong until the system under test corrects it.

    Raises:
        Refused: the node is not on the network of *address*.
    """
    towards = interface_towards(address)
    if towards is None:
        raise Refused(
            f"the node has no interface on the network of {address}, so it cannot ask for it by ARP"
        )
    interface, _ = towards
    made_up = b"\x02\x6a\x74" + os.urandom(3)
    body = _PACKET.pack(1, 0x0800, 6, 4, _REQUEST, made_up, bytes(4), bytes(6), socket.inet_aton(address))
    question = b"\xff" * 6 + made_up + struct.pack("!H", ETHERTYPE_ARP) + body
    answered: dict[str, None] = {}
    with listen(interface) as frames:
        promiscuous = struct.pack("=IHH8s", socket.if_nametoindex(interface), _PACKET_MR_PROMISC, 0, b"")
        frames.setsockopt(_SOL_PACKET, _PACKET_ADD_MEMBERSHIP, promiscuous)
        ends_s = time.monotonic() + patience_s
        next_s = time.monotonic()
        while (now_s := time.monotonic()) < ends_s:
            if now_s >= next_s:
                frames.send(question)
                next_s = now_s + _ASK_EVERY_S
            ready, _, _ = select.select([frames], [], [], max(0.0, min(next_s, ends_s) - time.monotonic()))
            if ready:
                seen = parse_frame(frames.recv(2048))
                if seen and seen.op == "reply" and seen.sender_ip == address:
                    answered[seen.sender_mac] = None
    return list(answered)
