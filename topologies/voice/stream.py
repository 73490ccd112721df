"""One end of a call's speech: a socket, what is sent over it, and what has arrived (RFC 3550, RFC 3551)."""

import dataclasses
import secrets
import socket
import struct
import time

from topologies.voice.description import PACKET_MS, PCMA, PCMU
from topologies.voice.hearing import Hearing
from topologies.voice.reception import HEADER, NS_PER_MS, Received

SAMPLES = 8 * PACKET_MS
"""In a packet; one byte each."""
SILENCE = {PCMU: 0xFF, PCMA: 0xD5}
"""The byte that says nothing, by payload type."""
MARKER = 0x80
SO_TIMESTAMPNS = 35
"""Not in Python's socket module; the kernel's stamp is then a timespec of CLOCK_REALTIME."""
STAMP = struct.Struct("qq")
LONGEST_PACKET = 2048
SILENT_AFTER_NS = 100 * NS_PER_MS


@dataclasses.dataclass(frozen=True)
class Report:
    """Both directions of a stream, as its end point saw them."""

    sent: int
    received: Received


class Stream:
    """Sends a packet whenever it is told to, and counts what comes. Whoever owns it gives it a `tag`."""

    def __init__(self, sock: socket.socket) -> None:
        """Take over *sock*, which is bound."""
        sock.setblocking(False)  # noqa: FBT003 -- its only argument
        sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.tag: object = None
        self.socket = sock
        self.port: int = sock.getsockname()[1]
        self.hearing = Hearing(time.monotonic_ns())
        self.flows = False
        """Whether packets came at the last look."""
        self.sent = 0
        self.late_ns = 0
        """How late the latest packet was sent."""
        self._target: tuple[str, int] | None = None
        self._kind = PCMA
        self._payload = b""
        self._number = secrets.randbelow(1 << 16)
        self._timestamp = secrets.randbits(32)
        self._source = secrets.randbits(32)

    def talk_to(self, address: str, port: int, payload_type: int) -> None:
        """Begin to send, and to wait for what the other side has to say."""
        self.hearing.expect(time.monotonic_ns(), (address, port))
        self._kind = payload_type
        self._payload = bytes([SILENCE[payload_type]]) * SAMPLES
        self._target = (address, port)

    def fall_silent(self) -> None:
        """Send no more; what comes is still counted."""
        self._target = None

    def conclude(self) -> None:
        """Let silence be no gap any more; what comes is still counted."""
        self.hearing.conclude(time.monotonic_ns())

    def send(self, late_ns: int = 0) -> None:
        """Send the next packet, which is so late, where there is somebody to talk to."""
        if self._target is None:
            return
        self.late_ns = max(self.late_ns, late_ns)
        kind = self._kind if self.sent else self._kind | MARKER
        packet = HEADER.pack(0x80, kind, self._number, self._timestamp, self._source) + self._payload
        try:
            self.socket.sendto(packet, self._target)
            self.sent += 1
        except OSError:
            pass  # a network that takes nothing has lost it
        self._number = (self._number + 1) & 0xFFFF
        self._timestamp = (self._timestamp + SAMPLES) & 0xFFFFFFFF

    def receive(self, ahead_ns: int) -> None:
        """Count everything that has arrived.

        ahead_ns: how far CLOCK_REALTIME, which the kernel's stamps have, is ahead of CLOCK_MONOTONIC.
        """
        try:
            while True:
                data, stamps, _, peer = self.socket.recvmsg(LONGEST_PACKET, 64)
                seconds, nanoseconds = STAMP.unpack_from(stamps[0][2])
                self.hearing.feed(data, peer, seconds * 1_000_000_000 + nanoseconds - ahead_ns)
        except BlockingIOError:
            return

    def has_changed(self, now_ns: int) -> bool:
        """Look whether packets come; tell whether that is news."""
        flows = self.hearing.received > 0 and now_ns - self.hearing.last_ns < SILENT_AFTER_NS
        changed, self.flows = flows is not self.flows, flows
        return changed

    def report(self) -> Report:
        """Return what became of it until now."""
        return Report(self.sent, self.hearing.at(time.monotonic_ns()))
