"""Reading a capture: pcap with Ethernet frames, IPv4, TCP and UDP."""

import struct
from collections.abc import Iterator

_FILE_HEADER = 24
_RECORD_HEADER = 16
_ETHERNET = 14
_IPV4 = b"\x08\x00"


def frames(pcap: bytes) -> Iterator[bytes]:
    """Yield the Ethernet frames of a capture; a torn last record is left out.

    Raises:
        ValueError: it is no pcap.
    """
    if not pcap:
        return
    order = {b"\xd4\xc3\xb2\xa1": "<", b"\xa1\xb2\xc3\xd4": ">"}.get(pcap[:4])
    if order is None:
        raise ValueError(f"not a pcap with microseconds: it begins with {pcap[:4].hex()}")
    at = _FILE_HEADER
    while at + _RECORD_HEADER <= len(pcap):
        (caught,) = struct.unpack_from(f"{order}I", pcap, at + 8)
        at += _RECORD_HEADER
        if at + caught > len(pcap):
            return
        yield pcap[at : at + caught]
        at += caught


def payloads(pcap: bytes) -> list[bytes]:
    """Return the TCP and UDP payloads of a capture, in order; empty ones left out."""
    return [payload for frame in frames(pcap) if (payload := _payload(frame))]


def _payload(frame: bytes) -> bytes:
    if frame[12:14] != _IPV4:
        return b""
    header = (frame[_ETHERNET] & 0x0F) * 4
    (total,) = struct.unpack_from("!H", frame, _ETHERNET + 2)
    inside = frame[_ETHERNET + header : _ETHERNET + total]
    match frame[_ETHERNET + 9]:
        case 6:
            return inside[(inside[12] >> 4) * 4 :]
        case 17:
            return inside[8:]
        case _:
            return b""
