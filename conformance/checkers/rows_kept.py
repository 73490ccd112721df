"""The account of a client's rows: what was lost, what is there twice, what should not be there."""

import dataclasses
from collections import defaultdict
from collections.abc import Sequence
from typing import ClassVar, Self

from conformance.checkers.check import Check
from conformance.checkers.facts import said
from conformance.checkers.findings import unknown
from conformance.checkers.rows import SETTLED, Look, Writes, looks, lost, unlooked
from conformance.history import History, Outcome
from conformance.verdict import CheckResult, Verdict


@dataclasses.dataclass(frozen=True)
class _Account:
    """What became of the inserts of a client; complaints are sentences, one for each row or id."""

    acknowledged: int
    present: int
    """Acknowledged, and on every server that was looked at."""
    lost: Sequence[str]
    duplicate: Sequence[str]
    unexpected: Sequence[str]
    unknown_present: int
    unknown_absent: int

    @classmethod
    def of(cls, history: History, writes: Writes, found: Sequence[Look]) -> Self:
        """Compare what *writes* say with what was *found* on each server."""
        acknowledged = writes.sequences(Outcome.OK)
        untold = writes.sequences(Outcome.UNKNOWN)
        anywhere = {sequence for look in found for sequence in look.sequences}
        everywhere = frozenset.intersection(*(look.sequences for look in found)) if found else frozenset()
        return cls(
            acknowledged=len(acknowledged),
            present=len(acknowledged & everywhere),
            lost=lost(history, writes, found),
            duplicate=[*_repeated(found), *_renumbered(writes, found), *_collided(writes, found)],
            unexpected=_unexpected(writes, found),
            unknown_present=len(untold & anywhere),
            unknown_absent=len(untold - anywhere),
        )

    @property
    def complaints(self) -> list[str]:
        return [*self.lost, *self.duplicate, *self.unexpected]

    def __str__(self) -> str:
        return (
            f"{self.acknowledged} acknowledged, {self.present} present, {len(self.lost)} lost,"
            f" {len(self.duplicate)} duplicate, {len(self.unexpected)} unexpected;"
            f" of unknown fate {self.unknown_present} present, {self.unknown_absent} absent"
        )


class RowsKept(Check):
    """Every acknowledged row is on every server, once; no row is there that was refused or never sent.

    Reads the inserts of a probe and `observed` lines "rows". An acknowledged row is *lost* if a server lacks
    it. A row is *duplicate* if its sequence is twice on a server, if it has several ids (the acknowledged one
    counts too), or if it shares its id with another sequence: a collision of auto-increments. It is
    *unexpected* if its insert failed or was never invoked. Inserts of unknown fate may be there or not; they
    are only counted.
    """

    title: ClassVar[str] = "acknowledged rows are kept, each once"
    writes: str
    """The probe that inserts."""
    servers: tuple[str, ...]
    when: str = SETTLED
    """The moment of the looks that count."""
    least: int = 20
    """Fewer acknowledged inserts show nothing."""

    def judge(self, history: History) -> CheckResult:
        """Return what *history* says; no data is UNKNOWN."""
        writes = Writes.of(history, self.writes)
        found = looks(history, writes.client, self.when)
        mine = [found[server] for server in self.servers if server in found]
        doubts = writes.too_few(self.least) + unlooked(history, writes, mine, self.servers, self.when)
        account = _Account.of(history, writes, mine)
        if account.complaints:
            verdict, reason = Verdict.VIOLATED, f"{account}: {said(account.complaints)}"
        elif doubts:
            return unknown(self, f"{said(doubts)} ({account})")
        else:
            verdict, reason = Verdict.HOLDS, f"{account}, on {' and '.join(self.servers)}"
        return CheckResult(
            name=f"{self.title}: {self.writes}",
            verdict=verdict,
            reason=f"{self.writes}: {reason}",
            measured=float(len(account.complaints)),
            norm=0.0,
            unit="rows",
            formula="lost + duplicate + unexpected",
        )


def _repeated(found: Sequence[Look]) -> list[str]:
    return [
        f"row {sequence} is {count} times on {look.server}"
        for look in found
        for sequence, count in look.repeated.items()
    ]


def _renumbered(writes: Writes, found: Sequence[Look]) -> list[str]:
    """Return complaints about rows that have one id here and another there, or were told another one."""
    ids: dict[int, dict[int, str]] = defaultdict(dict)
    for one in writes.acknowledged:
        if one.id is not None:
            ids[one.sequence].setdefault(one.id, "when it was acknowledged")
    for look in found:
        for row in look.rows:
            if row.sequence not in look.repeated:
                ids[row.sequence].setdefault(row.id, f"on {look.server}")
    return [
        f"row {sequence} has " + " and ".join(f"id {number} {where}" for number, where in own.items())
        for sequence, own in sorted(ids.items())
        if len(own) > 1
    ]


def _collided(writes: Writes, found: Sequence[Look]) -> list[str]:
    """Return complaints about ids that several rows have got."""
    owners: dict[int, dict[int, str]] = defaultdict(dict)
    for one in writes.acknowledged:
        if one.id is not None:
            owners[one.id].setdefault(one.sequence, one.server or "an unnamed server")
    for look in found:
        for row in look.rows:
            owners[row.id].setdefault(row.sequence, row.server)
    return [
        f"id {number} was given to "
        + " and ".join(f"row {sequence} by {server}" for sequence, server in sorted(own.items()))
        for number, own in sorted(owners.items())
        if len(own) > 1
    ]


def _unexpected(writes: Writes, found: Sequence[Look]) -> list[str]:
    may = writes.sequences(Outcome.OK) | writes.sequences(Outcome.UNKNOWN)
    failed = writes.sequences(Outcome.FAILED)
    where: dict[int, list[str]] = defaultdict(list)
    for look in found:
        for sequence in look.sequences - may:
            where[sequence].append(look.server)
    return [
        f"row {sequence} is on {' and '.join(servers)}, but its insert"
        f" {'failed' if sequence in failed else 'was never invoked'}"
        for sequence, servers in sorted(where.items())
    ]
