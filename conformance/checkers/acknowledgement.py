"""That a write is acknowledged only once another master has it, where that is declared."""

from typing import ClassVar

from conformance.checkers.check import Check
from conformance.checkers.facts import moment
from conformance.checkers.findings import NS_PER_S, for_each, many, seconds, unknown
from conformance.checkers.rows import Writes
from conformance.history import History
from conformance.injections import Injection
from conformance.verdict import CheckResult, Verdict


class AcknowledgedTogether(Check):
    """While the link between the masters is cut, no write is acknowledged before its wait is over.

    Reads the inserts of a probe from the end of the injection, when the link was surely cut, until the wait
    may be over for the first of them: `wait_s` after the injection began.
    """

    title: ClassVar[str] = "a write waits for the other master"
    writes: str
    """The probe that inserts."""
    fault: str
    """The cut of the link."""
    wait_s: float
    """How long a write waits for the other master, as configured."""
    formula: str
    least: int = 20
    """Fewer writes that began in that time show nothing."""

    def judge(self, history: History) -> CheckResult:
        """Return what *history* says; no data is UNKNOWN."""
        writes = Writes.of(history, self.writes)
        return for_each(self, history, self.fault, lambda injection: self._during(injection, history, writes))

    def _during(self, injection: Injection, history: History, writes: Writes) -> CheckResult:
        until_ns = injection.began_ns + round(self.wait_s * NS_PER_S)
        begun = [one for one in writes.inserts if injection.ended_ns <= one.invoked_ns < until_ns]
        if not self.wait_s:
            return CheckResult(
                name=self.title,
                verdict=Verdict.VIOLATED,
                reason=f"no write waits for the other master: {self.formula}",
                measured=0.0,
                unit="s",
                formula=self.formula,
            )
        if len(begun) < self.least:
            return unknown(
                self,
                f"{self.writes}: {many(len(begun), 'write')} began while the link was cut and the wait was"
                f" not over, at least {self.least} are needed",
            )
        alone = [
            one
            for one in writes.acknowledged
            if injection.ended_ns <= one.invoked_ns and one.acknowledged_ns < until_ns
        ]
        said = (
            f"{self.writes}: {len(alone)} of {many(len(begun), 'write')} acknowledged while {injection} held"
        )
        if alone:
            said += f"; first by {alone[0].server} at {moment(history, alone[0].acknowledged_ns)}"
        return CheckResult(
            name=self.title,
            verdict=Verdict.VIOLATED if alone else Verdict.HOLDS,
            reason=said,
            measured=float(len(alone)),
            norm=0.0,
            unit="rows",
            formula=f"{self.formula}; watched for {seconds(until_ns - injection.ended_ns):.3f} s",
        )
