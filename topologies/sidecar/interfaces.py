"""Interfaces of a node: which one an address is on, carrier, link down and up."""

from __future__ import annotations

import fcntl
import ipaddress
import socket
import struct
from pathlib import Path

from . import netlink
from .namespaces import in_network_of, run_in_network_of
from .refusals import Refused

_SIOCGIFFLAGS = 0x8913
_UP, _RUNNING = 0x1, 0x40

_routes: dict[tuple[int, str], list[str]] = {}
"""Routes that a link took down with it, by network namespace (inode) and interface."""


def interface_with(pid: int, address: str) -> str:
    """Return the name of the node's interface that has *address*."""
    for found, name in in_network_of(pid, _named_addresses):
        if found.address == address:
            return name
    raise Refused(f"no interface has the address {address}")


def interface_towards(address: str) -> tuple[str, str] | None:
    """Return interface and own address on the network of *address*, in the current network namespace."""
    wanted = ipaddress.IPv4Address(address)
    for found, name in _named_addresses():
        network = ipaddress.IPv4Network((found.address, found.prefix_length), strict=False)
        if name != "lo" and wanted in network:
            return name, found.address
    return None


def _named_addresses() -> list[tuple[netlink.Address, str]]:
    names = dict(socket.if_nameindex())
    return [(found, names[found.index]) for found in netlink.addresses() if found.index in names]


def has_carrier(pid: int, address: str) -> bool:
    """Tell whether the interface with *address* is up and has a partner that is up."""
    name = interface_with(pid, address)

    def look() -> bool:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
            answer = fcntl.ioctl(any_socket, _SIOCGIFFLAGS, struct.pack("16s16x", name.encode()))
        flags = struct.unpack_from("=H", answer, 16)[0]
        return bool(flags & _UP and flags & _RUNNING)

    return in_network_of(pid, look)


def link_down(pid: int, address: str) -> None:
    """Take the interface with *address* down, and remember the routes that are lost with it."""
    name = interface_with(pid, address)
    routes = _must_ip(pid, "-4", "-o", "route", "show", "table", "all", "dev", name).splitlines()
    kept = [route for route in routes if "proto kernel" not in route]
    _routes.setdefault((_namespace(pid), name), kept)
    _must_ip(pid, "link", "set", "dev", name, "down")


def link_up(pid: int, address: str) -> None:
    """Take the interface with *address* up, and put the routes back that the kernel does not."""
    name = interface_with(pid, address)
    _must_ip(pid, "link", "set", "dev", name, "up")
    for route in _routes.pop((_namespace(pid), name), []):
        words = [word for word in route.split() if word not in {"linkdown", "dead"}]
        _must_ip(pid, "route", "replace", *words, "dev", name)


def _must_ip(pid: int, *argv: str) -> str:
    done = run_in_network_of(pid, ["ip", *argv])
    if done.returncode != 0:
        raise Refused(f"ip {' '.join(argv)} failed: {done.stderr.strip()}")
    return done.stdout


def _namespace(pid: int) -> int:
    return Path(f"/proc/{pid}/ns/net").stat().st_ino
