"""Trying a TCP connection from the current network namespace."""

from __future__ import annotations

import errno
import os
import select
import socket

from .interfaces import interface_towards
from .refusals import Refused


def try_connect(address: str, port: int, patience_s: float) -> str:
    """Return `open`, `refused`, `silent` (no answer within *patience_s*) or `no route`."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_CLOEXEC) as attempt:
        attempt.setblocking(False)  # noqa: FBT003 -- its own signature
        status = attempt.connect_ex((address, port))
        if status == errno.EINPROGRESS:
            _, ready, _ = select.select([], [attempt], [], patience_s)
            if not ready:
                return "silent"
            status = attempt.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    return _outcome(status, address)


def _outcome(status: int, address: str) -> str:
    if status == 0:
        return "open"
    if status in {errno.ECONNREFUSED, errno.ECONNRESET}:
        return "refused"
    if status == errno.ETIMEDOUT:
        return "silent"
    if status == errno.EHOSTUNREACH and interface_towards(address):
        return "silent"  # a neighbour that answered no ARP, told by our own kernel
    if status in {errno.ENETUNREACH, errno.EHOSTUNREACH}:
        return "no route"
    raise Refused(f"connecting to {address} failed: {os.strerror(status)}")
