"""How much longer calls take to be set up that meet a failure. Whether they are lost counts here as well."""

import dataclasses
import math
from collections.abc import Sequence
from typing import ClassVar, Final

from conformance.checkers.facts import moment, said
from conformance.checkers.findings import NS_PER_S, NormCheck, for_each_seen_by, many, seconds, unknown
from conformance.evidence import Usual, is_served
from conformance.history import NO_ANSWER, History, Operation, Outcome
from conformance.injections import Injection
from conformance.stalls import Stalls
from conformance.verdict import CheckResult, Verdict

TIMED_OUT: Final = "sip 408"
"""Somebody on the way waited for an answer in vain."""


class SetUpWithin(NormCheck):
    """No call that meets a failure is answered later than usual by more than the norm, or not at all.

    Reads the operations of a probe: those that began from the fault's beginning to its healing, and those
    that were being set up when it began. A call is late if it took so long that it counts as slow
    (`conformance.evidence.Usual`), and then by what it took longer than was usual before the first fault.
    HOLDS if none was late by more than the norm. VIOLATED if one was refused, or took longer by more than the
    norm than one that is not slow yet, stalls deducted; UNKNOWN in between. A call that nobody answered took
    for ever, as far as it was waited for: given up before the norm had passed, it is a doubt. What comes
    after a further fault is a doubt, too.

    An infinite norm sets no limit to waiting, only to its outcome: a call that is refused, or not answered
    before the caller's patience is over, violates it, and one that is late and answered only after the
    healing had begun is a doubt.
    """

    title: ClassVar[str] = "calls that meet a failure are set up in time"
    probe: str
    fault: str
    norm_s: float
    """By how much longer than usual the set-up may take."""
    formula: str
    least: int = 20
    """So many calls must have been answered before the first fault, and begun while this one lasted."""

    def judge(self, history: History) -> CheckResult:
        """Return what *history* says; no data is UNKNOWN."""
        return for_each_seen_by(
            self, history, self.probe, self.fault, lambda *seen: self._after(history, *seen)
        )

    def _after(
        self, history: History, injection: Injection, operations: Sequence[Operation], stalls: Stalls
    ) -> CheckResult:
        faults_ns = [one.began_ns for one in Injection.all_of(history)]
        before = [o for o in operations if is_served(o) and (o.completed_ns or math.inf) <= min(faults_ns)]
        if len(before) < max(1, self.least):
            few = f"{self.probe}: {many(len(before), 'call')} answered before any fault"
            return unknown(self, f"{few}, at least {max(1, self.least)} needed")
        met = [
            o
            for o in operations
            if o.invoked_ns < injection.until_ns and (o.completed_ns or math.inf) >= injection.began_ns
        ]
        further_ns = min((at for at in faults_ns if at > injection.began_ns), default=None)
        usual = Usual.of(before, stalls)
        set_ups = [_SetUp.of(o, usual, stalls, further_ns) for o in met]
        violations, doubts = [], []
        for one in set_ups:
            whose = f"the call at {moment(history, one.operation.invoked_ns)}"
            if how := self._violation(one):
                violations.append(f"{whose} {how}")
            elif how := self._doubt(one, injection):
                doubts.append(f"{whose} {how}")
        begun = sum(o.invoked_ns >= injection.began_ns for o in met)
        if begun < self.least:
            few = f"{many(begun, 'call')} begun while {injection} lasted"
            doubts.append(f"{few}, at least {self.least} needed")
        longest_s = max((seconds(one.late_ns) for one in set_ups), default=0.0)
        late = sum(one.late_ns > 0 for one in set_ups)
        told = (
            f"{self.probe}: {late} of {many(len(met), 'call')} that met {injection} took longer than the"
            f" usual {seconds(usual.latency_ns):.3f} s, by up to {longest_s:.3f} s"
        )
        allowed = f"{self.norm_s:g} s" if math.isfinite(self.norm_s) else "any time, but an answer"
        if violations:
            return self._result(Verdict.VIOLATED, f"{told}, allowed {allowed}; {said(violations)}", longest_s)
        if doubts:
            return self._result(Verdict.UNKNOWN, f"{told}, allowed {allowed}; {said(doubts)}", longest_s)
        return self._result(Verdict.HOLDS, told, longest_s)

    def _violation(self, one: "_SetUp") -> str:
        """Return how a call broke the norm; empty where it is not proven that it did."""
        too_late = one.proven_ns > self.norm_s * NS_PER_S
        if one.is_served:
            return f"was answered {one.late_told}" if too_late else ""
        given_up = one.operation.outcome is Outcome.FAILED and one.is_whole and one.proven_ns > 0
        if one.is_unanswered:
            waited = too_late or (math.isinf(self.norm_s) and given_up)
            return f"was not answered in {one.took_told}" if waited else ""
        by_stall = one.operation.error == TIMED_OUT and one.stalled_ns > 0 and not one.proven_ns
        return f"failed: {one.operation.error}" if too_late or (one.is_whole and not by_stall) else ""

    def _doubt(self, one: "_SetUp", injection: Injection) -> str:
        """Return what is not known of a call that is not proven to have broken the norm."""
        error, ended_ns = one.operation.error, one.operation.completed_ns
        if ended_ns is None:
            return "never ended"
        why = f"{one.stall_told}{'' if one.is_whole else ', and a further fault began meanwhile'}"
        if one.is_served:
            healed_ns = injection.healed_began_ns
            if math.isinf(self.norm_s) and one.late_ns and healed_ns is not None and ended_ns >= healed_ns:
                return f"was answered {one.late_told}, once the healing had begun"
            return f"was answered {one.late_told}{why}" if one.late_ns > self.norm_s * NS_PER_S else ""
        if one.is_unanswered:
            tells = one.late_ns > 0 or one.operation.outcome is Outcome.FAILED
            return f"was waited for {one.took_told} only{why}" if tells else ""
        return f"failed: {error}{why}"


