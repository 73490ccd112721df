"""Servers that must not be asked: one that is known to be unfit, and one that lacks what another one has."""

import math
from collections.abc import Sequence
from typing import ClassVar

from conformance.checkers.check import Check
from conformance.checkers.facts import moment
from conformance.checkers.findings import NormCheck, for_each, for_each_seen_by, many, seconds, unknown
from conformance.history import History, Operation, Outcome
from conformance.injections import Injection
from conformance.stalls import Stalls
from conformance.verdict import CheckResult, Verdict


class NotServedBy(NormCheck):
    """Once it has to be known that a server is unfit, it answers nobody until it is healed.

    Unlike `distribution.NothingSentTo` it looks at answers alone, because a server that lives and is only
    behind answers well. Reads the operations of a probe, and stalls. The last answer by the server was given
    at some instant from the start to the end of its operation, after a fault that took hold at some instant
    from its beginning to the end of its injection.
    """

    title: ClassVar[str] = "an unfit server answers nobody"
    probe: str
    server: str
    fault: str
    norm_s: float
    formula: str
    watch_s: float = 1.0
    """For how much longer than the norm the probe must have been answered by others for the check to tell."""

    def judge(self, history: History) -> CheckResult:
        """Return what *history* says; no data is UNKNOWN."""
        return for_each_seen_by(
            self, history, self.probe, self.fault, lambda *seen: self._after(history, *seen)
        )

    def _after(
        self, history: History, injection: Injection, operations: Sequence[Operation], stalls: Stalls
    ) -> CheckResult:
        answered = [o for o in operations if o.outcome is Outcome.OK and o.completed_ns is not None]
        if not any(o.server == self.server and _end_ns(o) < injection.began_ns for o in answered):
            return unknown(self, f"{self.probe}: {self.server} answered nothing before {injection} either")
        mine = _during(injection, history, answered)
        by_it = [o for o in mine if o.server == self.server]
        others_ns = max((o.invoked_ns for o in mine if o.server != self.server), default=injection.began_ns)
        watched_s = seconds(others_ns - injection.began_ns)
        needed_s = self.watch_s + (self.norm_s if math.isfinite(self.norm_s) else 0.0)
        said = f"{self.probe}: {self.server} answered {many(len(by_it), 'request')} after {injection}"
        result = self._of_answers(injection, by_it, stalls, said)
        if result.verdict is not Verdict.VIOLATED and watched_s < needed_s:
            return unknown(
                self, f"{said}; others answered for only {watched_s:.3f} s, {needed_s:g} s are needed"
            )
        return result

    def _of_answers(
        self, injection: Injection, by_it: Sequence[Operation], stalls: Stalls, said: str
    ) -> CheckResult:
        if not by_it:
            return self._result(Verdict.HOLDS, said, 0.0)
        latest, last = by_it[-1], max(by_it, key=_end_ns)
        lower_ns = max(0, latest.invoked_ns - injection.ended_ns)
        upper_s = seconds(_end_ns(last) - injection.began_ns)
        said = f"{said}, the last one {seconds(lower_ns):.3f} to {upper_s:.3f} s after it"
        if math.isinf(self.norm_s):
            return self._result(Verdict.VIOLATED, f"{said}; the configuration never takes it out", upper_s)
        stalled_ns = stalls.within(injection.began_ns, _end_ns(last))
        if seconds(lower_ns - stalled_ns) > self.norm_s:
            return self._result(Verdict.VIOLATED, f"{said}, allowed {self.norm_s:g} s", upper_s)
        if upper_s <= self.norm_s:
            return self._result(Verdict.HOLDS, said, upper_s)
        doubt = "the bounds lie on both sides of the limit"
        if stalled_ns:
            doubt = f"the measuring host stalled for {seconds(stalled_ns)} s of it"
        return self._result(
            Verdict.UNKNOWN, f"{said}, allowed {self.norm_s:g} s; {doubt}, so this is not proven", upper_s
        )


class ServesNothingWhile(Check):
    """While the other server is gone, a server that lacks rows of it executes nothing, whoever asks.

    Reads the operations of the probes between the beginning of the other server's fault and its healing. That
    the server lacks rows is the scenario's doing: it was cut off before, and had nobody to catch up from. An
    operation that failed is as it should be; but before the fault somebody must have been served.
    """

    title: ClassVar[str] = "a server that is behind serves nobody"
    probes: tuple[str, ...]
    server: str
    """The one that is behind."""
    fault: str
    """That of the other server."""
    least: int = 20
    """Fewer operations of a probe show nothing."""

    def judge(self, history: History) -> CheckResult:
        """Return what *history* says; no data is UNKNOWN."""
        if not self.probes:
            return unknown(self, "no probe was named")
        return for_each(self, history, self.fault, lambda injection: self._during(injection, history))

    def _during(self, injection: Injection, history: History) -> CheckResult:
        executed: list[Operation] = []
        doubts: list[str] = []
        tried = 0
        for probe in self.probes:
            ended = [o for o in history.operations(probe) if o.completed_ns is not None]
            if not any(o.outcome is Outcome.OK and _end_ns(o) < injection.began_ns for o in ended):
                doubts.append(f"{probe}: nobody was served before {injection} either")
            mine = _during(injection, history, ended)
            if len(mine) < self.least:
                count = many(len(mine), "operation")
                doubts.append(f"{probe}: {count} during {injection}, at least {self.least} are needed")
            executed += [o for o in mine if o.outcome is Outcome.OK and o.server == self.server]
            tried += len(mine)
        if executed:
            first = min(executed, key=_end_ns)
            reason = (
                f"{self.server} executed {many(len(executed), 'operation')} during {injection},"
                f" the first of {first.probe} at {moment(history, _end_ns(first))}"
            )
            return self._result(Verdict.VIOLATED, reason, len(executed))
        if doubts:
            return unknown(self, "; ".join(doubts))
        return self._result(
            Verdict.HOLDS,
            f"{self.server} executed none of {many(tried, 'operation')} during {injection}",
            0,
        )

    def _result(self, verdict: Verdict, reason: str, executed: int) -> CheckResult:
        return CheckResult(
            name=f"{self.title}: {self.server}",
            verdict=verdict,
            reason=reason,
            measured=float(executed),
            norm=0.0,
            unit="operations",
        )


def _during(injection: Injection, history: History, operations: Sequence[Operation]) -> list[Operation]:
    """Return the operations that began after the fault and ended before its healing."""
    to_ns = injection.healed_began_ns or history.lines[-1]["at_ns"]
    return [o for o in operations if injection.began_ns <= o.invoked_ns and _end_ns(o) <= to_ns]


def _end_ns(operation: Operation) -> int:
    return operation.invoked_ns if operation.completed_ns is None else operation.completed_ns
