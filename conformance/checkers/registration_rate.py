"""Storms of registrations: how many come in a second when many clients lose their registrar at once."""

import itertools
from collections.abc import Sequence
from typing import ClassVar

from conformance.checkers.check import Check
from conformance.checkers.facts import moment, observed
from conformance.checkers.findings import NS_PER_S, for_each, unknown
from conformance.history import History, Line
from conformance.injections import Injection
from conformance.verdict import CheckResult, Verdict


class RegistrationRateWithin(Check):
    """After a takeover no registrar gets more REGISTER requests in a second than it is made for.

    Reads `observed` lines "registrations" (node: the registrar; value: requests, all since it started; fewer
    than before: it has started anew). Between two looks at least `period_s` apart the mean rate is known; the
    highest one decides: some second had at least so many. Looks that are further apart than twice that are
    too rare to tell.
    """

    title: ClassVar[str] = "no storm of registrations"
    registrars: tuple[str, ...]
    fault: str
    limit_per_s: float
    formula: str
    watch_s: float = 5.0
    """For how long after the fault the registrars must have been looked at."""
    period_s: float = 1.0

    def judge(self, history: History) -> CheckResult:
        """Return what *history* says; no data is UNKNOWN."""
        if not self.registrars:
            return unknown(self, "no registrar was to be looked at")
        return for_each(self, history, self.fault, lambda injection: self._after(injection, history))

    def _after(self, injection: Injection, history: History) -> CheckResult:
        worst_per_s, where, doubts = 0.0, "", []
        for registrar in self.registrars:
            looks = [line for line in observed(history, "registrations") if line["node"] == registrar]
            mine = _during(injection, looks)
            rates = _rates(mine, self.period_s)
            for rate_per_s, line in rates:
                if rate_per_s > worst_per_s:
                    worst_per_s, where = rate_per_s, f" at {registrar} from {moment(history, line['at_ns'])}"
            doubts += self._doubts(registrar, injection, mine)
        said = f"at most {worst_per_s:.1f} registrations per second after {injection}{where}"
        if worst_per_s > self.limit_per_s:
            return self._result(Verdict.VIOLATED, f"{said}, allowed {self.limit_per_s:g}", worst_per_s)
        if doubts:
            return self._result(Verdict.UNKNOWN, f"{said}; {'; '.join(doubts)}", worst_per_s)
        return self._result(Verdict.HOLDS, said, worst_per_s)

    def _doubts(self, registrar: str, injection: Injection, mine: Sequence[Line]) -> list[str]:
        if not mine:
            return [f"nobody counted registrations at {registrar}"]
        watched_s = (mine[-1]["at_ns"] - injection.began_ns) / NS_PER_S
        if watched_s < self.watch_s:
            return [f"{registrar} was watched for only {watched_s:.1f} s, {self.watch_s:g} s are needed"]
        pauses = [b["at_ns"] - a["at_ns"] for a, b in itertools.pairwise(mine)]
        if max(pauses, default=0) > 2 * self.period_s * NS_PER_S:
            return [f"{registrar} was looked at too rarely"]
        return []

    def _result(self, verdict: Verdict, reason: str, measured: float) -> CheckResult:
        return CheckResult(
            name=self.title,
            verdict=verdict,
            reason=reason,
            measured=round(measured, 3),
            norm=self.limit_per_s,
            unit="registrations per second",
            formula=self.formula,
        )


def _during(injection: Injection, looks: Sequence[Line]) -> list[Line]:
    """Return the looks from the last one before the fault until the next event."""
    before = [line for line in looks if line["at_ns"] < injection.began_ns][-1:]
    return before + [line for line in looks if injection.began_ns <= line["at_ns"] <= injection.until_ns]


def _rates(looks: Sequence[Line], period_s: float) -> list[tuple[float, Line]]:
    """Return the mean rate between each look and the first one that is *period_s* later."""
    total, totals = 0, [0] * len(looks)
    for at in range(1, len(looks)):
        now, before = looks[at]["value"]["requests"], looks[at - 1]["value"]["requests"]
        total += now - before if now >= before else now
        totals[at] = total
    found, end = [], 0
    for at, line in enumerate(looks):
        while end < len(looks) and looks[end]["at_ns"] - line["at_ns"] < period_s * NS_PER_S:
            end += 1
        if end < len(looks):
            took_s = (looks[end]["at_ns"] - line["at_ns"]) / NS_PER_S
            found.append(((totals[end] - totals[at]) / took_s, line))
    return found
