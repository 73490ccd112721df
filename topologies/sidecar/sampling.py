"""Sending datagrams from one node to another, to see how many arrive: one way, without a service's help."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import threading
import time
from functools import partial

from .namespaces import in_network_of
from .refusals import Refused

SAMPLE_PORT = 9
"""Discard, which nobody serves: the port to which samples go, and on which nothing else is expected."""
_NUMBER = struct.Struct("!I")
_LONGEST = 64
_one_sample_at_a_time = threading.Lock()


def arrived(sender: int, receiver: int, address: str, number: int, patience_s: float) -> int:
    """Return how many of *number* datagrams from process *sender*'s node arrived at *address* of the other.

    It waits up to *patience_s* for the last ones.
    """
    token = os.urandom(8)
    heard: set[bytes] = set()
    with contextlib.ExitStack() as held:
        held.enter_context(_one_sample_at_a_time)
        ear = held.enter_context(in_network_of(receiver, partial(_listening, address)))
        mouth = held.enter_context(in_network_of(sender, _speaking))
        for one in range(number):
            _send(mouth, token + _NUMBER.pack(one), address)
            _hear(ear, token, heard)
        ends_s = time.monotonic() + patience_s
        while len(heard) < number and (left_s := ends_s - time.monotonic()) > 0:
            ear.settimeout(left_s)
            _hear(ear, token, heard)
    return len(heard)


def _listening(address: str) -> socket.socket:
    ear = _speaking()
    try:
        ear.bind((address, SAMPLE_PORT))
    except OSError as error:
        ear.close()
        raise Refused(f"nobody can listen on {address}:{SAMPLE_PORT}: {error.strerror}") from error
    ear.setblocking(False)  # noqa: FBT003 -- its own signature
    return ear


def _speaking() -> socket.socket:
    return socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)


def _send(mouth: socket.socket, sample: bytes, address: str) -> None:
    try:
        mouth.sendto(sample, (address, SAMPLE_PORT))
    except OSError as error:
        raise Refused(f"no datagram can be sent to {address}: {error.strerror}") from error


def _hear(ear: socket.socket, token: bytes, heard: set[bytes]) -> None:
    """Take what has arrived, up to the socket's patience."""
    try:
        while True:
            sample = ear.recv(_LONGEST)
            if sample.startswith(token):
                heard.add(sample)
            ear.setblocking(False)  # noqa: FBT003 -- its own signature
    except (BlockingIOError, TimeoutError):
        return
