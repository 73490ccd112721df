"""Rows that travel: every acknowledged one arrives, and what has arrived outlasts a takeover."""

from collections.abc import Collection
from typing import ClassVar

from conformance.checkers.check import Check
from conformance.checkers.facts import decided, moment
from conformance.checkers.findings import many
from conformance.checkers.rows import AFTER_TAKEOVER, SETTLED, Look, Writes, looks, lost, unlooked
from conformance.history import History
from conformance.verdict import CheckResult


class RowsArrive(Check):
    """Every acknowledged row is on every replica once replication has come to rest.

    Reads the inserts of a probe and `observed` lines "rows".
    """

    title: ClassVar[str] = "every acknowledged row reaches every replica"
    writes: str
    """The probe that inserts."""
    replicas: tuple[str, ...]
    when: str = SETTLED
    """The moment of the looks that count."""
    least: int = 20
    """Fewer acknowledged inserts show nothing."""

    def judge(self, history: History) -> CheckResult:
        """Return what *history* says; no data is UNKNOWN."""
        writes = Writes.of(history, self.writes)
        found = looks(history, writes.client, self.when)
        mine = [found[replica] for replica in self.replicas if replica in found]
        count = many(len(writes.acknowledged), "acknowledged row")
        return decided(
            self,
            violations=lost(history, writes, mine),
            doubts=writes.too_few(self.least) + unlooked(history, writes, mine, self.replicas, self.when),
            good=f"{self.writes}: {count}, each of them on {' and '.join(self.replicas)}",
        )


class ReplicatedRowsKept(Check):
    """A row that any survivor had after the takeover is on every server in the end, with the same id.

    Reads `observed` lines "rows" of both moments, for the client of a probe's inserts. Whether the row was
    acknowledged does not matter: who has it may have shown it already.
    """

    title: ClassVar[str] = "replicated rows outlast the takeover"
    writes: str
    """The probe that inserts."""
    servers: tuple[str, ...]
    early: str = AFTER_TAKEOVER
    """The moment at which survivors were looked at."""
    late: str = SETTLED
    """The moment at which every server was looked at."""
    least: int = 20
    """Fewer replicated rows show nothing."""

    def judge(self, history: History) -> CheckResult:
        """Return what *history* says; no data is UNKNOWN."""
        writes = Writes.of(history, self.writes)
        survivors = looks(history, writes.client, self.early)
        early_ns = max((look.at_ns for look in survivors.values()), default=0)
        late = looks(history, writes.client, self.late, from_ns=early_ns)
        mine = [late[server] for server in self.servers if server in late]
        had = {numbered: look for look in survivors.values() for numbered in look.numbered}
        where = " and ".join(survivors) or "any server"
        doubts = unlooked(history, writes, mine, self.servers, self.late)
        if len(had) < self.least:
            doubts.append(
                f"{many(len(had), 'row')} on {where} ({self.early}), at least {self.least} are needed"
            )
        return decided(
            self,
            violations=[
                f"row {sequence} (id {number}) was on {had[sequence, number].server} at"
                f" {moment(history, had[sequence, number].at_ns)}, and is not on {' and '.join(lacking)}"
                for sequence, number in sorted(had)
                if (lacking := _lacking(sequence, number, mine))
            ],
            doubts=doubts,
            good=f"{many(len(had), 'row')} on {where} after the takeover,"
            f" each of them on {' and '.join(self.servers)} in the end",
        )


def _lacking(sequence: int, number: int, found: Collection[Look]) -> list[str]:
    return [look.server for look in found if (sequence, number) not in look.numbered]
