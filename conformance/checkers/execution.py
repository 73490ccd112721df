"""Who executes the operations by an alias."""

from collections import Counter
from collections.abc import Sequence
from typing import ClassVar, Literal

from conformance.checkers.aftermath import Since, aftermath, event
from conformance.checkers.check import Check
from conformance.checkers.findings import NS_PER_S, for_each, many, unknown
from conformance.history import History, Operation, Outcome
from conformance.injections import Injection
from conformance.verdict import CheckResult, Verdict


class ExecutedBy(Check):
    """Every operation of the probe was executed by an expected server.

    Reads the operations of a probe: `server` of those that ended well, or `database` where a web server tells
    whose answer it passes on. Without a fault all of them count; with one, those between it, or its healing,
    and the next event (its healing, or another fault).
    """

    title: ClassVar[str] = "operations are executed by the documented server"
    probe: str
    expected: tuple[str, ...]
    who: Literal["server", "database"] = "server"
    """The field that tells who executed it."""
    only_one: bool = False
    """Whether all of them have to be executed by one and the same server."""
    fault: str | None = None
    """Only what began after this fault counts..."""
    since: Since = "fault"
    """... or after it was healed..."""
    within_s: float = 0.0
    """... and so much later: the norm of the takeover, or of the return."""
    least: int = 20
    """Fewer operations show nothing."""

    def judge(self, history: History) -> CheckResult:
        """Return what *history* says; no data is UNKNOWN."""
        ended = [o for o in history.operations(self.probe) if o.completed_ns is not None]
        if self.fault is None:
            return self._judged(ended, "")
        return for_each(self, history, self.fault, lambda injection: self._after(injection, history, ended))

    def _after(self, injection: Injection, history: History, ended: Sequence[Operation]) -> CheckResult:
        done_ns = injection.ended_ns if self.since == "fault" else injection.healed_ended_ns
        if (span := aftermath(history, injection, self.since)) is None or done_ns is None:
            return unknown(self, f"{injection} was never healed")
        from_ns = done_ns + round(self.within_s * NS_PER_S)
        mine = [o for o in ended if from_ns <= o.invoked_ns and (o.completed_ns or 0) <= span.to_ns]
        return self._judged(mine, f" later than {self.within_s:g} s after {event(injection, self.since)}")

    def _judged(self, ended: Sequence[Operation], after: str) -> CheckResult:
        if len(ended) < self.least:
            return unknown(
                self,
                f"{self.probe}: {many(len(ended), 'operation')}{after}, at least {self.least} are needed",
            )
        by = Counter(str(name) for o in ended if o.outcome is Outcome.OK and (name := self._executor(o)))
        shares = ", ".join(f"{name} {count}/{by.total()}" for name, count in sorted(by.items()))
        strangers = sorted(set(by) - set(self.expected))
        answered = sum(o.outcome is Outcome.OK for o in ended)
        said = f"{self.probe}{after}: {shares}"
        if not answered:
            none = f"none of {many(len(ended), 'operation')} was executed: {commonest_error(ended)}"
            return self._result(Verdict.VIOLATED, f"{self.probe}{after}: {none}", "nobody")
        if strangers:
            said += f"; {strangers[0]} is to execute nothing"
            return self._result(Verdict.VIOLATED, said, shares)
        if self.only_one and len(by) > 1:
            return self._result(Verdict.VIOLATED, f"{said}; all of them by one was promised", shares)
        if by.total() < self.least:
            few = f"{many(by.total(), 'answer')} of {answered} told who executed it"
            return unknown(self, f"{self.probe}{after}: {few}, at least {self.least} are needed")
        return self._result(Verdict.HOLDS, f"{said}, of {many(len(ended), 'operation')}", shares)

    def _executor(self, operation: Operation) -> str | None:
        if self.who == "server":
            return operation.server
        told = operation.detail.get("database")
        return None if told is None else str(told)

    def _result(self, verdict: Verdict, reason: str, shares: str) -> CheckResult:
        return CheckResult(
            name=f"{self.title}: {self.probe}",
            verdict=verdict,
            reason=reason,
            measured=shares,
            norm=f"{'one of ' if len(self.expected) > 1 else ''}{', '.join(self.expected)}",
        )


def commonest_error(operations: Sequence[Operation]) -> str:
    """Return what most of *operations* ended with."""
    return Counter(o.error or o.outcome.value for o in operations).most_common(1)[0][0]
