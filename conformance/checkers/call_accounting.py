"""Every call is accounted for: what was attempted was completed, or failed, or is not known."""

from collections import Counter
from collections.abc import Sequence
from typing import ClassVar

from conformance.checkers.calls import Call, calls
from conformance.checkers.check import Check
from conformance.checkers.facts import decided
from conformance.checkers.findings import NS_PER_S, many, unknown
from conformance.history import History, Outcome
from conformance.injections import Injection
from conformance.verdict import CheckResult


class CallsAccounted(Check):
    """Of the calls that were attempted each one ended exactly once, and none failed without a cause.

    Reads the calls of the probes: attempted = completed + failed + unknown. With a fault, calls may fail that
    were being set up, or in progress, at some time from its beginning until `within_s` later; unless somebody
    else than `failed` had answered them. A call of which nobody knows how it ended is a doubt, with the same
    exceptions.
    """

    title: ClassVar[str] = "every call is accounted for"
    probes: tuple[str, ...]
    fault: str | None = None
    """What excuses failed calls; None: nothing does."""
    within_s: float = 0.0
    """The norm of the fault: calls that began later may not fail."""
    failed: tuple[str, ...] | None = None
    """The servers that were hit: a call that another one had answered may not fail; None: any may."""
    least: int = 20
    """Fewer completed calls show nothing."""

    def judge(self, history: History) -> CheckResult:
        """Return what *history* says; no data is UNKNOWN."""
        injections = [] if self.fault is None else Injection.named(history, self.fault)
        if self.fault is not None and not any(one.took_hold for one in injections):
            return unknown(self, f"no fault {self.fault!r} took hold")
        mine = calls(history, self.probes)
        outcomes = Counter(call.outcome for call in mine)
        counts = (
            f"{len(mine)} attempted = {outcomes[Outcome.OK]} completed + {outcomes[Outcome.FAILED]} failed"
            f" + {outcomes[Outcome.UNKNOWN]} unknown"
        )
        unexcused = [call for call in mine if not self._is_excused(call, injections)]
        violations = [
            f"{call.told(history)} failed: {call.error}"
            for call in unexcused
            if call.outcome is Outcome.FAILED
        ]
        result = decided(
            self,
            violations=[f"{counts}: {violations[0]}", *violations[1:]] if violations else [],
            doubts=self._doubts(history, mine, unexcused),
            good=f"{counts}{self._excused_told(mine, unexcused)}",
        )
        return result.model_copy(update={"measured": counts, "norm": "no call failed without a cause"})

    def _is_excused(self, call: Call, injections: Sequence[Injection]) -> bool:
        if self.failed is not None and call.server is not None and call.server not in self.failed:
            return False
        return any(
            call.invoked_ns <= one.ended_ns + round(self.within_s * NS_PER_S)
            and (call.over_ns is None or call.over_ns >= one.began_ns)
            for one in injections
        )

    def _excused_told(self, mine: Sequence[Call], unexcused: Sequence[Call]) -> str:
        bad = sum(call.outcome is not Outcome.OK for call in mine)
        excused = bad - sum(call.outcome is not Outcome.OK for call in unexcused)
        return f"; {many(excused, 'call')} met {self.fault}" if excused else ""

    def _doubts(self, history: History, mine: Sequence[Call], unexcused: Sequence[Call]) -> list[str]:
        doubts = []
        completed = sum(call.outcome is Outcome.OK for call in mine)
        if completed < self.least:
            doubts.append(f"{many(completed, 'completed call')}, at least {self.least} are needed")
        doubts += [
            f"how {call.told(history)} ended is not known: {call.error or 'no reason told'}"
            for call in unexcused
            if call.outcome is Outcome.UNKNOWN
        ]
        ends = Counter(
            (line["probe"], line["op"])
            for line in history.lines
            if line["t"] in {outcome.value for outcome in Outcome} and line["probe"] in self.probes
        )
        begun = {
            (line["probe"], line["op"]) for line in history.of_kind("invoke") if line["probe"] in self.probes
        }
        for (probe, number), count in sorted(ends.items()):
            if count > 1:
                doubts.append(f"the record is wrong: operation {number} of {probe} ended {count} times")
            if (probe, number) not in begun:
                doubts.append(f"the record is wrong: operation {number} of {probe} ended, but never began")
        return doubts if self.probes else ["no probe was named", *doubts]