@dataclasses.dataclass(frozen=True)
class _SetUp:
    """How long the set-up of one call took; all times are nanoseconds."""

    operation: Operation
    late_ns: int
    """By so much it took longer than usual; 0: it was not slow."""
    proven_ns: int
    """By at least so much it was late before any further fault, without the stalls."""
    stalled_ns: int
    is_whole: bool
    """Whether it was over before any further fault."""

    @classmethod
    def of(cls, operation: Operation, usual: Usual, stalls: Stalls, further_ns: int | None) -> "_SetUp":
        """Measure the set-up of a call."""
        from_ns, to_ns = operation.invoked_ns, operation.completed_ns
        if to_ns is None:
            return cls(operation, 0, 0, 0, is_whole=False)
        cut_ns = to_ns if further_ns is None else max(from_ns, min(to_ns, further_ns))
        running_ns = cut_ns - from_ns - stalls.within(from_ns, cut_ns)
        return cls(
            operation,
            late_ns=to_ns - from_ns - usual.latency_ns if to_ns - from_ns > usual.slow_ns else 0,
            proven_ns=max(0, running_ns - usual.slow_ns),
            stalled_ns=stalls.within(from_ns, to_ns),
            is_whole=cut_ns == to_ns,
        )

    @property
    def is_served(self) -> bool:
        return is_served(self.operation)

    @property
    def is_unanswered(self) -> bool:
        return self.operation.error == NO_ANSWER or self.operation.outcome is Outcome.UNKNOWN

    @property
    def stall_told(self) -> str:
        stalled = f", and the measuring host stalled for {self.stalled_ns / 1e6:.0f} ms of it"
        return stalled if self.stalled_ns else ""

    @property
    def late_told(self) -> str:
        return f"{seconds(self.late_ns):.3f} s later than usual"

    @property
    def took_told(self) -> str:
        return f"{seconds((self.operation.completed_ns or 0) - self.operation.invoked_ns):.3f} s"
