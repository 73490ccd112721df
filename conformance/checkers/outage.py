"""How long clients were without service."""

import math
from collections.abc import Sequence
from typing import ClassVar

from conformance.checkers.check import Check
from conformance.checkers.findings import NS_PER_S, NormCheck, for_each_seen_by, many, seconds, timed, unknown
from conformance.history import History, Operation, Outcome
from conformance.injections import Injection
from conformance.outages import Window, envelope, largest_gap_ns, windows
from conformance.stalls import Stalls
from conformance.verdict import CheckResult, Outage, Verdict

FLOOR_S = 1.0
"""The throughput floor is looked for in so many seconds before the fault."""
FLOOR_OPERATIONS = 10


class OutageWithin(NormCheck):
    """After a fault, service is back within the norm, and stays.

    HOLDS if the outage's upper bound is within the norm, VIOLATED if its lower bound is not (a service that
    never came back has no upper bound), UNKNOWN in between. Several windows count from the first's beginning
    to the last's end. Time during which the measuring host stalled counts for the system, so it can turn a
    violation into UNKNOWN, never the other way.
    """

    title: ClassVar[str] = "service is back within the norm"
    probe: str
    fault: str
    norm_s: float
    formula: str
    floor: float = 0.9
    """The share of operations that must have been served just before the fault."""
    too_slow_ms: float | None = None
    """Answers that took longer count as no service; None: only failures do."""

    def judge(self, history: History) -> CheckResult:
        """Return what *history* says; no data is UNKNOWN."""
        return for_each_seen_by(self, history, self.probe, self.fault, self._after)

    def _after(self, injection: Injection, operations: Sequence[Operation], stalls: Stalls) -> CheckResult:
        if doubt := _too_little_before(injection, operations, self.floor):
            return unknown(self, doubt)
        too_slow_ns = None if self.too_slow_ms is None else round(self.too_slow_ms * 1e6)
        found = windows(operations, stalls, before_ns=injection.began_ns, too_slow_ns=too_slow_ns)
        if any(_lasts_at(window, injection.began_ns) for window in found):
            return unknown(self, f"{self.probe}: service was already absent when {injection} began")
        mine = [w for w in found if injection.began_ns <= w.began_before_ns < injection.until_ns]
        watched_ns = min(injection.until_ns, operations[-1].invoked_ns) - injection.began_ns
        outages = tuple(outage_of(window, injection, self.norm_s) for window in mine)
        if mine:
            result = self._of_window(envelope(mine), len(mine), injection, watched_ns)
        else:
            result = self._without_window(injection, operations, stalls, watched_ns)
            outages = (
                (_unnoticed(self.probe, injection, result, self.norm_s),)
                if result.measured is not None
                else ()
            )
        return result.model_copy(update={"outages": outages})

    def _of_window(self, whole: Window, count: int, injection: Injection, watched_ns: int) -> CheckResult:
        bounds = describe(whole) + (f" (flapping: {count} windows)" if count > 1 else "")
        said = f"{self.probe}: no service for {bounds} after {injection}, allowed {_allowed(self.norm_s)}"
        lower_s = seconds(whole.lower_ns)
        if math.isinf(self.norm_s) and _only_healing_helped(whole, injection):
            return self._result(Verdict.VIOLATED, f"{said}; it did not come back by itself", lower_s)
        if whole.upper_ns is None:
            if seconds(max(0, whole.lower_ns - whole.stalled_ns)) > self.norm_s:
                return self._result(Verdict.VIOLATED, f"{said}; it did not come back", lower_s)
            return self._result(
                Verdict.UNKNOWN, f"{said}; it did not come back, but was not watched for longer", lower_s
            )
        upper_s = seconds(whole.upper_ns)
        if seconds(max(0, whole.lower_ns - whole.stalled_ns)) > self.norm_s:
            return self._result(Verdict.VIOLATED, said, upper_s)
        if upper_s > self.norm_s:
            return self._result(Verdict.UNKNOWN, f"{said}; {_doubt(whole)}", upper_s)
        return self._watched_enough(said, upper_s, watched_ns)

    def _without_window(
        self, injection: Injection, operations: Sequence[Operation], stalls: Stalls, watched_ns: int
    ) -> CheckResult:
        gap_ns = largest_gap_ns(
            operations, stalls, from_ns=injection.began_ns, to_ns=injection.began_ns + watched_ns
        )
        at_most = f"an outage was at most {seconds(gap_ns):.3f} s"
        said = f"{self.probe}: every request was served after {injection}; {at_most}"
        if watched_ns <= 0:
            return unknown(self, f"{self.probe} was not watched after {injection}")
        if seconds(gap_ns) > self.norm_s:
            return self._result(
                Verdict.UNKNOWN, f"{said}, allowed {_allowed(self.norm_s)}: too coarse", seconds(gap_ns)
            )
        return self._watched_enough(said, seconds(gap_ns), watched_ns)

    def _watched_enough(self, said: str, measured: float, watched_ns: int) -> CheckResult:
        if not math.isinf(self.norm_s) and seconds(watched_ns) < self.norm_s:
            return self._result(
                Verdict.UNKNOWN, f"{said}; watched for only {seconds(watched_ns):.3f} s", measured
            )
        return self._result(Verdict.HOLDS, said, measured)


