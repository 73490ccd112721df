"""The open loop: an operation is started every interval, whether or not earlier ones have ended.

A slot that comes up while this process does not run is started late; further slots missed meanwhile are left
out, so numbers have gaps. That is the host's doing and recorded as a `stall`.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from topologies.voice.loop import LOOP

if TYPE_CHECKING:
    from collections.abc import Callable

NS_PER_S = 1e9


class Pace:
    """Starts operations until it is told to stop, or a limit is reached."""

    def __init__(
        self,
        start: Callable[[int, int], bool],
        *,
        interval_ns: int,
        max_ns: int,
        max_operations: int,
        at_limit: Callable[[], None],
    ) -> None:
        """Prepare to call *start* with the number of each slot and the time for which it was meant (ns).

        start: says whether an operation was started;
        at_limit: called when there will be no further slot.
        """
        self.operations = 0
        self.skipped = 0
        """Slots in which nothing was started, because enough was under way."""
        self._start = start
        self._interval_ns = interval_ns
        self._max_ns = max_ns
        self._max_operations = max_operations
        self._at_limit = at_limit
        self._began_ns = 0
        self._stopped = False

    def begin(self) -> None:
        """Start the first operation."""
        self._began_ns = time.monotonic_ns()
        self._slot(0)

    def stop(self) -> None:
        """Start nothing any more."""
        self._stopped = True

    def _slot(self, number: int) -> None:
        now_ns = time.monotonic_ns()
        if self._stopped:
            return
        if self.operations >= self._max_operations or now_ns - self._began_ns >= self._max_ns:
            self._at_limit()
            return
        if self._start(number, self._began_ns + number * self._interval_ns):
            self.operations += 1
        else:
            self.skipped += 1
        now_ns = time.monotonic_ns()
        following = max(number + 1, (now_ns - self._began_ns) // self._interval_ns)
        due_ns = self._began_ns + following * self._interval_ns
        LOOP.later(max(0, due_ns - now_ns) / NS_PER_S, self._slot, following)
