"""The recovery point: rows that a master acknowledged and nobody else had when it failed."""

from collections.abc import Collection
from typing import ClassVar

from conformance.checkers.check import Check
from conformance.checkers.facts import moment
from conformance.checkers.findings import for_each, many, seconds, unknown
from conformance.checkers.rows import AFTER_TAKEOVER, Acknowledged, Writes, looks
from conformance.history import History
from conformance.injections import Injection
from conformance.stalls import Stalls
from conformance.verdict import CheckResult, Verdict


class RecoveryPoint(Check):
    """Of the rows that the failed master acknowledged, no more than allowed are missing on the new one.

    Reads the inserts of a probe, `fault` lines (their node is the failed server) and `observed` lines "rows"
    that were looked up on the survivor before the failed server came back. Without a limit the count is a
    measured fact; still no row may be missing that was acknowledged longer than `within_s` before the fault,
    where that is given.
    """

    title: ClassVar[str] = "rows acknowledged but not replicated"
    writes: str
    """The probe that inserts."""
    fault: str
    survivor: str
    """The new active master."""
    allowed: int | None = None
    """So many rows may be missing; None: as many as there are."""
    within_s: float | None = None
    """They were acknowledged at most so long before the fault: the bound of the lag; None: at any time."""
    formula: str = ""
    when: str = AFTER_TAKEOVER
    """The moment of the look that counts."""
    least: int = 20
    """With fewer rows that the failed server acknowledged nothing is shown."""

    def judge(self, history: History) -> CheckResult:
        """Return what *history* says; no data is UNKNOWN."""
        writes = Writes.of(history, self.writes)
        return for_each(self, history, self.fault, lambda injection: self._after(injection, history, writes))

    def _after(self, injection: Injection, history: History, writes: Writes) -> CheckResult:
        back_ns = injection.healed_began_ns
        found = looks(history, writes.client, self.when, from_ns=injection.began_ns, to_ns=back_ns)
        if (look := found.get(self.survivor)) is None:
            return unknown(
                self, f"nobody looked up the rows ({self.when}) on {self.survivor} during {injection}"
            )
        own = [
            one
            for one in writes.acknowledged
            if one.server == injection.node and one.acknowledged_ns <= look.at_ns
        ]
        if len(own) < self.least:
            return unknown(
                self,
                f"{self.writes}: {many(len(own), 'row')} acknowledged by {injection.node} before"
                f" {self.survivor} was looked at, at least {self.least} are needed",
            )
        missing = look.missing(own)
        reason = (
            f"{self.writes}: of {many(len(own), 'row')} that {injection.node} acknowledged {len(missing)}"
            f" were not on {self.survivor} at {moment(history, look.at_ns)}, after {injection}"
        )
        if missing:
            reason += f"; acknowledged {_span(missing, injection)}"
        return self._judged(injection, missing, Stalls.of(history, writes.inserts), reason)

    def _judged(
        self, injection: Injection, missing: Collection[Acknowledged], stalls: Stalls, reason: str
    ) -> CheckResult:
        if self.allowed is not None and len(missing) > self.allowed:
            return self._result(Verdict.VIOLATED, f"{reason}; allowed {self.allowed}", len(missing))
        if not missing or self.within_s is None:
            return self._result(Verdict.HOLDS, reason, len(missing))
        oldest_ns = min(one.acknowledged_ns for one in missing)
        lower_ns = injection.began_ns - oldest_ns
        upper_ns = injection.ended_ns - min(one.invoked_ns for one in missing)
        allowed = f"allowed {self.within_s:g} s before"
        stalled_ns = stalls.within(oldest_ns, injection.began_ns)
        if seconds(lower_ns - stalled_ns) > self.within_s:
            return self._result(Verdict.VIOLATED, f"{reason}, {allowed}", len(missing))
        if seconds(lower_ns) > self.within_s:
            doubt = f"the measuring host stalled for {seconds(stalled_ns)} s"
            return self._result(Verdict.UNKNOWN, f"{reason}, {allowed}; {doubt}", len(missing))
        if seconds(upper_ns) > self.within_s:
            return self._result(Verdict.UNKNOWN, f"{reason}, {allowed}: not proven", len(missing))
        return self._result(Verdict.HOLDS, f"{reason}, {allowed}", len(missing))

    def _result(self, verdict: Verdict, reason: str, missing: int) -> CheckResult:
        return CheckResult(
            name=f"{self.title}: {self.writes}",
            verdict=verdict,
            reason=reason,
            measured=float(missing),
            norm=None if self.allowed is None else float(self.allowed),
            unit="rows",
            formula=self.formula,
        )


def _span(missing: Collection[Acknowledged], injection: Injection) -> str:
    """Return from when to when the rows were acknowledged, seen from the fault."""
    first, *others = sorted(one.acknowledged_ns - injection.began_ns for one in missing)
    if not others:
        return _from_fault(first)
    return f"from {_from_fault(first)} to {_from_fault(others[-1])}"


def _from_fault(nanoseconds: int) -> str:
    return f"{abs(nanoseconds) / 1e6:.1f} ms {'before' if nanoseconds <= 0 else 'after'} the fault"
