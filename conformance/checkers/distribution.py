"""Who gets the sessions: their shares, and that a server that is gone gets none."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

from conformance.checkers.aftermath import ready_ns
from conformance.checkers.check import Check
from conformance.checkers.findings import NS_PER_S, NormCheck, for_each_seen_by, many, seconds, unknown
from conformance.evidence import SERVED_ERRORS, Usual
from conformance.history import History, Operation, Outcome
from conformance.injections import Injection
from conformance.stalls import Stalls
from conformance.verdict import CheckResult, Verdict

ALPHA = 1e-6
"""How rarely a system that keeps to its weights may be called a violator, over all servers together."""


class SharesWithinBound(Check):
    """Each server's share of the answers fits its weight.

    Per server an exact binomial test, two-sided, at ALPHA divided by the number of servers: VIOLATED if so
    uneven a count has a smaller probability than that. (Balancers that deal in turn spread more evenly than
    chance, so for them the bound is only wider than need be.) A server with a weight and without any answer
    is a violation once chance is ruled out; an answer by a server without a weight is one at once.
    """

    title: ClassVar[str] = "sessions are shared by weight"
    probe: str
    weights: Mapping[str, float]
    fault: str | None = None
    """Only what began after this fault counts..."""
    since: Literal["fault", "healed"] = "healed"
    """... or after it was healed, and its node was ready again where a test looked for that (`ready`)..."""
    within_s: float = 0.0
    """... and so much later: the norm for taking a server out, or in again."""

    def judge(self, history: History) -> CheckResult:
        """Return what *history* says; no data is UNKNOWN."""
        from_ns = 0
        if self.fault is not None:
            stamps = [self._stamp(history, one) for one in Injection.named(history, self.fault)]
            if not stamps or stamps[-1] is None:
                return unknown(self, f"no fault {self.fault!r} was {self._event()}")
            from_ns = stamps[-1] + round(self.within_s * NS_PER_S)
        answered = [
            o for o in history.operations(self.probe) if o.outcome is Outcome.OK and o.invoked_ns >= from_ns
        ]
        counts = Counter(o.server for o in answered if o.server is not None)
        if not counts:
            return unknown(self, f"{self.probe}: {many(len(answered), 'answer')}, none tells its server")
        return self._of_counts(counts)

    def _stamp(self, history: History, injection: Injection) -> int | None:
        if self.since == "fault" or injection.healed_ended_ns is None:
            return injection.began_ns if self.since == "fault" else None
        end_ns: int = history.lines[-1]["at_ns"] + 1
        ready = ready_ns(history, injection.node, injection.healed_ended_ns, end_ns)
        return injection.healed_ended_ns if ready is None else ready

    def _event(self) -> str:
        return "injected" if self.since == "fault" else "healed"

    def _of_counts(self, counts: Mapping[str, int]) -> CheckResult:
        total, weight = sum(counts.values()), sum(self.weights.values())
        limit = ALPHA / len(self.weights)
        strange = sorted(name for name in counts if not self.weights.get(name))
        least, worst, blind = 1.0, "", []
        for server, own in self.weights.items():
            share = own / weight
            if share == 0:
                continue
            probability = two_sided(counts.get(server, 0), total, share)
            if probability < least:
                least, worst = probability, server
            if share < 1 and two_sided(0, total, share) >= limit:
                blind.append(server)
        shares = ", ".join(f"{name} {count}/{total}" for name, count in sorted(counts.items()))
        missing = sorted(name for name, own in self.weights.items() if own and not counts.get(name))
        said = f"{self.probe}: {shares}"
        if strange:
            verdict, said = Verdict.VIOLATED, f"{said}; {strange[0]} is to get nothing"
        elif least < limit:
            wrong = f"{missing[0]} got nothing" if missing else f"{worst} is too far from its weight"
            verdict, said = Verdict.VIOLATED, f"{said}; {wrong}"
        elif blind:
            verdict, said = Verdict.UNKNOWN, f"{said}; too few answers to tell about {blind[0]}"
        else:
            verdict = Verdict.HOLDS
        return CheckResult(
            name=f"{self.title}: {self.probe}",
            verdict=verdict,
            reason=said,
            measured=shares,
            norm=" : ".join(f"{own:g}" for own in self.weights.values()),
            formula=f"weights of {', '.join(self.weights)}; exact binomial p {least:.3g}, alpha {limit:.3g}",
        )


class NothingSentTo(NormCheck):
    """Once its failure has to be known, a server gets no more requests.

    Requests that go to a dead server cannot be seen from outside; what becomes of them can: they fail, or are
    answered late by another server after a retry, or are answered by it. The last request so affected is the
    last one sent there.
    """

    title: ClassVar[str] = "a dead server gets no more requests"
    probe: str
    server: str
    fault: str
    norm_s: float
    formula: str
    late_ms: float | None = None
    """From when an answer is late; None: three times what was usual before the fault, at least 20 ms more."""
    watch_s: float = 1.0
    """For how much longer than the norm the probe must have worked for the check to tell."""

    def judge(self, history: History) -> CheckResult:
        """Return what *history* says; no data is UNKNOWN."""
        return for_each_seen_by(self, history, self.probe, self.fault, self._after)

    def _after(  # noqa: PLR0911 -- one return per finding
        self, injection: Injection, operations: Sequence[Operation], stalls: Stalls
    ) -> CheckResult:
        usual = Usual.of(operations, stalls, injection.began_ns)
        late_ns = max(3 * usual.latency_ns, usual.latency_ns + 20_000_000)
        if self.late_ms is not None:
            late_ns = round(self.late_ms * 1e6)
        before = [o for o in operations if o.invoked_ns < injection.began_ns and o.outcome is Outcome.OK]
        if self.server not in {o.server for o in before}:
            return unknown(self, f"{self.probe}: {self.server} answered nothing before {injection} either")
        mine = [o for o in operations if injection.began_ns <= o.invoked_ns < injection.until_ns]
        watched_ns = (mine[-1].invoked_ns if mine else injection.began_ns) - injection.began_ns
        if math.isfinite(self.norm_s) and seconds(watched_ns) < self.norm_s + self.watch_s:
            return unknown(
                self, f"{self.probe} worked for only {seconds(watched_ns):.3f} s after {injection}, too short"
            )
        affected = [o for o in mine if _is_affected(o, self.server, late_ns, stalls)]
        if not affected:
            return self._result(
                Verdict.HOLDS, f"{self.probe}: no request failed or was late after {injection}", 0.0
            )
        last = affected[-1]
        lower_s = seconds(max(0, last.invoked_ns - injection.ended_ns))
        upper_s = seconds(last.invoked_ns + usual.latency_ns - injection.began_ns)
        what = last.error or (
            f"answered by {self.server}" if last.server == self.server else "answered late by another"
        )
        said = (
            f"{self.probe}: {many(len(affected), 'request')} affected, the last one {lower_s:.3f} to "
            f"{upper_s:.3f} s after {injection} ({what})"
        )
        if math.isinf(self.norm_s):
            return self._result(Verdict.VIOLATED, f"{said}; the configuration never takes it out", upper_s)
        if lower_s > self.norm_s:
            return self._result(Verdict.VIOLATED, said, upper_s)
        if upper_s > self.norm_s:
            return self._result(Verdict.UNKNOWN, f"{said}; not proven to be within the limit", upper_s)
        return self._result(Verdict.HOLDS, said, upper_s)


def _is_affected(operation: Operation, server: str, late_ns: int, stalls: Stalls) -> bool:
    if operation.completed_ns is None or operation.error in SERVED_ERRORS:
        return False
    if operation.outcome is not Outcome.OK:
        return True
    start_ns, end_ns = operation.invoked_ns, operation.completed_ns
    return operation.server == server or end_ns - start_ns - stalls.within(start_ns, end_ns) > late_ns


def two_sided(count: int, total: int, share: float) -> float:
    """Return the probability of a count at least as far out as *count*: twice the smaller tail."""
    if share >= 1:
        return 1.0 if count == total else 0.0
    below = math.fsum(_probability(k, total, share) for k in range(count + 1))
    above = math.fsum(_probability(k, total, share) for k in range(count, total + 1))
    return min(1.0, 2 * min(below, above))


def _probability(count: int, total: int, share: float) -> float:
    logarithm = math.lgamma(total + 1) - math.lgamma(count + 1) - math.lgamma(total - count + 1)
    return math.exp(logarithm + count * math.log(share) + (total - count) * math.log1p(-share))
