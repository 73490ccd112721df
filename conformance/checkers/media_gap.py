"""For how long the media of a call was interrupted."""

from collections.abc import Sequence
from typing import ClassVar

from conformance.checkers.calls import Call, calls
from conformance.checkers.check import Check
from conformance.checkers.findings import for_each, joined, many, timed, unknown
from conformance.history import History, Outcome
from conformance.injections import Injection
from conformance.stalls import Stalls
from conformance.verdict import CheckResult, Verdict

MEDIA_LOST = "media lost"


class MediaGapWithin(Check):
    """In no call RTP packets stay away for longer than a limit.

    Reads the calls of the probes that were answered, and stalls. With a fault only the calls that were in
    progress when it began. A call that lost its media for good has a gap without end. VIOLATED if the longest
    gap, less the stalls in the call, is above the limit; UNKNOWN if only the gap itself is. Whoever says
    that it spoke late, since it did not run, has stalled as well.
    """

    title: ClassVar[str] = "media is not interrupted"
    probes: tuple[str, ...]
    limit_ms: float
    formula: str
    fault: str | None = None
    failed: tuple[str, ...] = ()
    """The telephony servers whose calls are not judged."""
    least: int = 1
    """Fewer calls show nothing."""

    def judge(self, history: History) -> CheckResult:
        """Return what *history* says; no data is UNKNOWN."""
        if not self.probes:
            return unknown(self, "no probe was named")
        if self.fault is None:
            return joined([self._judged(probe, history, None) for probe in self.probes])
        return for_each(
            self,
            history,
            self.fault,
            lambda injection: joined([self._judged(probe, history, injection) for probe in self.probes]),
        )

    def _judged(self, probe: str, history: History, injection: Injection | None) -> CheckResult:
        mine = [
            call
            for call in calls(history, [probe])
            if call.answered_ns is not None
            and call.server not in (self.failed or ())
            and (injection is None or call.is_in_progress_at(injection.began_ns))
        ]
        when = "" if injection is None else f" in progress when {injection} began"
        lost = [call for call in mine if call.outcome is Outcome.FAILED and call.error == MEDIA_LOST]
        if lost:
            told = f"{lost[0].told(history)} lost its media and did not get it back"
            return timed(
                self,
                probe=probe,
                verdict=Verdict.VIOLATED,
                reason=f"{told} ({len(lost)} of {many(len(mine), 'call')}{when})",
                measured=max((_gap_s(call) for call in lost), default=0.0),
                norm_s=self.limit_ms / 1000,
                formula=self.formula,
            )
        told_calls = [call for call in mine if call.media is not None]
        if len(told_calls) < max(1, self.least):
            few = f"{probe}: {many(len(told_calls), 'call')}{when} with figures of its media"
            return unknown(self, f"{few}, at least {max(1, self.least)} needed")
        return self._of_gaps(probe, history, told_calls, when)

    def _of_gaps(self, probe: str, history: History, mine: Sequence[Call], when: str) -> CheckResult:
        stalls = Stalls.of(history)
        worst = max(mine, key=_gap_s)
        running = max(mine, key=lambda call: _running_s(call, stalls))
        limit_s = self.limit_ms / 1000
        said = f"{probe}: {many(len(mine), 'call')}{when}, the longest gap was {_gap_s(worst):.3f} s"
        if _running_s(running, stalls) > limit_s:
            verdict, said = Verdict.VIOLATED, f"{said}, allowed {limit_s:g} s; in {worst.told(history)}"
        elif _gap_s(worst) > limit_s:
            stalled_s = _gap_s(worst) - _running_s(worst, stalls)
            said += f", allowed {limit_s:g} s; the measuring host stalled for {stalled_s:.3f} s of that call"
            verdict = Verdict.UNKNOWN
        else:
            verdict = Verdict.HOLDS
        return timed(
            self,
            probe=probe,
            verdict=verdict,
            reason=said,
            measured=_gap_s(worst),
            norm_s=limit_s,
            formula=self.formula,
        )


def _gap_s(call: Call) -> float:
    return 0.0 if call.media is None else round(call.media.longest_gap_ms / 1000, 6)


def _running_s(call: Call, stalls: Stalls) -> float:
    """Return for how long packets stayed away at least while the measuring host ran."""
    late_s = 0.0 if call.media is None else call.media.spoke_late_ms / 1000
    if call.answered_ns is None or call.over_ns is None:
        return max(0.0, _gap_s(call) - late_s)
    return max(0.0, _gap_s(call) - late_s - stalls.within(call.answered_ns, call.over_ns) / 1e9)
