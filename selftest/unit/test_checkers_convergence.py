"""Converged: checksums that are equal, that differ, and that were not looked up at rest."""

from collections.abc import Mapping

import pytest

from conformance.checkers.convergence import Converged
from conformance.history import Line
from conformance.verdict import Verdict
from selftest.unit.crafted import history
from selftest.unit.crafted_rows import insert, inserts, seen

SERVERS = ("dbm1", "dbm2", "dbs1")
CHECK = Converged(servers=SERVERS)
EQUAL = {"sessions": "11", "calls": "22", "marks": "33"}


def sums(
    ms: float, node: str, changed: Mapping[str, str | None] | None = None, *, moment: str = "settled"
) -> Line:
    tables = {**EQUAL, **(changed or {})}
    value = {"moment": moment, "tables": {name: told for name, told in tables.items() if told is not None}}
    return seen(ms, "checksums", node, value)


ALL = [sums(900, server) for server in SERVERS]


def test_equal_checksums_hold() -> None:
    result = CHECK.judge(history(inserts(30), ALL))

    assert result.verdict is Verdict.HOLDS
    assert result.reason == "calls, marks, sessions have the same checksums on dbm1, dbm2, dbs1"


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"marks": "44"}, "marks on dbs1 has checksum 44 at t=0.000 s, on dbm1 and dbm2 it has 33"),
        ({"calls": None}, "calls on dbs1 does not exist at t=0.000 s, on dbm1 and dbm2 it has 22"),
        ({"calls": "NULL"}, "calls on dbs1 does not exist"),
        ({"stray": "55"}, "stray on dbs1 has checksum 55 at t=0.000 s, on dbm1 and dbm2 it does not exist"),
    ],
)
def test_a_table_that_differs_is_named_with_its_server(changed: Mapping[str, str | None], told: str) -> None:
    result = CHECK.judge(history([*ALL[:2], sums(900, "dbs1", changed)]))

    assert result.verdict is Verdict.VIOLATED
    assert told in result.reason


def test_a_difference_violates_although_a_server_was_not_looked_at() -> None:
    result = CHECK.judge(history([sums(900, "dbm1"), sums(900, "dbm2", {"calls": "0"})]))

    assert result.verdict is Verdict.VIOLATED


def test_the_last_look_counts() -> None:
    early = sums(800, "dbs1", {"marks": "0"})

    assert CHECK.judge(history([early, *ALL])).verdict is Verdict.HOLDS


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([], "nobody looked up the checksums (settled) on dbm1"),
        (ALL[:2], "nobody looked up the checksums (settled) on dbs1"),
        ([*ALL[:2], sums(900, "dbs1", moment="early")], "nobody looked up the checksums (settled) on dbs1"),
        ([sums(900, s, {"calls": None}) for s in SERVERS], "no server has a table calls"),
        ([*ALL, *insert(0, 950)], "dbm1 was looked at before the last insert, at t=0.052 s"),
        ([*ALL, *insert(0, 800, 150)], "dbm1 was looked at before the last insert, at t=0.150 s"),
        ([*ALL[:2], sums(900, "dbs1", {"marks": "0"}), *insert(0, 950)], "dbm1 was looked at before"),
    ],
)
def test_without_evidence_nothing_is_known(lines: list[Line], told: str) -> None:
    result = CHECK.judge(history(lines))

    assert result.verdict is Verdict.UNKNOWN
    assert told in result.reason


@pytest.mark.parametrize("servers", [(), ("dbm1",)])
def test_one_server_alone_has_nothing_to_compare(servers: tuple[str, ...]) -> None:
    result = Converged(servers=servers).judge(history(ALL))

    assert result.verdict is Verdict.UNKNOWN
    assert "nothing to compare" in result.reason