class NoOutage(Check):
    """From an event on, service is not interrupted for longer than a tolerance.

    With no tolerance a single failed request violates it; answers that are late do not.
    """

    title: ClassVar[str] = "no further outage"
    probe: str
    fault: str
    since: str = "healed"
    """The event: `healed` (from when the fault began to be undone) or `fault` (from when it began)."""
    tolerance_s: float = 0.0
    formula: str = "no interruption"
    watch_s: float = 1.0
    """For how long after the event the probe must have worked for the check to tell."""

    def judge(self, history: History) -> CheckResult:
        """Return what *history* says; no data is UNKNOWN."""
        return for_each_seen_by(
            self, history, self.probe, self.fault, lambda *seen: self._after(history, *seen)
        )

    def _after(
        self, history: History, injection: Injection, operations: Sequence[Operation], stalls: Stalls
    ) -> CheckResult:
        from_ns = injection.began_ns if self.since == "fault" else injection.healed_began_ns
        if from_ns is None:
            return unknown(self, f"{injection} was never healed")
        event = f"{injection} {'began' if self.since == 'fault' else 'was healed'}"
        to_ns = _next_fault_ns(history, from_ns, injection.until_ns if self.since == "fault" else None)
        to_ns = min(to_ns, operations[-1].invoked_ns)
        if seconds(to_ns - from_ns) < self.watch_s:
            return unknown(
                self, f"{self.probe} worked for only {max(0, to_ns - from_ns) / NS_PER_S:.3f} s after {event}"
            )
        found = windows(operations, stalls, before_ns=from_ns)
        if any(_lasts_at(window, from_ns) for window in found):
            return unknown(self, f"{self.probe}: service was absent when {event}")
        mine = [window for window in found if from_ns <= window.began_before_ns < to_ns]
        if not mine:
            if not any(o.outcome is Outcome.OK for o in operations if from_ns <= o.invoked_ns <= to_ns):
                return unknown(self, f"{self.probe}: no request was served after {event}")
            return self._result(Verdict.HOLDS, f"{self.probe}: no request failed after {event}", 0.0, ())
        return self._of_window(envelope(mine), mine, injection, event)

    def _of_window(
        self, whole: Window, mine: Sequence[Window], injection: Injection, event: str
    ) -> CheckResult:
        outages = tuple(outage_of(window, injection, self.tolerance_s) for window in mine)
        allowed = _allowed(self.tolerance_s)
        said = f"{self.probe}: no service for {describe(whole)} after {event}, allowed {allowed}"
        measured = seconds(whole.lower_ns if whole.upper_ns is None else whole.upper_ns)
        running_s = seconds(max(0, whole.lower_ns - whole.stalled_ns))
        if running_s > self.tolerance_s or (not self.tolerance_s and not whole.stalled_ns):
            return self._result(Verdict.VIOLATED, said, measured, outages)
        if whole.upper_ns is not None and measured <= self.tolerance_s:
            return self._result(Verdict.HOLDS, said, measured, outages)
        return self._result(Verdict.UNKNOWN, f"{said}; {_doubt(whole)}", measured, outages)

    def _result(
        self, verdict: Verdict, reason: str, measured: float, outages: tuple[Outage, ...]
    ) -> CheckResult:
        return timed(
            self,
            probe=self.probe,
            verdict=verdict,
            reason=reason,
            measured=measured,
            norm_s=self.tolerance_s,
            formula=self.formula,
            outages=outages,
        )


