"""Outages: from the operations of a probe to windows without service, each edge bounded on both sides.

Service is something that is there or not at every instant. Operations prove it at some instants
(`conformance.evidence`). A *window* is the time from an instant B, at which service went away, to an instant
E, at which it was back, such that absence is proven in between and nothing in between proves service. So:

    B lies after the start of the last operation that was promptly served before any proof of absence,
      and before the end of the earliest proof of absence;
    E lies after the start of the last operation that proves absence,
      and before the end of the first operation that proves service later than every proof of absence.

    length = E - B: lower = E.lower - B.upper (or 0), upper = E.upper - B.lower

With one operation every T ms and a usual latency of L ms the bound is about 2T + 2L wide. What is shorter
than T and falls between two operations shows in no operation; `largest_gap_ns` says how long that could be
at most. An operation in flight when service went away either was served (then B is later than its start) or
was not (then it is proof of absence). A slow answer is no outage, unless the caller says from where on it is
(`too_slow_ns`); but slow answers around a window show where it ended: a system that was there all the time
answers nobody late. Several windows (flapping) are reported each; `envelope` is what a client calls the
whole disturbance.
"""

import bisect
import dataclasses
import itertools
import statistics
from collections import Counter
from collections.abc import Iterator, Sequence

from conformance.evidence import Evidence, Interval, Usual
from conformance.history import Operation
from conformance.stalls import Stalls

FOLLOWING = 25
"""So many operations after a window show how fast the service is that came back."""


@dataclasses.dataclass(frozen=True)
class Window:
    """A time without service, as one probe saw it. All stamps are CLOCK_MONOTONIC nanoseconds."""

    probe: str
    began_after_ns: int | None
    """None: no service was seen before it."""
    began_before_ns: int
    ended_after_ns: int
    ended_before_ns: int | None
    """None: service was not seen again."""
    errors: tuple[tuple[str, int], ...]
    """What its operations ended with, counted, most frequent first; `slow` for answers that came too late."""
    stalled_ns: int
    """For how much of it the measuring host may not have run."""

    @property
    def lower_ns(self) -> int:
        """How long it was at least."""
        return max(0, self.ended_after_ns - self.began_before_ns)

    @property
    def upper_ns(self) -> int | None:
        """How long it was at most; None: nobody knows."""
        if self.ended_before_ns is None or self.began_after_ns is None:
            return None
        return self.ended_before_ns - self.began_after_ns

    @property
    def failed(self) -> int:
        """How many operations were not served, or not in time."""
        return sum(count for _, count in self.errors)


def windows(
    operations: Sequence[Operation],
    stalls: Stalls,
    *,
    before_ns: int | None = None,
    too_slow_ns: int | None = None,
) -> list[Window]:
    """Return the windows without service that *operations* (of one probe) prove, in order.

    before_ns: when the fault began: what is usual is taken from before, and what was in flight then, and not
        slow yet, proves no absence before it;
    too_slow_ns: answers that took longer count as no service.
    """
    usual = Usual.of(operations, stalls, before_ns)
    evidence = Evidence.of(operations, usual, stalls, too_slow_ns=too_slow_ns, before_ns=before_ns)
    seen = _Seen(evidence)
    return [_window(group, seen, stalls) for group in seen.groups()]


def envelope(several: Sequence[Window]) -> Window:
    """Return the one window from the first's beginning to the last's end."""
    first, last = several[0], several[-1]
    errors: Counter[str] = Counter()
    for window in several:
        errors.update(dict(window.errors))
    return dataclasses.replace(
        first,
        ended_after_ns=last.ended_after_ns,
        ended_before_ns=last.ended_before_ns,
        errors=tuple(errors.most_common()),
        stalled_ns=sum(window.stalled_ns for window in several),
    )


def largest_gap_ns(operations: Sequence[Operation], stalls: Stalls, *, from_ns: int, to_ns: int) -> int:
    """Return for how long at most service may have been absent in [from, to] without being noticed."""
    usual = Usual.of(operations, stalls)
    served = [
        i for i in Evidence.of(operations, usual, stalls).served if i.to_ns >= from_ns and i.from_ns <= to_ns
    ]
    if not served:
        return to_ns - from_ns
    served.sort(key=_end)
    gaps = [served[0].to_ns - from_ns]
    gaps += [after.to_ns - before.from_ns for before, after in itertools.pairwise(served)]
    gaps.append(to_ns - served[-1].from_ns)
    return max(0, *gaps)


