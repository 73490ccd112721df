"""What clients are told when nobody is left to serve them."""

from collections import Counter
from typing import ClassVar

from conformance.checkers.check import Check
from conformance.checkers.findings import NS_PER_S, joined, many, seconds, timed, unknown
from conformance.history import History, Operation, Outcome
from conformance.injections import Injection
from conformance.stalls import Stalls
from conformance.verdict import CheckResult, Verdict


class PromptRefusal(Check):
    """With every server gone, clients get a prompt, clean 503; nothing hangs; and service returns by itself.

    The refusals are judged from `within_s` after the last of the faults until the first of them is healed.
    """

    title: ClassVar[str] = "a prompt refusal while nobody can serve"
    probe: str
    faults: tuple[str, ...]
    """All of them together leave nobody to serve."""
    limit_s: float
    """How long a refusal may take."""
    formula: str
    within_s: float
    """When the balancer has to know: the norm of detection."""
    return_s: float | None = None
    """How long the return of service may take once the first server is back; None: as long as the record."""
    least: int = 10
    """Fewer refusals show nothing."""

    def judge(self, history: History) -> CheckResult:
        """Return what *history* says; no data is UNKNOWN."""
        operations = history.operations(self.probe)
        if not operations:
            return unknown(self, f"probe {self.probe!r} recorded no operation")
        injections = [one for fault in self.faults for one in Injection.named(history, fault)]
        if len(injections) < len(self.faults):
            return unknown(self, f"not all of these faults were injected: {', '.join(self.faults)}")
        if loose := [one for one in injections if not one.took_hold]:
            return unknown(self, f"{loose[0]} did not take hold")
        stalls = Stalls.of(history, operations)
        from_ns = max(one.ended_ns for one in injections) + round(self.within_s * NS_PER_S)
        healed = [one.healed_began_ns for one in injections if one.healed_began_ns is not None]
        to_ns = min([*healed, operations[-1].invoked_ns + 1])
        return joined(
            [
                self._refusals([o for o in operations if from_ns <= o.invoked_ns < to_ns], to_ns, stalls),
                self._return(operations, injections),
            ]
        )

    def _refusals(self, operations: list[Operation], to_ns: int, stalls: Stalls) -> CheckResult:
        # what was in flight when the first server came back may have been answered by it
        judged = [o for o in operations if o.completed_ns is not None and o.completed_ns < to_ns]
        hung = [o for o in operations if o.completed_ns is not None and (o.error or "").endswith("timeout")]
        if served := [o for o in judged if o.outcome is Outcome.OK]:
            return unknown(
                self, f"{self.probe}: {served[0].server or 'somebody'} still served, so not all were gone"
            )
        if len(judged) < self.least:
            return unknown(
                self, f"{self.probe}: only {many(len(judged), 'request')} while nobody could serve"
            )
        limit_ns = round(self.limit_s * NS_PER_S)
        slowest = max(judged, key=_latency_ns)
        slow = [
            o
            for o in judged
            if _latency_ns(o) - stalls.within(o.invoked_ns, o.completed_ns or o.invoked_ns) > limit_ns
        ]
        unclean = Counter(o.error for o in [*judged, *hung] if o.detail.get("status") != 503)  # noqa: PLR2004
        said = (
            f"{self.probe}: {many(len(judged), 'request')} refused, "
            f"slowest after {seconds(_latency_ns(slowest)):.3f} s"
        )
        if unclean:
            word, count = unclean.most_common(1)[0]
            return self._result(Verdict.VIOLATED, f"{said}; {count} x {word} instead of a 503", slowest)
        if slow:
            return self._result(
                Verdict.VIOLATED, f"{said}; {len(slow)} were slower than {self.limit_s:g} s", slowest
            )
        if _latency_ns(slowest) > limit_ns:
            return self._result(Verdict.UNKNOWN, f"{said}; only because the measuring host stalled", slowest)
        return self._result(Verdict.HOLDS, said, slowest)

    def _return(self, operations: list[Operation], injections: list[Injection]) -> CheckResult:
        healed = [one.healed_ended_ns for one in injections if one.healed_ended_ns is not None]
        if not healed:
            return unknown(self, f"{self.probe}: no server came back, so the return was not seen")
        back_ns = min(healed)
        began_ns = min(
            one.healed_began_ns or back_ns for one in injections if one.healed_ended_ns is not None
        )
        served = next((o for o in operations if o.invoked_ns >= began_ns and o.outcome is Outcome.OK), None)
        watched_s = seconds(operations[-1].invoked_ns - back_ns)
        if served is None:
            verdict = (
                Verdict.UNKNOWN if self.return_s is None or watched_s < self.return_s else Verdict.VIOLATED
            )
            return self._plain(
                verdict, f"{self.probe}: not served within {watched_s:.3f} s of the first server's return"
            )
        lower_s = seconds(max(0, served.invoked_ns - back_ns))
        if self.return_s is not None and lower_s > self.return_s:
            return self._plain(
                Verdict.VIOLATED,
                f"{self.probe}: served {lower_s:.3f} s after the return, allowed {self.return_s:g} s",
            )
        return self._plain(
            Verdict.HOLDS, f"{self.probe}: served again {lower_s:.3f} s after the first server's return"
        )

    def _plain(self, verdict: Verdict, reason: str) -> CheckResult:
        return CheckResult(name=f"{self.title}: {self.probe}", verdict=verdict, reason=reason)

    def _result(self, verdict: Verdict, reason: str, slowest: Operation) -> CheckResult:
        return timed(
            self,
            probe=self.probe,
            verdict=verdict,
            reason=reason,
            measured=seconds(_latency_ns(slowest)),
            norm_s=self.limit_s,
            formula=self.formula,
        )


def _latency_ns(operation: Operation) -> int:
    return (operation.completed_ns or operation.invoked_ns) - operation.invoked_ns