def describe(window: Window) -> str:
    """Return the bounds of a window, and what clients saw in it."""
    errors = ", ".join(f"{count} x {word}" for word, count in window.errors[:3])
    lower = f"{window.lower_ns / NS_PER_S:.3f}"
    if window.upper_ns is None:
        return f"at least {lower} s ({errors})"
    return f"{lower} to {window.upper_ns / NS_PER_S:.3f} s ({errors})"


def outage_of(window: Window, injection: Injection, norm_s: float | None) -> Outage:
    """Return a window as a verdict reports it."""
    return Outage(
        probe=window.probe,
        fault=str(injection),
        lower_s=seconds(window.lower_ns),
        upper_s=None if window.upper_ns is None else seconds(window.upper_ns),
        norm_s=None if norm_s is None else _number(norm_s),
    )


def _unnoticed(probe: str, injection: Injection, result: CheckResult, norm_s: float) -> Outage:
    upper_s = result.measured if isinstance(result.measured, float) else None
    return Outage(probe=probe, fault=str(injection), lower_s=0.0, upper_s=upper_s, norm_s=_number(norm_s))


def _number(norm_s: float) -> float | None:
    """Return a norm as JSON can hold it: an infinite one is told by the formula."""
    return norm_s if math.isfinite(norm_s) else None


def _allowed(norm_s: float) -> str:
    return f"{norm_s:g} s" if math.isfinite(norm_s) else "any time (the configuration sets no limit)"


def _doubt(window: Window) -> str:
    if window.stalled_ns:
        return f"the measuring host stalled for {window.stalled_ns / 1e6:.0f} ms of it, so this is not proven"
    return "the bounds lie on both sides of the limit, so this is not proven"


def _only_healing_helped(window: Window, injection: Injection) -> bool:
    healed_ns = injection.healed_began_ns
    return window.ended_before_ns is None or (healed_ns is not None and window.ended_after_ns >= healed_ns)


def _lasts_at(window: Window, stamp_ns: int) -> bool:
    return window.began_before_ns < stamp_ns and (
        window.ended_before_ns is None or window.ended_after_ns >= stamp_ns
    )


def _too_little_before(injection: Injection, operations: Sequence[Operation], floor: float) -> str | None:
    """Return what is wrong with the service just before the fault, if anything is."""
    from_ns = injection.began_ns - round(FLOOR_S * NS_PER_S)
    before = [
        o
        for o in operations
        if from_ns <= o.invoked_ns and o.completed_ns is not None and o.completed_ns < injection.began_ns
    ]
    probe = operations[0].probe
    if len(before) < FLOOR_OPERATIONS:
        return f"{probe}: only {many(len(before), 'operation')} in the {FLOOR_S:g} s before {injection}"
    share = sum(o.outcome is Outcome.OK for o in before) / len(before)
    if share < floor:
        return f"{probe}: only {share:.0%} of the operations just before {injection} were served"
    return None


def _next_fault_ns(history: History, from_ns: int, until_ns: int | None) -> int:
    later = [one.began_ns for one in Injection.all_of(history) if one.began_ns > from_ns]
    end_ns: int = history.lines[-1]["at_ns"]
    return min([*later, end_ns, *([] if until_ns is None else [until_ns])])
