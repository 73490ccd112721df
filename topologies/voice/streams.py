"""RTP of all calls of a process: sent and received by one thread, whatever the signalling does meanwhile.

Four times in 20 ms the thread sends the next packet of a quarter of all streams, and then reads what has
arrived. The kernel stamps what arrives, so a reader who is late spoils no measurement.
"""

import errno
import secrets
import select
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator

from topologies.voice.description import PACKET_MS
from topologies.voice.reception import NS_PER_MS
from topologies.voice.stream import Report, Stream

TICK_NS = 5 * NS_PER_MS
QUARTERS = PACKET_MS * NS_PER_MS // TICK_NS
LOOK_TICKS = 20
"""Every so many ticks streams are looked at: 100 ms."""
LONGEST_CATCH_UP_NS = 1_000_000_000
"""A sender that was stopped for longer goes on from now; a shorter pause is made up for."""
SWITCH_S = 0.0005
"""How long another thread may keep this one waiting, once it is due."""

Tell = Callable[[Stream, int], None]
"""Called from the thread when a stream has begun or ceased to flow: since when, in ns."""


class NoPortError(Exception):
    """Every port of the range is taken."""


class Streams(threading.Thread):
    """All streams of a process, and the thread that serves them."""

    def __init__(self, address: str, ports: range, tell: Tell | None = None) -> None:
        super().__init__(name="rtp", daemon=True)
        self.late_ns = 0
        """How late the latest tick was."""
        self._address = address
        self._ports = ports[::2]  # the odd ones belong to RTCP
        self._next_port = secrets.randbelow(len(self._ports))
        self._tell = tell
        self._lock = threading.Lock()
        self._quarters: list[list[Stream]] = [[] for _ in range(QUARTERS)]
        self._by_descriptor: dict[int, Stream] = {}
        self._epoll = select.epoll()
        self._has_streams = threading.Event()
        self._pause = threading.Event()

    def open(self) -> Stream:
        """Return a new stream, which receives from now on.

        Raises:
            NoPortError: all ports are taken.
        """
        stream = Stream(self._bound())
        descriptor = stream.socket.fileno()
        with self._lock:
            min(self._quarters, key=len).append(stream)
            self._by_descriptor[descriptor] = stream
            self._epoll.register(descriptor, select.EPOLLIN)
        self._has_streams.set()
        return stream

    def close(self, stream: Stream) -> Report:
        """End a stream, and return what became of it; again, if it has ended already."""
        with self._lock:
            if self._by_descriptor.pop(stream.socket.fileno(), None):
                stream.fall_silent()
                stream.receive(_ahead_ns())
                self._epoll.unregister(stream.socket.fileno())
                next(quarter for quarter in self._quarters if stream in quarter).remove(stream)
                stream.socket.close()
            if not self._by_descriptor:
                self._has_streams.clear()
            return stream.report()

    def _bound(self) -> socket.socket:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for _ in self._ports:
            port = self._ports[self._next_port]
            self._next_port = (self._next_port + 1) % len(self._ports)
            try:
                sock.bind((self._address, port))
            except OSError as refused:
                if refused.errno != errno.EADDRINUSE:
                    raise
            else:
                return sock
        sock.close()
        raise NoPortError(f"ports {self._ports.start} to {self._ports[-1]} of {self._address} are all taken")

    def run(self) -> None:
        """Serve streams until the process ends."""
        sys.setswitchinterval(SWITCH_S)
        for tick, late_ns in self._ticks():
            with self._lock:
                for stream in self._quarters[tick % QUARTERS]:
                    stream.send(late_ns)
                ahead_ns = _ahead_ns()
                for descriptor, _ in self._epoll.poll(0):
                    self._by_descriptor[descriptor].receive(ahead_ns)
                if tick % LOOK_TICKS == 0 and self._tell:
                    self._look(self._tell)

    def _ticks(self) -> Iterator[tuple[int, int]]:
        """Yield each tick when it is due, and how late it is, in ns; while there are no streams, none is."""
        tick, due_ns = 0, time.monotonic_ns()
        while True:
            if not self._has_streams.is_set():
                self._has_streams.wait()
                due_ns = time.monotonic_ns()
            now_ns = time.monotonic_ns()
            if now_ns < due_ns:
                self._pause.wait((due_ns - now_ns) / 1e9)
                now_ns = time.monotonic_ns()
            late_ns = max(0, now_ns - due_ns)
            self.late_ns = max(self.late_ns, late_ns)
            if late_ns > LONGEST_CATCH_UP_NS:
                due_ns = now_ns
            yield tick, late_ns
            tick += 1
            due_ns += TICK_NS

    def _look(self, tell: Tell) -> None:
        now_ns = time.monotonic_ns()
        for stream in self._by_descriptor.values():
            if stream.has_changed(now_ns):
                tell(stream, now_ns if stream.flows else stream.hearing.last_ns)


def _ahead_ns() -> int:
    """Return how far CLOCK_REALTIME is ahead of CLOCK_MONOTONIC."""
    return time.time_ns() - time.monotonic_ns()
