"""What sippy waits with, replaced: its own wakes up a hundred times a second and needs threads for sockets.

Here one thread sleeps until a datagram arrives or the next timer is due. sippy takes it for its C extension
`elperiodic`, which has to be replaced before sippy is imported for the first time.
"""

import collections
import os
import select
import sys
import time
import types
from collections.abc import Callable
from typing import Any

LONGEST_WAIT_S = 0.05
OVERSLEPT_NS = 5_000_000
"""An oversleep that is worth telling."""


class Waiting:
    """Lets time pass until there is something to do; has the interface of `elperiodic.ElPeriodic`."""

    def __init__(self, _frequency_hz: float) -> None:
        self.next_timer_in_s: Callable[[], float] = lambda: LONGEST_WAIT_S
        self.on_oversleep: Callable[[int, int], None] = lambda _woke_ns, _late_ns: None
        self._epoll = select.epoll()
        self._readers: dict[int, Callable[[], None]] = {}
        self._calls: collections.deque[tuple[Callable[..., None], tuple[Any, ...]]] = collections.deque()
        self._bell = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._looked_ns = time.monotonic_ns()
        self.watch(self._bell, self._carry_out)

    def watch(self, descriptor: int, read: Callable[[], None]) -> None:
        """Call *read* whenever *descriptor* is readable."""
        self._readers[descriptor] = read
        self._epoll.register(descriptor, select.EPOLLIN)

    def forget(self, descriptor: int) -> None:
        """Watch *descriptor* no longer."""
        if self._readers.pop(descriptor, None):
            self._epoll.unregister(descriptor)

    def procrastinate(self) -> None:
        """Wait for the next timer or for something to read, and have it read."""
        wait_s = max(0.0, min(LONGEST_WAIT_S, self.next_timer_in_s()))
        wake_ns = max(time.monotonic_ns() + round(wait_s * 1e9), self._looked_ns)
        # select on the epoll descriptor: its timeout has microseconds, that of epoll only milliseconds.
        ready = select.select([self._epoll], [], [], wait_s)[0]
        woke_ns = time.monotonic_ns()
        if woke_ns - wake_ns >= OVERSLEPT_NS:
            self.on_oversleep(woke_ns, woke_ns - wake_ns)
        for descriptor, _ in self._epoll.poll(0) if ready else ():
            if read := self._readers.get(descriptor):
                read()
        self._looked_ns = time.monotonic_ns()

    def call_from_thread(self, handler: Callable[..., None], *arguments: Any) -> None:  # noqa: ANN401 -- anything
        """Have *handler* called in the thread that waits."""
        self._calls.append((handler, arguments))
        os.eventfd_write(self._bell, 1)

    def _carry_out(self) -> None:
        os.eventfd_read(self._bell)
        while self._calls:
            handler, arguments = self._calls.popleft()
            handler(*arguments)

    def CFT_enable(self, _signal: int) -> None:  # noqa: N802 -- its name there
        """Do nothing: no signal is needed to wake us."""


def _stand_in() -> None:
    """Take the place of `elperiodic`."""
    package: Any = types.ModuleType("elperiodic")
    package.ElPeriodic = module = types.ModuleType("elperiodic.ElPeriodic")
    module.ElPeriodic = Waiting  # type: ignore[attr-defined]
    sys.modules.update({"elperiodic": package, "elperiodic.ElPeriodic": module})
    os.environ["SIPLOG_BEND"] = "none"  # otherwise sippy prints every message


_stand_in()
