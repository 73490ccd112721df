"""Who answers: every scheme is served, and by servers that are known."""

from collections import Counter
from collections.abc import Mapping
from typing import ClassVar

from conformance.checkers.check import Check
from conformance.checkers.facts import decided
from conformance.checkers.findings import many
from conformance.history import History, Outcome
from conformance.verdict import CheckResult


class AnsweredByKnownServer(Check):
    """Requests over each scheme are answered by a web server that is known by name.

    Reads the operations of one probe per scheme.
    """

    title: ClassVar[str] = "every scheme is answered by a known web server"
    probes: Mapping[str, str]
    """The probe of each scheme, such as `http`."""
    servers: tuple[str, ...]
    answers: int = 5
    """So many answers are needed over each scheme."""

    def judge(self, history: History) -> CheckResult:
        """Return what *history* says; no data is UNKNOWN."""
        violations, doubts, told = [], [], []
        for scheme, probe in self.probes.items():
            operations = [o for o in history.operations(probe) if o.completed_ns is not None]
            answered = [o for o in operations if o.outcome is Outcome.OK]
            by = Counter(o.server for o in answered)
            strangers = sorted(
                str(server) for server in by if server is not None and server not in self.servers
            )
            if strangers:
                violations.append(
                    f"{scheme} was answered by {', '.join(strangers)}, no web server of the system"
                )
            if len(operations) < self.answers:
                doubts.append(
                    f"{many(len(operations), 'request')} over {scheme}, at least {self.answers} are needed"
                )
            elif not answered:
                errors = Counter(o.error or o.outcome.value for o in operations).most_common(1)[0][0]
                violations.append(
                    f"none of {many(len(operations), 'request')} over {scheme} was answered: {errors}"
                )
            elif (
                known := sum(count for server, count in by.items() if server in self.servers)
            ) < self.answers:
                doubts.append(
                    f"{many(known, 'answer')} over {scheme} told who gave it, {self.answers} are needed"
                )
            told.append(f"{scheme}: {many(len(answered), 'answer')} by {' and '.join(sorted(map(str, by)))}")
        if not self.probes:
            doubts.append("no scheme was asked")
        return decided(self, violations=violations, doubts=doubts, good="; ".join(told))
