"""Which PBX reached which telephony server."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import ClassVar

from conformance.checkers.check import Check
from conformance.checkers.distribution import ALPHA
from conformance.checkers.facts import decided
from conformance.checkers.findings import many
from conformance.history import History, Operation, Outcome
from conformance.verdict import CheckResult


class CallMatrix(Check):
    """Each PBX hands calls to each telephony server, and to nobody else.

    Reads the operations of the probes: a call counts for the PBX that was asked (`target`) and the server
    that answered. An empty cell of the matrix is a violation once chance is ruled out: if all servers had
    even shares, so many calls would leave it empty with a probability below ALPHA divided by the number of
    cells.
    """

    title: ClassVar[str] = "each PBX reaches each telephony server"
    probes: tuple[str, ...]
    targets: tuple[str, ...]
    """The aliases of the PBXs."""
    servers: tuple[str, ...]
    least: int = 1
    """So many answered calls fill a cell."""

    def judge(self, history: History) -> CheckResult:
        """Return what *history* says; no data is UNKNOWN."""
        ended = [o for probe in self.probes for o in history.operations(probe) if o.completed_ns is not None]
        violations: list[str] = []
        doubts: list[str] = []
        rows = []
        for pbx in self.targets:
            mine = [o for o in ended if o.detail.get("target") == pbx]
            by = Counter(o.server for o in mine if o.outcome is Outcome.OK and o.server is not None)
            violations += self._violations(pbx, mine, by)
            doubts += self._doubts(pbx, mine, by)
            rows.append(f"{pbx}: {', '.join(f'{server} {by[server]}' for server in self.servers)}")
        if not self.targets or not self.servers:
            doubts.append("no PBX or no server was to be looked at")
        result = decided(self, violations=violations, doubts=doubts, good="; ".join(rows))
        return result.model_copy(update={"measured": "; ".join(rows) or None, "norm": "no cell empty"})

    def _violations(self, pbx: str, operations: Sequence[Operation], by: Mapping[str, int]) -> list[str]:
        answered = sum(o.outcome is Outcome.OK for o in operations)
        found = [
            f"{pbx} reached {server}, which is no telephony server"
            for server in sorted(by)
            if server not in self.servers
        ]
        if len(operations) >= self.least and not answered:
            errors = Counter(o.error or o.outcome.value for o in operations).most_common(1)[0][0]
            return [*found, f"none of {many(len(operations), 'call')} by {pbx} was answered: {errors}"]
        named = sum(by.values())
        if named == answered and self._is_no_chance(named):
            found += [
                f"{pbx} never reached {server} in {many(named, 'call')}"
                for server in self.servers
                if not by.get(server)
            ]
        return found

    def _is_no_chance(self, answered: int) -> bool:
        """Tell whether so many calls would hardly have missed a server by chance."""
        others = 1 - 1 / len(self.servers) if self.servers else 1.0
        return answered > 0 and others**answered < ALPHA / (len(self.servers) * len(self.targets))

    def _doubts(self, pbx: str, operations: Sequence[Operation], by: Mapping[str, int]) -> list[str]:
        if not operations:
            return [f"no call was placed by {pbx}"]
        return [
            f"{many(by.get(server, 0), 'call')} by {pbx} answered by {server}, of {len(operations)};"
            f" at least {self.least} needed"
            for server in self.servers
            if by.get(server, 0) < self.least
        ]
