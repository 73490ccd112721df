"""Requests within a call: whoever hangs up is heard on the other side, even by a way that is new."""

from collections.abc import Sequence
from typing import ClassVar, Final

from conformance.checkers.calls import Call, calls
from conformance.checkers.check import Check
from conformance.checkers.facts import decided
from conformance.checkers.findings import for_each, many, unknown
from conformance.checkers.media_gap import MEDIA_LOST
from conformance.history import History, Outcome
from conformance.injections import Injection
from conformance.stalls import Stalls
from conformance.verdict import CheckResult

REPEATED_NS: Final = 500_000_000
"""T1 of RFC 3261: a BYE without an answer is sent again after so long (17.1.2.2, timer E)."""
UNHEARD: Final = "no answer to BYE"
TIMED_OUT: Final = 408
GOOD: Final = range(200, 300)


class CallsCanBeEnded(Check):
    """A call in progress can be ended: every BYE that the phone sent was answered with a 2xx.

    Reads the calls of the probes that the phone ended, before their time or not, and stalls. An answer of
    another class, and none at all, mean that the dialog was lost on the way (RFC 3261, 15.1.1: 408, 481);
    what else became of the call is for other checks. A BYE of whose answer nothing is known is a doubt: it
    was under way when the probe ended, or the call had lost its media, which hides a BYE without an answer.
    A missing answer proves nothing where the measuring host stalled for as long as it takes to send the BYE
    again. Calls that the phone did not end are left out.
    """

    title: ClassVar[str] = "calls in progress can be ended"
    probes: tuple[str, ...]
    fault: str | None = None
    """Only calls that were in progress when it began; None: all."""
    failed: tuple[str, ...] = ()
    """The telephony servers that were hit: their calls are left out."""
    pbxs: tuple[str, ...] = ()
    """The aliases of the PBXs or proxies that were hit: the calls placed there are left out."""
    least: int = 5
    """Fewer calls whose BYE was answered show nothing."""

    def judge(self, history: History) -> CheckResult:
        """Return what *history* says; no data is UNKNOWN."""
        mine = calls(history, self.probes)
        if not mine:
            return unknown(self, f"no call was placed by {' or '.join(self.probes) or 'any probe'}")
        if self.fault is None:
            return self._judged(history, mine, None)
        return for_each(self, history, self.fault, lambda injection: self._judged(history, mine, injection))

    def _judged(self, history: History, mine: Sequence[Call], injection: Injection | None) -> CheckResult:
        stalls = Stalls.of(history)
        ended = [
            call
            for call in mine
            if _has_bye(call)
            and call.server not in self.failed
            and call.target not in self.pbxs
            and (injection is None or call.is_in_progress_at(injection.began_ns))
        ]
        violations: list[str] = []
        doubts: list[str] = []
        answered = 0
        for call in ended:
            complaint, is_proven = _complaint(call, stalls)
            answered += not complaint
            if complaint and self.failed and call.server is None:
                doubts.append(f"who answered {call.told(history)} is not known: {complaint}")
            elif complaint:
                (violations if is_proven else doubts).append(f"{call.told(history)}: {complaint}")
        when = "" if injection is None else f" in progress when {injection} began"
        if answered < max(1, self.least):
            few = f"{many(answered, 'call')}{when} had a BYE that was answered"
            doubts.append(f"{few}, at least {max(1, self.least)} needed")
        result = decided(
            self,
            violations=violations,
            doubts=doubts,
            good=f"each BYE of {many(len(ended), 'call')}{when} was answered with success",
        )
        counted = f"{answered} of {many(len(ended), 'BYE')} answered"
        return result.model_copy(update={"measured": counted, "norm": "every BYE answered"})


def _has_bye(call: Call) -> bool:
    """Tell whether the phone sent a BYE; one that nobody had answered when the probe ended counts, too."""
    pending = call.outcome is Outcome.UNKNOWN and call.ended_by is None and call.over_ns != call.told_ns
    return call.answered_ns is not None and (call.ended_by == "us" or pending)


def _complaint(call: Call, stalls: Stalls) -> tuple[str, bool]:
    """Return what is wrong with the answer to the BYE of a call, empty: nothing; and whether it is proven."""
    if call.ended_by is None:
        return "its BYE had no answer yet when the probe ended", False
    if call.bye_status in GOOD:
        return "", True
    if call.bye_status is None and call.error != UNHEARD:
        hidden = call.error == MEDIA_LOST and (call.media is None or call.media.heard is None)
        return ("what its BYE was answered with is not told", False) if hidden else ("", True)
    said = UNHEARD if call.bye_status is None else f"BYE answered with {call.bye_status}"
    if call.bye_status not in {None, TIMED_OUT} or call.over_ns is None or call.told_ns is None:
        return said, True
    stalled_ns = stalls.within(call.over_ns, call.told_ns)
    if stalled_ns < REPEATED_NS:
        return said, True
    return f"{said}, but the measuring host stalled for {stalled_ns / 1e6:.0f} ms meanwhile", False
