"""Where the outages of a verdict lie in a record: the verdict knows how long they were, the record when."""

import dataclasses
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from reports.timeline_data import Band, Mark, Record, Track

Gap = tuple[float, float, float]
"""Last good operation before, first bad one, first good one after it (or the end); seconds."""
Period = tuple[float, float]
"""From and to, in seconds; without a limit where they are infinite."""
CLOSE_S = 0.05
"""An event so shortly after the first bad operation may still be its cause: operations have a length."""


@dataclasses.dataclass(frozen=True)
class PlacedOutage:
    """An outage of one probe, on the time axis of the record."""

    start_s: float | None
    """The last good operation before it; None: every operation went well, so there is nothing to place."""
    first_bad_s: float
    lower_s: float
    upper_s: float | None
    """None: service was not seen again."""
    norm_s: float | None
    norm_from_s: float
    """The event from which the norm counts: the start of the fault, or of its healing."""

    @property
    def bounds(self) -> str:
        """Return how long it was, in words."""
        if self.upper_s is None:
            return f"at least {self.lower_s:.3f} s"
        return f"{self.lower_s:.3f} to {self.upper_s:.3f} s"

    @property
    def norm_at_s(self) -> float | None:
        """Return when the norm is used up; None where there is no limit, or no tolerance at all."""
        return self.norm_from_s + self.norm_s if self.norm_s else None


def placed(record: Record, track: Track, outages: Sequence[Mapping[str, Any]]) -> list[PlacedOutage]:
    """Place the outages of *track*, each in the time of its fault.

    Several requirements may have judged the same one, or faults that began together: that is told once.
    """
    different: dict[tuple[Any, ...], Mapping[str, Any]] = {}
    for outage in outages:
        if outage["probe"] == track.probe:
            bounds = (outage["lower_s"], outage.get("upper_s"), outage.get("norm_s"))
            different.setdefault((period_of(record, outage), *bounds), outage)
    free = list(gaps(track.marks))
    taken: dict[tuple[Any, ...], Gap] = {}
    result = []
    for outage in different.values():
        period, lower_s = period_of(record, outage), float(outage["lower_s"])
        key = (period, lower_s, outage.get("upper_s"))
        if key not in taken and (candidates := _candidates(free, period, lower_s)):
            taken[key] = best = min(candidates, key=_misfit_to(outage))
            free = [gap for gap in free if gap != best]
        result.append(_placed(record, outage, taken.get(key)))
    return result


def starts_of(record: Record) -> list[float]:
    """Return when faults began, those that began together once."""
    starts: list[float] = []
    for began_s in sorted(fault.began_s for fault in record.faults):
        if not starts or began_s > starts[-1] + CLOSE_S:
            starts.append(began_s)
    return starts


def period_of(record: Record, outage: Mapping[str, Any]) -> Period:
    """Return the time in which *outage* may lie: from the start of its fault until that of the next one."""
    starts = starts_of(record)
    own = [fault.began_s for fault in _causes(record, outage)]
    if not own:
        return -math.inf, math.inf
    from_s = max(start for start in starts if start <= min(own))
    return from_s, min((start for start in starts if start > max(own)), default=math.inf)


def _causes(record: Record, outage: Mapping[str, Any]) -> list[Band]:
    return [fault for fault in record.faults if outage.get("fault") in (None, fault.name, str(fault))]


def _candidates(free: Sequence[Gap], period: Period, lower_s: float) -> list[Gap]:
    """Return the runs in which an outage may lie, and their whole where failures are scattered.

    One that may have been none (its lower bound is 0) is not looked for in the time of another fault.
    """
    own = [gap for gap in free if gap[2] > period[0] and gap[1] < period[1]]
    chosen = own or (list(free) if lower_s else [])
    return [*chosen, (chosen[0][0], chosen[0][1], chosen[-1][2])] if len(chosen) > 1 else chosen


def gaps(marks: Sequence[Mark]) -> Iterator[Gap]:
    """Yield every run of operations that were not served."""
    last_good_s: float | None = None
    first_bad_s: float | None = None
    for mark in marks:
        if not mark.is_ok:
            first_bad_s = mark.at_s if first_bad_s is None else first_bad_s
            continue
        if first_bad_s is not None:
            yield first_bad_s if last_good_s is None else last_good_s, first_bad_s, mark.at_s
        last_good_s, first_bad_s = mark.at_s, None
    if first_bad_s is not None:
        yield first_bad_s if last_good_s is None else last_good_s, first_bad_s, marks[-1].at_s


def _misfit_to(outage: Mapping[str, Any]) -> Callable[[Gap], float]:
    upper_s = outage.get("upper_s")
    length_s = float(outage["lower_s"] if upper_s is None else upper_s)
    return lambda gap: abs(gap[2] - gap[0] - length_s)


def _placed(record: Record, outage: Mapping[str, Any], gap: Gap | None) -> PlacedOutage:
    began_s, _ = period_of(record, outage)
    first_bad_s = gap[1] if gap else max(began_s, 0.0)
    causes = [0.0]
    for fault in _causes(record, outage):
        causes += [fault.began_s, *([fault.ended_s] if fault.healed else [])]
    norm_s, upper_s = outage.get("norm_s"), outage.get("upper_s")
    return PlacedOutage(
        start_s=gap[0] if gap else None,
        first_bad_s=first_bad_s,
        lower_s=float(outage["lower_s"]),
        upper_s=None if upper_s is None else float(upper_s),
        norm_s=None if norm_s is None else float(norm_s),
        norm_from_s=max(cause for cause in causes if cause <= max(first_bad_s, 0.0) + CLOSE_S),
    )
