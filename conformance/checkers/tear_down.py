"""Tear-down: a call is ended by whichever side wants to end it."""

from collections import Counter
from typing import ClassVar, Final

from conformance.checkers.calls import calls
from conformance.checkers.check import Check
from conformance.checkers.facts import decided
from conformance.checkers.findings import many
from conformance.history import History, Outcome
from conformance.verdict import CheckResult

SIDES: Final = {"us": "the phone", "them": "the telephony server"}


class EitherSideEnds(Check):
    """Calls are ended by the phone and by the telephony server, and the other side takes part in it.

    Reads the calls of the probes. A call that ended as agreed counts for the side that ended it; that calls
    which did not end as agreed are none is for `CallsAccounted`. Where calls were answered, and not one was
    ended by a side, that side cannot end calls.
    """

    title: ClassVar[str] = "either side ends calls"
    probes: tuple[str, ...]
    least: int = 3
    """So many calls have to be ended by each side."""

    def judge(self, history: History) -> CheckResult:
        """Return what *history* says; no data is UNKNOWN."""
        mine = [call for call in calls(history, self.probes) if not call.cut_short]
        failed = {call.error for call in mine if call.answered_ns is not None and call.error}
        ended = Counter(call.ended_by for call in mine if call.outcome is Outcome.OK)
        violations = [
            f"no call was ended by {who}: {' and '.join(sorted(failed))}"
            for side, who in SIDES.items()
            if failed and not ended[side]
        ]
        few = [
            f"{many(ended[side], 'call')} ended by {who}, at least {self.least} are needed"
            for side, who in SIDES.items()
            if ended[side] < self.least
        ]
        good = ", ".join(f"{many(ended[side], 'call')} ended by {who}" for side, who in SIDES.items())
        return decided(self, violations=violations, doubts=few, good=good)
