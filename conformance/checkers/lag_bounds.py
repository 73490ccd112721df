"""Bounds of the lag: of a replica at any time, and of a returned server from its first answer on."""

import math
from collections.abc import Sequence
from typing import ClassVar

from conformance.checkers.aftermath import aftermath
from conformance.checkers.check import Check
from conformance.checkers.facts import moment
from conformance.checkers.findings import NS_PER_S, for_each, many, seconds, unknown
from conformance.checkers.lag import NOTHING, Lags, Read, reads_of
from conformance.checkers.rows import Writes
from conformance.history import History
from conformance.injections import Injection
from conformance.stalls import Stalls
from conformance.verdict import CheckResult, Verdict


class ReplicationLag(Check):
    """What was acknowledged is visible on the replica within the bound.

    Reads the inserts of one probe and the reads of another one (`newest`, by the replica), and stalls. Only
    reads count that began while rows came in, or missed one.
    """

    title: ClassVar[str] = "replication is not far behind"
    writes: str
    """The probe that inserts."""
    reads: str
    """The probe that reads at the replica."""
    replica: str
    norm_s: float
    """The documented bound of the lag."""
    formula: str
    least: int = 20
    """Fewer acknowledged inserts, or fewer reads, show nothing."""

    def judge(self, history: History) -> CheckResult:
        """Return what *history* says; no data is UNKNOWN."""
        if math.isinf(self.norm_s):
            return unknown(self, f"no bound is set for the lag of {self.replica}")
        writes = Writes.of(history, self.writes)
        if doubts := writes.too_few(self.least):
            return unknown(self, doubts[0])
        first_ns, last_ns = writes.acknowledged[0].acknowledged_ns, writes.acknowledged[-1].acknowledged_ns
        reads = [
            read
            for read in reads_of(history, self.reads)
            if read.server == self.replica and read.invoked_ns > first_ns
        ]
        mine = [
            lag
            for lag in Lags.of(writes.acknowledged, reads).of_reads
            if lag.lower_ns > 0 or lag.read.invoked_ns <= last_ns
        ]
        if len(mine) < self.least:
            return unknown(
                self,
                f"{self.reads}: {many(len(mine), 'read')} answered by {self.replica} while rows came in,"
                f" at least {self.least} are needed",
            )
        return _judged(self, Lags(mine), history)


class CaughtUpBeforeServing(Check):
    """A server that returns has caught up before it answers anybody.

    Reads the inserts of one probe and the reads of another one that the returned server answered after its
    healing began, until the next fault. Rows have to have come in while it was away.
    """

    title: ClassVar[str] = "a returned server has caught up before it serves"
    writes: str
    """The probe that inserts."""
    reads: str
    """The probe that reads by the alias."""
    server: str
    fault: str
    norm_s: float
    """The documented bound of the lag."""
    formula: str
    must_return: bool = False
    """Whether it has to answer somebody again..."""
    within_s: float = 0.0
    """... within so long after its healing."""
    least: int = 20
    """Fewer rows that came in while it was away show nothing."""

    def judge(self, history: History) -> CheckResult:
        """Return what *history* says; no data is UNKNOWN."""
        if math.isinf(self.norm_s):
            return unknown(self, f"no bound is set for the lag of {self.server}")
        writes = Writes.of(history, self.writes)
        return for_each(self, history, self.fault, lambda injection: self._after(injection, history, writes))

    def _after(self, injection: Injection, history: History, writes: Writes) -> CheckResult:
        back_ns = injection.healed_ended_ns
        if (span := aftermath(history, injection, "healed")) is None or back_ns is None:
            return unknown(self, f"{injection} was never healed")
        reads = reads_of(history, self.reads)
        answered = [read for read in reads if span.from_ns <= read.invoked_ns <= span.to_ns]
        mine = [read for read in answered if read.server == self.server]
        if not mine:
            return self._never(injection, answered, seconds(max(0, _last_ns(answered) - back_ns)))
        missed = sum(injection.ended_ns <= one.acknowledged_ns < span.from_ns for one in writes.acknowledged)
        result = _judged(self, Lags.of(writes.acknowledged, mine), history)
        if result.verdict is not Verdict.VIOLATED and missed < self.least:
            return unknown(
                self,
                f"{many(missed, 'row')} came in while {self.server} was away,"
                f" at least {self.least} are needed",
            )
        first_s = seconds(max(0, mine[0].invoked_ns - back_ns))
        told = f"{self.server} answered again {first_s:.3f} s after {injection} was healed"
        return result.model_copy(update={"reason": f"{told}; {result.reason}"})

    def _never(self, injection: Injection, answered: Sequence[Read], watched_s: float) -> CheckResult:
        reason = (
            f"{self.reads}: {self.server} answered nobody in {watched_s:.3f} s after {injection} was healed"
        )
        if not self.must_return or watched_s < self.within_s or not answered:
            return unknown(self, reason)
        return CheckResult(
            name=f"{self.title}: {self.server}",
            verdict=Verdict.VIOLATED,
            reason=f"{reason}, allowed {self.within_s:g} s",
            norm=self.norm_s,
            unit="s",
            formula=self.formula,
        )


def _last_ns(reads: Sequence[Read]) -> int:
    return reads[-1].invoked_ns if reads else 0


def _judged(check: ReplicationLag | CaughtUpBeforeServing, lags: Lags, history: History) -> CheckResult:
    """Hold *lags* against the norm: VIOLATED by the lower bound less stalls, HOLDS by the upper one."""
    worst = lags.most
    server, at_ns, norm_ns = worst.read.server, worst.read.invoked_ns, round(check.norm_s * NS_PER_S)
    stalls = Stalls.of(history, history.operations(check.writes) + history.operations(check.reads))
    proven_ns = max(
        (
            lag.lower_ns - stalls.within(lag.read.invoked_ns - lag.lower_ns, lag.read.invoked_ns)
            for lag in lags.of_reads
            if lag.lower_ns > norm_ns
        ),
        default=0,
    )
    reason = (
        f"{server} was behind by {lags} in {many(len(lags.of_reads), 'read')}, allowed {check.norm_s:g} s"
    )
    blind = all(lag.read.newest == NOTHING for lag in lags.of_reads)
    if proven_ns > norm_ns:
        verdict, reason = Verdict.VIOLATED, f"{reason}; most of all at {moment(history, at_ns)}"
        reason += " (no read saw any row)" if blind else ""
    elif worst.lower_ns > norm_ns:
        stalled_ns = stalls.within(at_ns - worst.lower_ns, at_ns)
        verdict = Verdict.UNKNOWN
        reason = f"{reason}; the measuring host stalled for {seconds(stalled_ns)} s of it"
    elif blind:
        verdict, reason = Verdict.UNKNOWN, f"{reason}; no read saw any row"
    elif lags.at_most_ns > norm_ns:
        verdict, reason = Verdict.UNKNOWN, f"{reason}; {_doubt(lags, stalls)}"
    else:
        verdict = Verdict.HOLDS
    return CheckResult(
        name=f"{check.title}: {server}",
        verdict=verdict,
        reason=reason,
        measured=seconds(lags.at_most_ns),
        norm=check.norm_s,
        unit="s",
        formula=check.formula,
    )


def _doubt(lags: Lags, stalls: Stalls) -> str:
    widest = max(lags.of_reads, key=lambda lag: lag.upper_ns)
    end_ns = widest.read.completed_ns
    if stalled_ns := stalls.within(end_ns - widest.upper_ns, end_ns):
        return f"the measuring host stalled for {seconds(stalled_ns)} s of it, so this is not proven"
    return "the bounds lie on both sides of the limit, so this is not proven"
