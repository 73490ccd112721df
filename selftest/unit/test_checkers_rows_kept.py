"""What is lost, there twice, or should not be there; what is of unknown fate is only counted."""

import pytest

from conformance.checkers.check import restored
from conformance.checkers.rows_kept import RowsKept
from conformance.history import Line
from conformance.verdict import Verdict
from selftest.unit.crafted import history
from selftest.unit.crafted_rows import Rows, insert, inserts, kept, looked, looked_everywhere

SERVERS = ("dbm1", "dbs1")
CHECK = RowsKept(writes="writes", servers=SERVERS)
ALL = kept(range(30))
LOOKS = looked_everywhere(900, SERVERS, ALL)


def test_rows_that_are_everywhere_hold() -> None:
    result = CHECK.judge(history(inserts(30), LOOKS))

    assert result.verdict is Verdict.HOLDS
    assert result.reason == (
        "writes: 30 acknowledged, 30 present, 0 lost, 0 duplicate, 0 unexpected;"
        " of unknown fate 0 present, 0 absent, on dbm1 and dbs1"
    )
    assert (result.measured, result.norm, result.unit) == (0.0, 0.0, "rows")


@pytest.mark.parametrize(
    ("on_dbs1", "told"),
    [
        (kept(range(29)), "1 lost, 0 duplicate, 0 unexpected"),
        (kept(range(29)), "row 29, acknowledged by dbm1 at t=0.292 s, is not on dbs1"),
        ([], "30 lost"),
        ([*ALL, [7, 71, "dbm2"]], "row 7 is 2 times on dbs1"),
        (
            [*kept(range(29)), [29, 291, "dbm1"]],
            "row 29 has id 290 when it was acknowledged and id 291 on dbs1",
        ),
        ([*ALL, [99, 990, "dbm1"]], "row 99 is on dbs1, but its insert was never invoked"),
    ],
)
def test_what_is_wrong_on_one_server_violates(on_dbs1: Rows, told: str) -> None:
    result = CHECK.judge(history(inserts(30), looked(900, "dbm1", ALL), looked(900, "dbs1", on_dbs1)))

    assert result.verdict is Verdict.VIOLATED
    assert told in result.reason


def test_a_row_lost_on_several_servers_is_one_lost_row() -> None:
    result = CHECK.judge(history(inserts(30), looked_everywhere(900, SERVERS, kept(range(28)))))

    assert "28 present, 2 lost" in result.reason
    assert "row 28, acknowledged by dbm1 at t=0.282 s, is not on dbm1 and dbs1" in result.reason
    assert result.measured == 2.0


def test_ids_that_two_masters_gave_twice_violate() -> None:
    rows = [*ALL, [30, 290, "dbm2"]]
    lines = [inserts(30), insert(30, 400, server="dbm2", number=290)]
    result = CHECK.judge(history(*lines, looked_everywhere(900, SERVERS, rows)))

    assert result.verdict is Verdict.VIOLATED
    assert "id 290 was given to row 29 by dbm1 and row 30 by dbm2" in result.reason
    assert "1 duplicate" in result.reason


def test_ids_collide_also_where_one_of_the_rows_is_gone() -> None:
    lines = [inserts(30), insert(30, 400, server="dbm2", number=290), LOOKS]
    result = CHECK.judge(history(*lines))

    assert "1 lost, 1 duplicate" in result.reason


@pytest.mark.parametrize("error", ["refused", "sql 1290"])
def test_a_row_whose_insert_failed_is_unexpected(error: str) -> None:
    lines = [inserts(30), insert(30, 400, 2, "failed", error=error)]

    assert CHECK.judge(history(*lines, LOOKS)).verdict is Verdict.HOLDS
    result = CHECK.judge(history(*lines, looked_everywhere(900, SERVERS, kept(range(31)))))
    assert result.verdict is Verdict.VIOLATED
    assert "row 30 is on dbm1 and dbs1, but its insert failed" in result.reason


def test_unknown_fate_is_counted_and_never_a_violation() -> None:
    lines: list[list[Line]] = [
        inserts(30),
        insert(30, 400, 500, "unknown", error="answer timeout"),
        insert(31, 410, 2, "unknown", error="sql 1053"),
        insert(32, 420, None),
    ]
    result = CHECK.judge(history(*lines, looked_everywhere(950, SERVERS, kept([*range(30), 30]))))

    assert result.verdict is Verdict.HOLDS
    assert "of unknown fate 1 present, 2 absent" in result.reason


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([], "0 acknowledged inserts, at least 20 are needed; nobody looked up the rows (settled) on dbm1"),
        ([inserts(30)], "nobody looked up the rows (settled) on dbm1"),
        ([inserts(30), LOOKS[:1]], "nobody looked up the rows (settled) on dbs1"),
        ([inserts(30), [looked(900, node, ALL, client="other") for node in SERVERS]], "nobody looked up"),
        ([inserts(30), [looked(900, node, ALL, moment="before") for node in SERVERS]], "nobody looked up"),
        ([inserts(19), looked_everywhere(900, SERVERS, kept(range(19)))], "19 acknowledged inserts"),
        ([insert(n, n, 2, "failed", error="refused") for n in range(30)], "0 acknowledged inserts"),
    ],
)
def test_without_evidence_nothing_is_known(lines: list[list[Line]], told: str) -> None:
    result = CHECK.judge(history(*lines))

    assert result.verdict is Verdict.UNKNOWN
    assert told in result.reason


def test_a_look_while_inserts_go_on_proves_nothing() -> None:
    result = CHECK.judge(history(inserts(30), insert(30, 890, 20), LOOKS))

    assert result.verdict is Verdict.UNKNOWN
    assert "dbm1 were looked up at t=0.900 s, while inserts went on until t=0.910 s" in result.reason


def test_no_server_at_all_is_unknown() -> None:
    check = RowsKept(writes="writes", servers=())

    assert check.judge(history(inserts(30), LOOKS)).verdict is Verdict.UNKNOWN


def test_the_last_look_counts() -> None:
    early = looked_everywhere(800, SERVERS, kept(range(5)))

    assert CHECK.judge(history(inserts(30), early, LOOKS)).verdict is Verdict.HOLDS


def test_check_survives_being_stored() -> None:
    assert restored(CHECK.stored()) == CHECK
