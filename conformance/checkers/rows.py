"""Rows that a probe inserted: what the databases acknowledged, and what was found where.

An insert carries its client and its sequence, so its row can be told from every other. `observed` lines
"rows" (node: a database server; value: moment, client, rows as [sequence, id, server]) list all rows of a
client.
"""

import dataclasses
import functools
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Final, NamedTuple, Self

from conformance.checkers.facts import moment, observed
from conformance.checkers.findings import many
from conformance.history import History, Operation, Outcome

AFTER_TAKEOVER: Final = "after takeover"
"""Looked up on the survivors, when they have executed all they received, while the failed server is down."""
SETTLED: Final = "settled"
"""Looked up after the last insert, when all is healed and replication has come to rest."""


class Row(NamedTuple):
    """A row as it was found."""

    sequence: int
    id: int
    """What the database numbered it with."""
    server: str
    """Who executed the insert."""


class Acknowledged(NamedTuple):
    """An insert that a server told it had done. The row became visible at some instant between the stamps."""

    sequence: int
    id: int | None
    """None: the server did not tell."""
    server: str | None
    invoked_ns: int
    acknowledged_ns: int


@dataclasses.dataclass(frozen=True)
class Writes:
    """The inserts of one probe."""

    probe: str
    inserts: Sequence[Operation]
    """By time of invocation."""

    @classmethod
    def of(cls, history: History, probe: str) -> Self:
        """Gather the inserts that *probe* invoked."""
        return cls(probe, [o for o in history.operations(probe) if o.detail.get("what") == "insert"])

    @property
    def client(self) -> str | None:
        """Whose rows they are; None: there is no insert."""
        return str(self.inserts[0].detail["client"]) if self.inserts else None

    @functools.cached_property
    def acknowledged(self) -> Sequence[Acknowledged]:
        """What was acknowledged, by time of that."""
        done = [
            Acknowledged(sequence_of(o), o.detail.get("id"), o.server, o.invoked_ns, o.completed_ns)
            for o in self.inserts
            if o.outcome is Outcome.OK and o.completed_ns is not None
        ]
        return sorted(done, key=_acknowledged_ns)

    def sequences(self, outcome: Outcome) -> frozenset[int]:
        """Return the sequences of the inserts that ended so."""
        return frozenset(sequence_of(o) for o in self.inserts if o.outcome is outcome)

    def too_few(self, least: int) -> list[str]:
        """Return the doubt that follows from fewer acknowledged inserts than *least*, if there is one."""
        found = len(self.acknowledged)
        if found >= least:
            return []
        return [f"{self.probe}: {many(found, 'acknowledged insert')}, at least {least} are needed"]


@dataclasses.dataclass(frozen=True)
class Look:
    """All rows of one client on one server at one moment."""

    server: str
    at_ns: int
    rows: Sequence[Row]

    @functools.cached_property
    def sequences(self) -> frozenset[int]:
        """The sequences that were found."""
        return frozenset(row.sequence for row in self.rows)

    @functools.cached_property
    def numbered(self) -> frozenset[tuple[int, int]]:
        """The same, each with its id."""
        return frozenset((row.sequence, row.id) for row in self.rows)

    @functools.cached_property
    def repeated(self) -> Mapping[int, int]:
        """The sequences that were found more than once, and how often."""
        counts = Counter(row.sequence for row in self.rows)
        return {sequence: count for sequence, count in sorted(counts.items()) if count > 1}

    def missing(self, acknowledged: Collection[Acknowledged]) -> list[Acknowledged]:
        """Return which of *acknowledged* were to be there and are not."""
        return [
            one
            for one in acknowledged
            if one.acknowledged_ns <= self.at_ns and one.sequence not in self.sequences
        ]


def sequence_of(insert: Operation) -> int:
    """Return the sequence that an insert carries."""
    return int(insert.detail["sequence"])


def looks(
    history: History, client: str | None, when: str, *, from_ns: int = 0, to_ns: int | None = None
) -> dict[str, Look]:
    """Return the last look at the rows of *client* on each server, of the moment *when*, in [from, to]."""
    return {
        line["node"]: Look(line["node"], line["at_ns"], [Row(*row) for row in line["value"]["rows"]])
        for line in observed(history, "rows")
        if line["value"]["client"] == client
        and line["value"]["moment"] == when
        and from_ns <= line["at_ns"]
        and (to_ns is None or line["at_ns"] <= to_ns)
    }


def unlooked(
    history: History, writes: Writes, found: Collection[Look], servers: Collection[str], when: str
) -> list[str]:
    """Return the doubts about looks: a server without one, or one that was taken while inserts went on."""
    seen = {look.server for look in found}
    doubts = [f"nobody looked up the rows ({when}) on {server}" for server in servers if server not in seen]
    last_ns = max((o.completed_ns or o.invoked_ns for o in writes.inserts), default=0)
    doubts += [
        f"the rows on {look.server} were looked up at {moment(history, look.at_ns)},"
        f" while inserts went on until {moment(history, last_ns)}"
        for look in found
        if look.at_ns < last_ns
    ]
    return doubts if servers else ["no server was to be looked at", *doubts]


def lost(history: History, writes: Writes, found: Collection[Look]) -> list[str]:
    """Return a complaint for every acknowledged row that a server of *found* lacks."""
    lacking: dict[Acknowledged, list[str]] = defaultdict(list)
    for look in found:
        for one in look.missing(writes.acknowledged):
            lacking[one].append(look.server)
    return [
        f"row {one.sequence}, acknowledged by {one.server or 'an unnamed server'}"
        f" at {moment(history, one.acknowledged_ns)}, is not on {' and '.join(servers)}"
        for one, servers in sorted(lacking.items(), key=_row)
    ]


def _row(entry: tuple[Acknowledged, list[str]]) -> int:
    return entry[0].sequence


def _acknowledged_ns(one: Acknowledged) -> int:
    return one.acknowledged_ns
