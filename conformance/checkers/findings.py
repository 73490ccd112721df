"""Making results: a check finds something, or says why it cannot; several findings become one result."""

import math
from collections.abc import Callable, Sequence

from conformance.checkers.check import Check
from conformance.history import History, Operation
from conformance.injections import Injection
from conformance.stalls import Stalls
from conformance.verdict import CheckResult, Outage, Verdict, worst

NS_PER_S = 1_000_000_000


def unknown(check: Check, reason: str) -> CheckResult:
    """Return that *check* could not tell, and why."""
    return CheckResult(name=check.title, verdict=Verdict.UNKNOWN, reason=reason)


def for_each(
    check: Check, history: History, fault: str, judge: Callable[[Injection], CheckResult]
) -> CheckResult:
    """Judge every injection of *fault* that the history holds; the result is the worst of them.

    A fault that was never injected, or left no trace, proves nothing.
    """
    injections = Injection.named(history, fault)
    if not injections:
        return unknown(check, f"no fault {fault!r} was injected")
    results = [
        judge(one) if one.took_hold else unknown(check, f"{one} did not take hold") for one in injections
    ]
    return joined(results)


def for_each_seen_by(
    check: Check,
    history: History,
    probe: str,
    fault: str,
    judge: Callable[[Injection, Sequence[Operation], Stalls], CheckResult],
) -> CheckResult:
    """Judge every injection of *fault* by what *probe* did, and by stalls; the result is the worst of them.

    A probe without operations proves nothing.
    """
    operations = history.operations(probe)
    if not operations:
        return unknown(check, f"probe {probe!r} recorded no operation")
    stalls = Stalls.of(history, operations)
    return for_each(check, history, fault, lambda injection: judge(injection, operations, stalls))


def joined(results: Sequence[CheckResult]) -> CheckResult:
    """Return the worst of *results* with the outages of all; among equals the one that measured most."""
    verdict = worst(result.verdict for result in results)
    decisive = max((result for result in results if result.verdict is verdict), key=_measured)
    return decisive.model_copy(update={"outages": tuple(o for result in results for o in result.outages)})


def _measured(result: CheckResult) -> float:
    return result.measured if isinstance(result.measured, float) else -1.0


def timed(  # noqa: PLR0913 -- the parts of one finding, all named
    check: Check,
    *,
    probe: str,
    verdict: Verdict,
    reason: str,
    measured: float,
    norm_s: float,
    formula: str,
    outages: tuple[Outage, ...] = (),
) -> CheckResult:
    """Return what *check* found about a time that *probe* measured, in s; an infinite norm is "none"."""
    return CheckResult(
        name=f"{check.title}: {probe}",
        verdict=verdict,
        reason=reason,
        measured=measured,
        norm=norm_s if math.isfinite(norm_s) else "none",
        unit="s",
        formula=formula,
        outages=outages,
    )


class NormCheck(Check):
    """Base of checks that hold a time which one probe measured against a norm."""

    probe: str
    norm_s: float
    formula: str

    def _result(self, verdict: Verdict, reason: str, measured: float) -> CheckResult:
        return timed(
            self,
            probe=self.probe,
            verdict=verdict,
            reason=reason,
            measured=measured,
            norm_s=self.norm_s,
            formula=self.formula,
        )


def seconds(nanoseconds: int) -> float:
    """Return nanoseconds as seconds, to the microsecond."""
    return round(nanoseconds / NS_PER_S, 6)


def many(count: int, what: str, plural: str | None = None) -> str:
    """Return a count and its noun: `1 request`, `2 requests`."""
    return f"{count} {what if count == 1 else plural or what + 's'}"
