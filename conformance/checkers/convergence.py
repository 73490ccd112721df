"""Data is equal on all servers once replication has come to rest."""

from collections import Counter
from collections.abc import Mapping
from typing import ClassVar

from conformance.checkers.check import Check
from conformance.checkers.facts import decided, moment, observed, said
from conformance.checkers.findings import many, unknown
from conformance.checkers.rows import SETTLED
from conformance.history import History, Line
from conformance.verdict import CheckResult


class Converged(Check):
    """Every table has the same checksum on all servers.

    Reads `observed` lines "checksums" (node: a database server; value: moment, tables: name -> checksum,
    `NULL` where there is no such table), and inserts of any probe: where some ended later than a look, the
    servers were not compared at rest, and nothing is shown.
    """

    title: ClassVar[str] = "data is equal on all servers"
    servers: tuple[str, ...]
    tables: tuple[str, ...] = ("sessions", "calls", "marks")
    """These at least have to be compared; others that were looked at are too."""
    when: str = SETTLED
    """The moment of the looks that count."""

    def judge(self, history: History) -> CheckResult:
        """Return what *history* says; no data is UNKNOWN."""
        found = {
            line["node"]: line
            for line in observed(history, "checksums")
            if line["node"] in self.servers and line["value"]["moment"] == self.when
        }
        doubts = [
            f"nobody looked up the checksums ({self.when}) on {server}"
            for server in self.servers
            if server not in found
        ]
        if len(self.servers) < 2:  # noqa: PLR2004 -- it takes two to compare
            doubts.append(f"{many(len(self.servers), 'server')}, so there is nothing to compare")
        told = {table for line in found.values() for table in line["value"]["tables"]}
        differing: list[str] = []
        for table in sorted({*self.tables, *told}):
            sums = {server: _checksum(line, table) for server, line in found.items()}
            if found and set(sums.values()) == {None}:
                doubts.append(f"no server has a table {table}")
            else:
                differing += _differing(table, sums, found, history)
        last_ns = _last_insert_ns(history)
        if restless := [server for server, line in found.items() if line["at_ns"] < last_ns]:
            first = f"{restless[0]} was looked at before the last insert, at {moment(history, last_ns)}"
            return unknown(self, said([first, *doubts]))
        good = f"{', '.join(sorted(told))} have the same checksums on {', '.join(self.servers)}"
        return decided(self, violations=differing, doubts=doubts, good=good)


def _differing(
    table: str, sums: Mapping[str, str | None], found: Mapping[str, Line], history: History
) -> list[str]:
    """Return a complaint for each server whose checksum is not that of most of them."""
    if len(set(sums.values())) < 2:  # noqa: PLR2004 -- they agree
        return []
    usual = Counter(sums.values()).most_common(1)[0][0]
    agreeing = " and ".join(server for server, own in sums.items() if own == usual)
    return [
        f"{table} on {server} {'does not exist' if own is None else f'has checksum {own}'} at"
        f" {moment(history, found[server]['at_ns'])}, on {agreeing}"
        f" {'it does not exist' if usual is None else f'it has {usual}'}"
        for server, own in sums.items()
        if own != usual
    ]


def _checksum(line: Line, table: str) -> str | None:
    """Return the checksum, or None where there is no such table: the database says NULL then."""
    told = line["value"]["tables"].get(table)
    return None if told in {None, "NULL"} else str(told)


def _last_insert_ns(history: History) -> int:
    """Return when the last insert of any probe was invoked, or ended."""
    inserts = {
        (line["probe"], line["op"]) for line in history.of_kind("invoke") if line.get("what") == "insert"
    }
    stamps = [line["at_ns"] for line in history.lines if (line.get("probe"), line.get("op")) in inserts]
    return max(stamps, default=0)
