"""Who may register: whoever has the right credentials, and nobody else."""

from collections import Counter
from collections.abc import Sequence
from typing import ClassVar, Final

from conformance.checkers.check import Check
from conformance.checkers.facts import decided
from conformance.checkers.findings import many
from conformance.history import History, Operation, Outcome
from conformance.verdict import CheckResult

REFUSALS: Final = frozenset({401, 403, 407})
"""A challenge that a wrong secret does not meet, or a plain refusal (RFC 3261, sections 21.4.2, 21.4.4)."""


class CredentialsDecide(Check):
    """Each registrar accepts the right credentials, and refuses wrong ones and none with 401, 403 or 407.

    Reads the operations (what: `register`) of probes with right and with wrong credentials, or without any.
    Where the right ones were not accepted, a refusal proves nothing. No answer is no refusal.
    """

    title: ClassVar[str] = "credentials decide who may register"
    registrars: tuple[str, ...]
    """Their aliases, as the probes ask them (`target`)."""
    right: str
    """The probe that registers with the right credentials."""
    wrong: tuple[str, ...]
    """The probes that try with wrong ones, or with none."""
    least: int = 1
    """So many attempts of each probe have to be answered by each registrar."""

    def judge(self, history: History) -> CheckResult:
        """Return what *history* says; no data is UNKNOWN."""
        violations: list[str] = []
        doubts = [] if self.registrars else ["no registrar was to be asked"]
        if not self.wrong:
            doubts.append("nobody was to try wrong credentials")
        accepted = refused = 0
        for registrar in self.registrars:
            answered = _answered(history, self.right, registrar)
            good = sum(o.outcome is Outcome.OK for o in answered)
            accepted += good
            if len(answered) >= self.least and not good:
                error = Counter(o.error for o in answered).most_common(1)[0][0]
                tried = many(len(answered), "right attempt")
                violations.append(f"{registrar} accepted none of {tried}: {error}")
            elif good < self.least:
                few = f"{registrar} accepted {many(good, 'right attempt')}, {self.least} needed"
                doubts.append(f"{few}, so a refusal proves nothing")
            for probe in self.wrong:
                answered = _answered(history, probe, registrar)
                violations += _not_refused(registrar, probe, answered)
                refused += sum(o.detail.get("status") in REFUSALS for o in answered)
                if len(answered) < self.least:
                    few = f"{registrar} answered {many(len(answered), 'attempt')} of {probe}"
                    doubts.append(f"{few}, at least {self.least} needed")
        told = f"{many(accepted, 'attempt')} with the right credentials accepted, {refused} without refused"
        return decided(self, violations=violations, doubts=doubts, good=told)


def _answered(history: History, probe: str, registrar: str) -> list[Operation]:
    """Return the attempts that got a final response."""
    return [
        o
        for o in history.operations(probe)
        if o.detail.get("what") == "register"
        and o.detail.get("target") == registrar
        and o.detail.get("status") is not None
    ]


def _not_refused(registrar: str, probe: str, answered: Sequence[Operation]) -> list[str]:
    accepted = sum(o.outcome is Outcome.OK for o in answered)
    found = []
    if accepted:
        found.append(f"{registrar} accepted {accepted} of {many(len(answered), 'attempt')} of {probe}")
    others = Counter(o.detail["status"] for o in answered if o.outcome is not Outcome.OK)
    found += [
        f"{registrar} answered {many(count, 'attempt')} of {probe} with {status} instead of 401 or 403"
        for status, count in sorted(others.items())
        if status not in REFUSALS
    ]
    return found
