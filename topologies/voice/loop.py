"""The one thread of everything that is SIP: sippy's dispatcher with its timers."""

import gc
import sys
import traceback
from collections.abc import Callable
from typing import Any

from sippy.Core.EventDispatcher import ED2
from sippy.Time.MonoTime import MonoTime
from sippy.Time.Timeout import Timeout

from topologies.voice.waiting import LONGEST_WAIT_S, Waiting


class Timer:
    """Something that happens later, unless it is cancelled."""

    def __init__(self, entry: Any) -> None:  # noqa: ANN401 -- sippy's
        self._entry = entry

    def cancel(self) -> None:
        """Keep it from happening; harmless when it has."""
        self._entry.cancel()


class Loop:
    """The dispatcher. sippy has one for a whole process, so there is one of these."""

    def __init__(self) -> None:
        self.troubles = 0
        """Errors in callbacks so far; each has its traceback on stderr."""
        self._waiting: Waiting = ED2.elp
        self._waiting.next_timer_in_s = self._next_timer_in_s

    def run(self) -> None:
        """Work until `stop`, in the thread that imported this module."""
        ED2.loop()

    def stop(self) -> None:
        """Make `run` return."""
        ED2.breakLoop()

    def later(self, seconds: float, call: Callable[..., None], *arguments: Any) -> Timer:  # noqa: ANN401
        """Call something once, in *seconds*."""
        return Timer(Timeout(self.guarded(call), seconds, 1, *arguments))

    def from_thread(self, call: Callable[..., None], *arguments: Any) -> None:  # noqa: ANN401
        """Call something soon, in the loop's thread."""
        self._waiting.call_from_thread(self.guarded(call), *arguments)

    def watch(self, descriptor: int, read: Callable[[], None]) -> None:
        """Call *read* whenever *descriptor* is readable."""
        self._waiting.watch(descriptor, self.guarded(read))

    def forget(self, descriptor: int) -> None:
        """Watch *descriptor* no longer."""
        self._waiting.forget(descriptor)

    def tell_oversleeping(self, tell: Callable[[int, int], None]) -> None:
        """Call *tell* with the time (CLOCK_MONOTONIC) and the lateness whenever the loop woke late, in ns."""
        self._waiting.on_oversleep = tell

    def collect_garbage(self, *, every_s: float) -> None:
        """Have garbage collected by the loop from now on, in small portions, and not when Python thinks fit.

        A call leaves circles of objects. Those of two minutes, collected at once, stop every call for 0.3 s.
        """
        gc.collect()
        gc.freeze()  # the modules are here to stay
        gc.disable()
        self._collect(every_s)

    def guarded(self, call: Callable[..., None]) -> Callable[..., None]:
        """Return *call* such that its errors are counted and shown, and end nothing else."""

        def guard(*arguments: Any) -> None:  # noqa: ANN401
            try:
                call(*arguments)
            except Exception:  # noqa: BLE001 -- one call of many; the trouble is told
                self.troubles += 1
                traceback.print_exc(file=sys.stderr)

        return guard

    def _collect(self, every_s: float) -> None:
        gc.collect()
        self.later(every_s, self._collect, every_s)

    def _next_timer_in_s(self) -> float:
        """Return when sippy's next timer is due, in seconds; a cancelled one counts, and costs one look."""
        return float(ED2.tlisteners[0].etime - MonoTime()) if ED2.tlisteners else LONGEST_WAIT_S


LOOP = Loop()
