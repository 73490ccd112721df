"""Histories made up for tests: what probes of databases record, and what was looked up on the servers."""

from collections.abc import Iterable, Sequence
from typing import Any

from conformance.history import Line
from selftest.unit.crafted import at, operation

CLIENT = "probe-1"
Rows = list[list[Any]]


def insert(  # noqa: PLR0913 -- the fields of two lines
    sequence: int,
    start_ms: float,
    took_ms: float | None = 2.0,
    outcome: str = "ok",
    *,
    server: str | None = "dbm1",
    number: int | None = None,
    error: str | None = None,
    probe: str = "writes",
) -> list[Line]:
    """Return the lines of an insert; its id is 10 times its sequence, unless *number* tells another one."""
    done = outcome == "ok"
    found = {"id": 10 * sequence if number is None else number} if done else {}
    invoke, *end = operation(
        sequence,
        start_ms,
        took_ms,
        outcome,
        probe=probe,
        server=server if done else None,
        error=error,
        what="insert",
        **found,
    )
    return [{**invoke, "client": CLIENT, "sequence": sequence}, *end]


def inserts(  # noqa: PLR0913 -- what describes a probe at work
    count: int,
    *,
    from_ms: float = 0.0,
    every_ms: float = 10.0,
    first: int = 0,
    server: str | None = "dbm1",
    probe: str = "writes",
) -> list[Line]:
    """Return *count* acknowledged inserts, one every *every_ms*."""
    return [
        line
        for number in range(count)
        for line in insert(first + number, from_ms + number * every_ms, server=server, probe=probe)
    ]


def read(  # noqa: PLR0913 -- the fields of two lines
    number: int,
    start_ms: float,
    newest: int | None,
    *,
    took_ms: float = 1.0,
    server: str | None = "dbs1",
    probe: str = "reads",
) -> list[Line]:
    """Return the lines of an answered read that saw *newest*."""
    return operation(number, start_ms, took_ms, probe=probe, server=server, what="read", newest=newest)


def kept(sequences: Iterable[int], *, server: str = "dbm1") -> Rows:
    """Return rows as a look finds them, executed by *server*, with the ids that `insert` gives."""
    return [[sequence, 10 * sequence, server] for sequence in sequences]


def looked(ms: float, node: str, rows: Rows, *, moment: str = "settled", client: str = CLIENT) -> Line:
    """Return a look at all rows of a client on one server."""
    return seen(ms, "rows", node, {"moment": moment, "client": client, "rows": rows})


def looked_everywhere(ms: float, nodes: Sequence[str], rows: Rows) -> list[Line]:
    """Return the same look at each of *nodes*."""
    return [looked(ms, node, rows) for node in nodes]


def seen(ms: float, what: str, node: str, value: object) -> Line:
    """Return a fact that a test looked up."""
    return {"t": "observed", "at_ns": at(ms), "what": what, "node": node, "value": value}