def _soft_start(entry: tuple[Interval, int]) -> int:
    return entry[0].from_ns


def _end(interval: Interval) -> int:
    return interval.to_ns


Group = list[tuple[Interval, Operation]]


class _Seen:
    """The evidence, indexed for the questions that windows ask."""

    def __init__(self, evidence: Evidence) -> None:
        self._absent = sorted(evidence.absent, key=lambda entry: entry[0])
        self._soft = sorted(evidence.soft)
        self._served = sorted(evidence.served)
        self._latencies = sorted(evidence.latencies)
        self._first_to_end: list[Interval] = self._served[:]
        for at in range(len(self._served) - 2, -1, -1):
            self._first_to_end[at] = min(self._served[at], self._first_to_end[at + 1], key=_end)
        self._prompt = sorted(evidence.prompt, key=_end)
        self._latest_start: list[int] = []
        for interval in self._prompt:
            latest = self._latest_start[-1] if self._latest_start else interval.from_ns
            self._latest_start.append(max(latest, interval.from_ns))

    def groups(self) -> Iterator[Group]:
        """Part the proofs of absence wherever service is proven in between."""
        group: Group = []
        proven_ns = 0
        for interval, operation in self._absent:
            back = self.served_after(proven_ns)
            if group and back is not None and back.to_ns <= interval.from_ns:
                yield group
                group = []
            group.append((interval, operation))
            proven_ns = max(proven_ns, interval.to_ns)
        if group:
            yield group

    def served_after(self, stamp_ns: int) -> Interval | None:
        """Return the first proof of service at an instant that is surely later than *stamp_ns*."""
        at = bisect.bisect_left(self._served, (stamp_ns, 0))
        return self._first_to_end[at] if at < len(self._served) else None

    def served_before(self, stamp_ns: int) -> int | None:
        """Return since when service was surely there at some instant before *stamp_ns*."""
        at = bisect.bisect_right(self._prompt, stamp_ns, key=_end)
        return self._latest_start[at - 1] if at else None

    def last_soft_start(self, from_ns: int, back: Interval) -> int | None:
        """Return when the last operation since *from_ns* began whose slow answer shows absence before *back*.

        Service that is back but slow would show the same; so the answer must be slow for that service too.
        """
        after = bisect.bisect_left(self._latencies, (back.to_ns, 0))
        following = [took_ns for _, took_ns in self._latencies[after : after + FOLLOWING]]
        slow_ns = 2 * statistics.median(following) if following else 0
        at = bisect.bisect_right(self._soft, back.from_ns, key=_soft_start)
        for interval, took_ns in reversed(self._soft[:at]):
            if interval.from_ns < from_ns:
                return None
            if interval.to_ns <= back.from_ns and took_ns > slow_ns:
                return interval.from_ns
        return None


def _window(group: Group, seen: _Seen, stalls: Stalls) -> Window:
    began_before_ns = min(interval.to_ns for interval, _ in group)
    began_after_ns = seen.served_before(group[0][0].from_ns)
    back = seen.served_after(max(interval.to_ns for interval, _ in group))
    ended_before_ns = None if back is None else back.to_ns
    ended_after_ns = group[-1][0].from_ns
    if back is not None:
        ended_after_ns = seen.last_soft_start(ended_after_ns, back) or ended_after_ns
    errors = Counter(operation.error or "slow" for _, operation in group)
    first_ns = group[0][0].from_ns if began_after_ns is None else began_after_ns
    return Window(
        probe=group[0][1].probe,
        began_after_ns=began_after_ns,
        began_before_ns=began_before_ns,
        ended_after_ns=ended_after_ns,
        ended_before_ns=ended_before_ns,
        errors=tuple(errors.most_common()),
        stalled_ns=stalls.within(first_ns, ended_before_ns or ended_after_ns),
    )
