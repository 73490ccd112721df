"""Stalls: when the measuring host itself did not run, so that what was measured meanwhile proves less."""

import bisect
import dataclasses
from collections.abc import Iterable, Sequence
from typing import Self

from conformance.history import History, Operation

COUNTS_NS = 5_000_000
"""A shorter oversleep is part of the usual latency of operations, which the bounds contain anyway."""
STEAL_PERIOD_NS = 100_000_000
"""Stolen time is read off so often; where in the period it was stolen is not known."""
STEAL_COUNTS_NS = 20_000_000
"""Stolen time comes in clock ticks of 10 ms: one may be the sum of many slices too short to matter."""


@dataclasses.dataclass(frozen=True)
class Stalls:
    """The times at which the measuring host did not run.

    Two kinds: oversleeps, whose place is known, and stolen time, of which only the period is known.
    """

    oversleeps: Sequence[tuple[int, int]] = ()
    """Disjoint intervals (from, to) in nanoseconds, in order."""
    stolen: Sequence[tuple[int, int, int]] = ()
    """(from, to, how much of it) in nanoseconds, in order."""

    @classmethod
    def of(cls, history: History, operations: Iterable[Operation] = ()) -> Self:
        """Gather the stalls that *history* records, and those that show as late starts of *operations*."""
        found = [
            (line["at_ns"] - round(line["late_ms"] * 1e6), line["at_ns"]) for line in history.of_kind("stall")
        ]
        found += [(o.intended_ns, o.invoked_ns) for o in operations if o.lateness_ns >= COUNTS_NS]
        stolen = [
            (line["at_ns"] - STEAL_PERIOD_NS, line["at_ns"], round(line["stolen_ms"] * 1e6))
            for line in history.of_kind("steal")
        ]
        return cls(
            oversleeps=_joined((begin, end) for begin, end in found if end - begin >= COUNTS_NS),
            stolen=tuple(sorted(entry for entry in stolen if entry[2] >= STEAL_COUNTS_NS)),
        )

    def within(self, from_ns: int, to_ns: int) -> int:
        """Return for how many nanoseconds of [from, to] the host may not have run."""
        first = max(0, bisect.bisect_left(self.oversleeps, (from_ns, from_ns)) - 1)
        overslept = 0
        for begin, end in self.oversleeps[first:]:
            if begin >= to_ns:
                break
            overslept += max(0, min(end, to_ns) - max(begin, from_ns))
        stolen = sum(
            min(amount, max(0, min(end, to_ns) - max(begin, from_ns))) for begin, end, amount in self.stolen
        )
        return min(overslept + stolen, max(0, to_ns - from_ns))

    def after(self, from_ns: int, span_ns: int) -> int:
        """Return when *span_ns* of running time have passed for sure after *from_ns*."""
        end_ns = from_ns + span_ns
        while True:
            later_ns = from_ns + span_ns + self.within(from_ns, end_ns)
            if later_ns == end_ns:
                return end_ns
            end_ns = later_ns


def _joined(intervals: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Return the union of *intervals* as disjoint ones."""
    joined: list[tuple[int, int]] = []
    for begin, end in sorted(intervals):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((begin, end))
    return tuple(joined)
