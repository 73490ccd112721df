"""The little of rtnetlink that the agent needs: addresses and neighbours, as a dump and as they change."""

from __future__ import annotations

import dataclasses
import socket
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

NEW_ADDRESS, DELETED_ADDRESS, GET_ADDRESS = 20, 21, 22
NEW_NEIGHBOUR, DELETED_NEIGHBOUR, GET_NEIGHBOUR = 28, 29, 30
DONE, ERROR = 3, 2
ADDRESS_GROUP, NEIGHBOUR_GROUP = 0x10, 0x4
_REQUEST_DUMP = 0x301
_HEADER = struct.Struct("=IHHII")
_ADDRESS = struct.Struct("=BBBBI")
_NEIGHBOUR = struct.Struct("=BBHiHBB")
_ATTRIBUTE = struct.Struct("=HH")
_LINK_ADDRESS = 2  # NDA_LLADDR
_STATES = {
    0x01: "INCOMPLETE",
    0x02: "REACHABLE",
    0x04: "STALE",
    0x08: "DELAY",
    0x10: "PROBE",
    0x20: "FAILED",
    0x40: "NOARP",
    0x80: "PERMANENT",
}


@dataclasses.dataclass(frozen=True)
class Address:
    """An IPv4 address of an interface, there or (*added* false) just removed."""

    added: bool
    index: int
    """Number of the interface."""
    address: str
    prefix_length: int


@dataclasses.dataclass(frozen=True)
class Neighbour:
    """An IPv4 neighbour entry as it is now; GONE after it was deleted."""

    index: int
    address: str
    mac: str | None
    state: str


def subscribe(groups: int) -> socket.socket:
    """Return a non-blocking socket that gets every change in *groups*, of the current network namespace."""
    changes = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.NETLINK_ROUTE)
    changes.bind((0, groups))
    changes.setblocking(False)  # noqa: FBT003 -- its own signature
    return changes


def dump(kind: int) -> list[Address | Neighbour]:
    """Return all IPv4 addresses (GET_ADDRESS) or neighbours (GET_NEIGHBOUR) of the current namespace."""
    with socket.socket(
        socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.NETLINK_ROUTE
    ) as asking:
        asking.bind((0, 0))
        asking.settimeout(2.0)
        family = struct.pack("=B15x", socket.AF_INET)
        asking.send(_HEADER.pack(_HEADER.size + len(family), kind, _REQUEST_DUMP, 1, 0) + family)
        found: list[Address | Neighbour] = []
        while True:
            data = asking.recv(65536)
            found += parse(data)
            if any(got in {DONE, ERROR} for got, _ in _messages(data)):
                return found


def addresses() -> list[Address]:
    """Return the IPv4 addresses of the current network namespace."""
    return [found for found in dump(GET_ADDRESS) if isinstance(found, Address)]


def parse(data: bytes) -> list[Address | Neighbour]:
    """Return what the messages of one datagram say; kinds that nobody asked for are left out."""
    found: list[Address | Neighbour] = []
    for kind, body in _messages(data):
        if kind in {NEW_ADDRESS, DELETED_ADDRESS}:
            family, prefix_length, _, _, index = _ADDRESS.unpack_from(body)
            attributes = _attributes(body[_ADDRESS.size :])
            raw = attributes.get(2, attributes.get(1))  # IFA_LOCAL, else IFA_ADDRESS
            if family == socket.AF_INET and raw is not None:
                found.append(Address(kind == NEW_ADDRESS, index, socket.inet_ntoa(raw), prefix_length))
        elif kind in {NEW_NEIGHBOUR, DELETED_NEIGHBOUR}:
            family, _, _, index, state, _, _ = _NEIGHBOUR.unpack_from(body)
            attributes = _attributes(body[_NEIGHBOUR.size :])
            if family == socket.AF_INET and 1 in attributes:  # NDA_DST
                mac = attributes[_LINK_ADDRESS].hex(":") if _LINK_ADDRESS in attributes else None
                name = "GONE" if kind == DELETED_NEIGHBOUR else _STATES.get(state, f"{state:#x}")
                found.append(Neighbour(index, socket.inet_ntoa(attributes[1]), mac, name))
    return found


def _messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + _HEADER.size <= len(data):
        length, kind, _, _, _ = _HEADER.unpack_from(data, at)
        if length < _HEADER.size:
            return
        yield kind, data[at + _HEADER.size : at + length]
        at += (length + 3) & ~3


def _attributes(data: bytes) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    at = 0
    while at + _ATTRIBUTE.size <= len(data):
        length, kind = _ATTRIBUTE.unpack_from(data, at)
        if length < _ATTRIBUTE.size:
            break
        found[kind] = data[at + _ATTRIBUTE.size : at + length]
        at += (length + 3) & ~3
    return found
