"""That others are not disturbed: clients whom a fault does not concern see no gap."""

from collections.abc import Sequence
from typing import ClassVar

from conformance.checkers.aftermath import Since, aftermath, event
from conformance.checkers.check import Check
from conformance.checkers.findings import NS_PER_S, for_each_seen_by, many, seconds, timed, unknown
from conformance.checkers.outage import describe, outage_of
from conformance.checkers.spans import Span
from conformance.evidence import LEAST_SAMPLE, is_served
from conformance.history import History, Operation
from conformance.injections import Injection
from conformance.outages import Window, largest_gap_ns, windows
from conformance.stalls import Stalls
from conformance.verdict import CheckResult, Verdict


class NoGapLongerThan(Check):
    """From an event on a client was never without service, or without an answer, for longer than a limit.

    Reads the operations of a probe, and stalls, from the event until the next one (the healing of the fault,
    or another fault). HOLDS if the largest gap that the operations leave room for is within the limit;
    VIOLATED if one window without service, less the stalls in it, is not, where an answer that took longer
    than the limit counts as none; UNKNOWN in between. Unlike `outage.OutageWithin` it takes each window by
    itself, and unlike `outage.NoOutage` it sees a gap in which no request failed.
    """

    title: ClassVar[str] = "nobody else is disturbed"
    probe: str
    fault: str
    norm_s: float = 0.1
    formula: str = "no gap that a client would notice"
    since: Since = "fault"
    """The event: the fault began, or was healed."""
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
        if (span := aftermath(history, injection, self.since)) is None:
            return unknown(self, f"{injection} was never healed")
        span = Span(span.from_ns, min(span.to_ns, operations[-1].invoked_ns))
        when = event(injection, self.since)
        before = [o for o in operations if is_served(o) and (o.completed_ns or span.from_ns) < span.from_ns]
        if len(before) < LEAST_SAMPLE:
            return unknown(self, f"{self.probe}: only {many(len(before), 'operation')} served before {when}")
        too_slow_ns = round(self.norm_s * NS_PER_S)
        found = windows(operations, stalls, before_ns=span.from_ns, too_slow_ns=too_slow_ns)
        if any(_lasts_at(window, span.from_ns) for window in found):
            return unknown(self, f"{self.probe}: service was absent when {when}")
        mine = [window for window in found if span.from_ns <= window.began_before_ns < span.to_ns]
        longest = max(mine, key=_running_ns, default=None)
        if longest is not None and seconds(_running_ns(longest)) > self.norm_s:
            said = f"{self.probe}: no service for {describe(longest)} after {when}, allowed {self.norm_s:g} s"
            result = self._result(Verdict.VIOLATED, said, longest.upper_ns or longest.lower_ns)
        else:
            gap_ns = largest_gap_ns(operations, stalls, from_ns=span.from_ns, to_ns=span.to_ns)
            result = self._without_proof(span, gap_ns, f"{_count(mine)} after {when}", stalls)
        outages = tuple(outage_of(window, injection, self.norm_s) for window in mine)
        return result.model_copy(update={"outages": outages})

    def _without_proof(self, span: Span, gap_ns: int, seen: str, stalls: Stalls) -> CheckResult:
        said = f"{self.probe}: {seen}; a gap was at most {seconds(gap_ns):.3f} s"
        watched_s = seconds(max(0, span.to_ns - span.from_ns))
        if watched_s < self.watch_s:
            return unknown(self, f"{said}; watched for only {watched_s:.3f} s")
        if seconds(gap_ns) <= self.norm_s:
            return self._result(Verdict.HOLDS, said, gap_ns)
        doubt = _doubt(stalls.within(span.from_ns, span.to_ns))
        return self._result(Verdict.UNKNOWN, f"{said}, allowed {self.norm_s:g} s; {doubt}", gap_ns)

    def _result(self, verdict: Verdict, reason: str, measured_ns: int) -> CheckResult:
        return timed(
            self,
            probe=self.probe,
            verdict=verdict,
            reason=reason,
            measured=seconds(measured_ns),
            norm_s=self.norm_s,
            formula=self.formula,
        )


def _count(mine: Sequence[Window]) -> str:
    if not mine:
        return "no request failed"
    failed = sum(window.failed for window in mine)
    return f"{many(failed, 'request')} not served in {many(len(mine), 'window')}"


def _running_ns(window: Window) -> int:
    """Return for how long service was absent at least while the measuring host ran."""
    return max(0, window.lower_ns - window.stalled_ns)


def _lasts_at(window: Window, stamp_ns: int) -> bool:
    return window.began_before_ns < stamp_ns and (
        window.ended_before_ns is None or window.ended_after_ns >= stamp_ns
    )


def _doubt(stalled_ns: int) -> str:
    if stalled_ns:
        return f"the measuring host stalled for {seconds(stalled_ns):.3f} s meanwhile, so this is not proven"
    return "that is too coarse to tell"
