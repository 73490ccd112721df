"""Acknowledged rows arrive on every replica; what a survivor had outlasts the takeover."""

import pytest

from conformance.checkers.rows_replicated import ReplicatedRowsKept, RowsArrive
from conformance.history import Line
from conformance.verdict import Verdict
from selftest.unit.crafted import history
from selftest.unit.crafted_rows import inserts, kept, looked, looked_everywhere

REPLICAS = ("dbs1", "dbs2")
ARRIVE = RowsArrive(writes="writes", replicas=REPLICAS)
SERVERS = ("dbm1", "dbm2")
KEPT = ReplicatedRowsKept(writes="writes", servers=SERVERS)
AFTER = "after takeover"


def test_rows_that_arrived_hold() -> None:
    result = ARRIVE.judge(history(inserts(30), looked_everywhere(900, REPLICAS, kept(range(30)))))

    assert result.verdict is Verdict.HOLDS
    assert result.reason == "writes: 30 acknowledged rows, each of them on dbs1 and dbs2"


def test_a_row_that_did_not_arrive_violates() -> None:
    looks = [looked(900, "dbs1", kept(range(30))), looked(900, "dbs2", kept(range(29)))]
    result = ARRIVE.judge(history(inserts(30), looks))

    assert result.verdict is Verdict.VIOLATED
    assert result.reason == "row 29, acknowledged by dbm1 at t=0.292 s, is not on dbs2"


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([], "0 acknowledged inserts"),
        ([inserts(30)], "nobody looked up the rows (settled) on dbs1"),
        (
            [inserts(30), [looked(900, "dbs1", kept(range(30)))]],
            "nobody looked up the rows (settled) on dbs2",
        ),
        ([inserts(3), looked_everywhere(900, REPLICAS, kept(range(3)))], "3 acknowledged inserts"),
        ([inserts(30), looked_everywhere(100, REPLICAS, kept(range(30)))], "while inserts went on"),
    ],
)
def test_arrival_without_evidence_is_unknown(lines: list[list[Line]], told: str) -> None:
    result = ARRIVE.judge(history(*lines))

    assert result.verdict is Verdict.UNKNOWN
    assert told in result.reason


def test_no_replica_at_all_is_unknown() -> None:
    assert RowsArrive(writes="writes", replicas=()).judge(history(inserts(30))).verdict is Verdict.UNKNOWN


WRITTEN = inserts(40)
SURVIVED = looked(350, "dbm2", kept(range(30)), moment=AFTER)


def test_replicated_rows_that_are_kept_hold() -> None:
    """What was not replicated does not matter here."""
    looks = looked_everywhere(900, SERVERS, kept(range(30)))
    result = KEPT.judge(history(WRITTEN, SURVIVED, looks))

    assert result.verdict is Verdict.HOLDS
    assert result.reason == "30 rows on dbm2 after the takeover, each of them on dbm1 and dbm2 in the end"


def test_a_replicated_row_that_is_lost_in_the_end_violates() -> None:
    looks = [looked(900, "dbm1", kept(range(29))), looked(900, "dbm2", kept(range(30)))]
    result = KEPT.judge(history(WRITTEN, SURVIVED, looks))

    assert result.verdict is Verdict.VIOLATED
    assert result.reason == "row 29 (id 290) was on dbm2 at t=0.350 s, and is not on dbm1"


def test_a_replicated_row_with_another_id_in_the_end_violates() -> None:
    changed = [*kept(range(29)), [29, 7, "dbm1"]]
    result = KEPT.judge(history(WRITTEN, SURVIVED, looked_everywhere(900, SERVERS, changed)))

    assert result.verdict is Verdict.VIOLATED
    assert "row 29 (id 290)" in result.reason


def test_a_row_of_any_survivor_counts() -> None:
    slave = looked(351, "dbs1", kept([33]), moment=AFTER)
    result = KEPT.judge(history(WRITTEN, SURVIVED, slave, looked_everywhere(900, SERVERS, kept(range(30)))))

    assert result.verdict is Verdict.VIOLATED
    assert "row 33 (id 330) was on dbs1 at t=0.351 s, and is not on dbm1 and dbm2" in result.reason


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([], "nobody looked up the rows (settled) on dbm1"),
        (
            [WRITTEN, looked_everywhere(900, SERVERS, kept(range(30)))],
            "0 rows on any server (after takeover), at least 20 are needed",
        ),
        ([WRITTEN, [SURVIVED]], "nobody looked up the rows (settled) on dbm1"),
        (
            [WRITTEN, [SURVIVED], looked_everywhere(340, SERVERS, kept(range(30)))],
            "nobody looked up the rows (settled) on dbm1",
        ),
        (
            [
                WRITTEN,
                [looked(350, "dbm2", kept([1, 2]), moment=AFTER)],
                looked_everywhere(900, SERVERS, kept([1, 2])),
            ],
            "2 rows on dbm2",
        ),
    ],
)
def test_survival_without_evidence_is_unknown(lines: list[list[Line]], told: str) -> None:
    result = KEPT.judge(history(*lines))

    assert result.verdict is Verdict.UNKNOWN
    assert told in result.reason
