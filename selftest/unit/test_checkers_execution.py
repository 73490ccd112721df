"""Who executed what, and whether reads at the master see what it acknowledged."""

from collections.abc import Sequence

import pytest

from conformance.checkers.check import restored
from conformance.checkers.execution import ExecutedBy
from conformance.checkers.own_writes import ReadsOwnWrites
from conformance.history import History, Line
from conformance.verdict import Verdict
from selftest.unit.crafted import fault, history, operation
from selftest.unit.crafted_rows import insert, inserts, read


def answers(*servers: str | None, from_ms: float = 0.0) -> list[Line]:
    return [
        line
        for number, server in enumerate(servers)
        for line in operation(round(from_ms) + number, from_ms + number, 0.5, probe="dbm", server=server)
    ]


def failures(count: int, error: str, from_ms: float = 0.0) -> list[Line]:
    return [
        line
        for n in range(count)
        for line in operation(
            round(from_ms) + n, from_ms + n, 0.5, "failed", probe="dbm", server=None, error=error
        )
    ]


def pages(*databases: str | None) -> list[Line]:
    return [
        line
        for number, database in enumerate(databases)
        for line in operation(number, number, 0.5, probe="dbm", server="web1", database=database)
    ]


MASTER = ExecutedBy(probe="dbm", expected=("dbm1",))
SLAVES = ExecutedBy(probe="dbm", expected=("dbs1", "dbs2"))
PAGES = ExecutedBy(probe="dbm", expected=("dbs1",), who="database")


def test_operations_by_the_expected_server_hold() -> None:
    result = MASTER.judge(history(answers(*["dbm1"] * 30), failures(2, "reset", from_ms=50)))

    assert result.verdict is Verdict.HOLDS
    assert result.reason == "dbm: dbm1 30/30, of 32 operations"
    assert (result.measured, result.norm) == ("dbm1 30/30", "dbm1")


def test_a_stranger_violates_with_its_share() -> None:
    result = MASTER.judge(history(answers(*["dbm1"] * 29, "dbm2")))

    assert result.verdict is Verdict.VIOLATED
    assert result.reason == "dbm: dbm1 29/30, dbm2 1/30; dbm2 is to execute nothing"


def test_several_may_share_unless_one_alone_was_promised() -> None:
    record = history(answers(*["dbs1"] * 20, *["dbs2"] * 10))

    assert SLAVES.judge(record).verdict is Verdict.HOLDS
    one = SLAVES.model_copy(update={"only_one": True}).judge(history(answers(*["dbs2"] * 30)))
    assert one.verdict is Verdict.HOLDS
    result = SLAVES.model_copy(update={"only_one": True}).judge(record)
    assert result.verdict is Verdict.VIOLATED
    assert "dbs1 20/30, dbs2 10/30; all of them by one was promised" in result.reason


def test_nobody_who_answers_violates_with_the_commonest_error() -> None:
    result = MASTER.judge(history(failures(20, "refused"), failures(5, "reset", from_ms=50)))

    assert result.verdict is Verdict.VIOLATED
    assert result.reason == "dbm: none of 25 operations was executed: refused"


def test_pages_tell_the_database_behind_them() -> None:
    assert PAGES.judge(history(pages(*["dbs1"] * 20))).verdict is Verdict.HOLDS
    assert PAGES.judge(history(pages(*["dbs1"] * 19, "dbm1"))).verdict is Verdict.VIOLATED
    assert PAGES.judge(history(pages(*[None] * 20))).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("record", "told"),
    [
        (history(), "0 operations, at least 20 are needed"),
        (history(answers(*["dbm1"] * 19)), "19 operations"),
        (history(answers(*[None] * 30)), "0 answers of 30 told who executed it"),
        (history(answers(*["dbm1"] * 5), failures(30, "reset", from_ms=50)), "5 answers of 5"),
        (history([operation(n, n, None, probe="dbm")[0] for n in range(30)]), "0 operations"),
    ],
    ids=["empty", "few", "nameless", "few answered", "never ended"],
)
def test_execution_without_evidence_is_unknown(record: History, told: str) -> None:
    result = MASTER.judge(record)

    assert result.verdict is Verdict.UNKNOWN
    assert told in result.reason


LOSS = fault(node="dbm1", began_ms=100, healed_ms=300)
TAKEN_OVER = ExecutedBy(probe="dbm", expected=("dbm2",), fault="power loss of dbm1", within_s=0.05)
STAYS = TAKEN_OVER.model_copy(update={"since": "healed", "within_s": 0.02})
THROUGHOUT = [*answers(*["dbm1"] * 101), *failures(40, "reset", 101), *answers(*["dbm2"] * 300, from_ms=141)]


def test_after_a_fault_only_what_came_later_than_the_norm_counts() -> None:
    result = TAKEN_OVER.judge(history(THROUGHOUT, LOSS))

    assert result.verdict is Verdict.HOLDS
    assert result.reason == (
        "dbm later than 0.05 s after power loss of dbm1 began: dbm2 145/145, of 145 operations"
    )
    assert MASTER.judge(history(THROUGHOUT, LOSS)).verdict is Verdict.VIOLATED


