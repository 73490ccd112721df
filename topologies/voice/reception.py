"""What arrives of an RTP stream, counted after RFC 3550: loss, late and duplicate packets, jitter, gaps.

Times are CLOCK_MONOTONIC nanoseconds; the kernel's stamps where they can be had.
"""

import dataclasses
import struct

HEADER = struct.Struct("!BBHII")
"""Version and flags, marker and payload type, sequence number, timestamp, source (RFC 3550, 5.1)."""
VERSION = 2
RTCP_TYPES = range(72, 77)
"""What the payload type looks like in RTCP that came to the wrong port (RFC 5761, 4)."""
CLOCK_HZ = 8000
WRAP = 1 << 16
WINDOW = 512
"""How far back a packet is still told from its duplicate, in packets."""
NS_PER_MS = 1_000_000


@dataclasses.dataclass(frozen=True)
class Received:
    """What came of a stream until now."""

    received: int
    """Packets, without duplicates."""
    lost: int
    late: int
    """Packets that came after one with a higher number."""
    duplicate: int
    jitter_ms: float
    """Interarrival jitter as of the last packet (RFC 3550, A.8)."""
    longest_gap_ms: float
    """The longest time without a packet, from the beginning of the wait on."""
    sources: tuple[str, ...]
    """Addresses it came from."""
    malformed: int
    """Datagrams that were no RTP."""
    strange: int = 0
    """Packets of further streams, which belong to somebody else's call."""


class Reception:
    """The receiver's half of one stream."""

    def __init__(self, began_ns: int) -> None:
        """Begin to wait for the first packet at *began_ns*."""
        self.last_ns = began_ns
        """When the last packet came, or the wait began."""
        self.received = 0
        self._late = self._duplicate = self._malformed = 0
        self._first = self._highest = 0
        self._seen = 0
        """Bit k: the packet k before the highest one has come."""
        self._transit = 0.0
        self._jitter = 0.0
        self._gap_ns = 0
        self._is_over = False
        self._sources: dict[str, None] = {}

    def expect(self, now_ns: int) -> None:
        """Begin to wait only now, unless packets have come already."""
        if not self.received:
            self.last_ns = now_ns

    def conclude(self, now_ns: int) -> None:
        """Wait for no more packets: from now on silence is no gap. What still comes is counted."""
        self._gap_ns = max(self._gap_ns, now_ns - self.last_ns)
        self._is_over = True

    def feed(self, data: bytes, source: str, at_ns: int) -> None:
        """Take in a datagram."""
        if len(data) < HEADER.size:
            self._malformed += 1
            return
        flags, kind, number, timestamp, _ = HEADER.unpack_from(data)
        if flags >> 6 != VERSION or kind & 0x7F in RTCP_TYPES:
            self._malformed += 1
            return
        if source not in self._sources:
            self._sources[source] = None
        if not self._is_new(number):
            self._duplicate += 1
            return
        if not self._is_over:
            self._gap_ns = max(self._gap_ns, at_ns - self.last_ns)
        self.last_ns = max(self.last_ns, at_ns)
        transit = at_ns * CLOCK_HZ / 1e9 - timestamp
        if self.received:
            # The timestamp wraps after six days; the one step then counts as nothing.
            step = abs(transit - self._transit)
            self._jitter += ((step if step < CLOCK_HZ * 60 else 0.0) - self._jitter) / 16
        self._transit = transit
        self.received += 1

    def _is_new(self, number: int) -> bool:
        """Put a packet in its place by its sequence number; tell whether it has not come before."""
        if not self.received:
            self._first = self._highest = number
            self._seen = 1
            return True
        ahead = (number - self._highest + WRAP // 2) % WRAP - WRAP // 2
        if ahead > 0:
            self._highest += ahead
            self._seen = (self._seen << ahead | 1) & ((1 << WINDOW) - 1) if ahead < WINDOW else 1
            return True
        if -ahead >= WINDOW or self._seen >> -ahead & 1:
            return False
        self._seen |= 1 << -ahead
        self._first = min(self._first, self._highest + ahead)
        self._late += 1
        return True

    def at(self, now_ns: int) -> Received:
        """Return what came until *now_ns*; the silence since the last packet is a gap too, until the end."""
        silent_ns = 0 if self._is_over else now_ns - self.last_ns
        expected = self._highest - self._first + 1 if self.received else 0
        return Received(
            received=self.received,
            lost=max(0, expected - self.received),
            late=self._late,
            duplicate=self._duplicate,
            jitter_ms=round(self._jitter / CLOCK_HZ * 1000, 3),
            longest_gap_ms=round(max(self._gap_ns, silent_ns) / NS_PER_MS, 1),
            sources=tuple(self._sources),
            malformed=self._malformed,
        )