def test_what_was_in_flight_at_the_healing_may_be_executed_by_either() -> None:
    straddling = operation(9000, 299, 40, probe="dbm", server="dbm1")

    assert TAKEN_OVER.judge(history(THROUGHOUT, LOSS, straddling)).verdict is Verdict.HOLDS


def test_after_a_healing_the_same_holds() -> None:
    assert STAYS.judge(history(THROUGHOUT, LOSS)).verdict is Verdict.HOLDS
    late = operation(9000, 335, 1, probe="dbm", server="dbm1")
    result = STAYS.judge(history(THROUGHOUT, LOSS, late))
    assert result.verdict is Verdict.VIOLATED
    assert "after power loss of dbm1 was healed: dbm1 1/" in result.reason


@pytest.mark.parametrize("faults", [[], fault(node="dbm1", began_ms=100, took_hold=False)])
def test_execution_after_no_fault_is_unknown(faults: Sequence[Line]) -> None:
    assert TAKEN_OVER.judge(history(THROUGHOUT, faults)).verdict is Verdict.UNKNOWN


def test_execution_after_no_healing_is_unknown() -> None:
    assert STAYS.judge(history(THROUGHOUT, fault(node="dbm1", began_ms=100))).verdict is Verdict.UNKNOWN


OWN = ReadsOwnWrites(writes="writes", reads="reads", masters=("dbm1", "dbm2"))


def reads(count: int, *, behind: int = 0, server: str | None = "dbm1") -> list[Line]:
    """Return a read 5 ms after every insert was sent, 3 ms after it was acknowledged."""
    return [
        line
        for n in range(count)
        for line in read(n, 5 + 10 * n, n - behind if n >= behind else None, server=server)
    ]


def test_reads_that_see_every_write_hold() -> None:
    result = OWN.judge(history(inserts(30), reads(30)))

    assert result.verdict is Verdict.HOLDS
    assert result.reason == (
        "30 rows written by dbm1, 30 reads there, each of which saw what was acknowledged before"
    )


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (
            [inserts(30), reads(30), read(90, 255, 23, server="dbm1")],
            "a read on dbm1 at t=0.255 s saw rows up to 23, though it had acknowledged row 25 before",
        ),
        (
            [inserts(30), reads(30), read(90, 255, None, server="dbm1")],
            "a read on dbm1 at t=0.255 s saw no row, though it had acknowledged row 25 before",
        ),
        (
            [inserts(30), reads(30), insert(30, 400, server="dbs1")],
            "row 30 was written by dbs1, no master, at t=0.402 s",
        ),
        (
            [inserts(30), reads(30), read(90, 255, 25, server="dbs1")],
            "a read was answered by dbs1, no master, at t=0.256 s",
        ),
        (
            [[line for n in range(30) for line in insert(n, n, 1, "failed", error="sql 1290")], reads(30)],
            "none of 30 inserts was acknowledged: sql 1290",
        ),
    ],
    ids=["stale", "blind", "written elsewhere", "read elsewhere", "nothing written"],
)
def test_what_a_master_would_not_do_violates(lines: list[list[Line]], told: str) -> None:
    result = OWN.judge(history(*lines))

    assert result.verdict is Verdict.VIOLATED
    assert told in result.reason


def test_single_failures_are_no_matter_of_what_is_read() -> None:
    failed = insert(30, 300, 1, "failed", error="reset")

    assert OWN.judge(history(inserts(30), failed, reads(30))).verdict is Verdict.HOLDS


def test_no_read_that_is_answered_violates() -> None:
    failed = [
        line
        for n in range(30)
        for line in operation(n, n, 1, "failed", probe="reads", error="refused", what="read")
    ]
    result = OWN.judge(history(inserts(30), failed))

    assert result.verdict is Verdict.VIOLATED
    assert "none of 30 reads was answered: refused" in result.reason


def test_a_write_in_flight_need_not_be_seen_nor_one_of_another_server() -> None:
    in_flight = insert(30, 300, 50)
    elsewhere = insert(31, 310, server="dbm2")

    late = read(90, 340, 29, server="dbm1")

    assert OWN.judge(history(inserts(30), in_flight, elsewhere, reads(30), late)).verdict is Verdict.HOLDS


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([], "0 acknowledged inserts"),
        ([inserts(30)], "reads: 0 reads after a write at the same server"),
        ([inserts(5), reads(30)], "5 acknowledged inserts"),
        ([inserts(30), reads(10)], "10 reads after a write at the same server"),
        ([inserts(30), reads(30, server="dbm2")], "0 reads after a write at the same server"),
        ([inserts(30, server=None), reads(30)], "30 acknowledgements of writes told no server"),
    ],
)
def test_own_writes_without_evidence_are_unknown(lines: list[list[Line]], told: str) -> None:
    result = OWN.judge(history(*lines))

    assert result.verdict is Verdict.UNKNOWN
    assert told in result.reason


def test_checks_survive_being_stored() -> None:
    for check in (MASTER, TAKEN_OVER, OWN):
        assert restored(check.stored()) == check
