"""WritesRefused and OneActiveWriter: slaves take no writes, and masters take them in turns."""

import pytest

from conformance.checkers.check import restored
from conformance.checkers.writers import OneActiveWriter, WritesRefused
from conformance.history import History, Line
from conformance.verdict import Verdict
from selftest.unit.crafted import fault, history
from selftest.unit.crafted_rows import insert, inserts, seen

REFUSED = WritesRefused(aliases=("acd-dbs", "acd-dbr"))


def attempt(alias: str, result: str, *, server: str | None = None, error: str | None = None) -> Line:
    value = {"alias": alias, "server": server, "result": result, "error": error}
    return seen(5, "write-attempt", "web1", value)


CONTROL = attempt("acd-dbm", "accepted", server="dbm1")
BOTH = [
    attempt("acd-dbs", "refused", server="dbs1", error="sql 1290"),
    attempt("acd-dbr", "refused", server="dbs2", error="sql 1290"),
]


def test_refused_writes_hold() -> None:
    result = REFUSED.judge(history([CONTROL], BOTH))

    assert result.verdict is Verdict.HOLDS
    assert result.reason == "2 writes refused: 1 by dbs1 (acd-dbs), 1 by dbs2 (acd-dbr)"


def test_an_accepted_write_violates() -> None:
    taken = attempt("acd-dbs", "accepted", server="dbs1")
    result = REFUSED.judge(history([CONTROL], BOTH, [taken]))

    assert result.verdict is Verdict.VIOLATED
    assert result.reason == "dbs1 took a write by acd-dbs from web1 at t=0.000 s"


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([], "nobody tried to write by acd-dbs"),
        ([CONTROL, BOTH[0]], "nobody tried to write by acd-dbr"),
        (
            [CONTROL, BOTH[0], attempt("acd-dbr", "error", error="connect timeout")],
            "0 refusals in 1 attempt to write by acd-dbr (connect timeout), at least 1 are needed",
        ),
        (BOTH, "no write by acd-dbm was accepted either, so a refusal proves nothing"),
        ([*BOTH, attempt("acd-dbm", "refused")], "no write by acd-dbm was accepted either"),
    ],
)
def test_refusal_without_evidence_is_unknown(lines: list[Line], told: str) -> None:
    result = REFUSED.judge(history(lines))

    assert result.verdict is Verdict.UNKNOWN
    assert told in result.reason


def test_no_alias_at_all_is_unknown_and_a_control_may_be_done_without() -> None:
    assert WritesRefused(aliases=()).judge(history([CONTROL])).verdict is Verdict.UNKNOWN
    check = WritesRefused(aliases=("acd-dbs", "acd-dbr"), control=None)
    assert check.judge(history(BOTH)).verdict is Verdict.HOLDS


ONE = OneActiveWriter(writes=("writes",), servers=("dbm1", "dbm2"))
RETURNS = ONE.model_copy(update={"may_return": True})
FIRST = inserts(30)
"""By dbm1, from 0 to 292 ms."""
LOSS = fault(node="dbm1", began_ms=300, healed_ms=1000)
SECOND = inserts(30, from_ms=500, first=100, server="dbm2")
"""By dbm2, until 792 ms."""


def test_writes_by_one_master_hold() -> None:
    result = ONE.judge(history(FIRST))

    assert result.verdict is Verdict.HOLDS
    assert result.reason == "writes in turns: 30 by dbm1; every change of turn followed a fault"


def test_turn_that_ended_by_a_fault_holds() -> None:
    result = ONE.judge(history(FIRST, LOSS, SECOND))

    assert result.verdict is Verdict.HOLDS
    assert "30 by dbm1, 30 by dbm2" in result.reason


def test_fault_that_began_before_the_last_write_of_the_turn_holds() -> None:
    """The balancer had yet to notice."""
    assert ONE.judge(history(FIRST, insert(40, 350), LOSS, SECOND)).verdict is Verdict.HOLDS


def test_turn_that_ended_without_a_fault_violates() -> None:
    result = ONE.judge(history(FIRST, SECOND))

    assert result.verdict is Verdict.VIOLATED
    assert result.reason == (
        "dbm2 took row 100 at t=0.502 s, sent after dbm1 had taken row 29 at t=0.292 s,"
        " without a fault of dbm1 in between"
    )


def test_single_write_of_the_failed_master_amid_those_of_the_new_one_violates() -> None:
    """It was cut off, not dead, and somebody still reached it."""
    result = ONE.judge(history(FIRST, LOSS, SECOND, insert(90, 655)))

    assert result.verdict is Verdict.VIOLATED
    assert result.reason == (
        "dbm1 took row 90 at t=0.657 s, sent after dbm2 had taken row 115 at t=0.652 s,"
        " without a fault of dbm2 in between"
    )


def test_masters_that_alternate_violate() -> None:
    lines = [line for n in range(60) for line in insert(n, 10 * n, server=("dbm1", "dbm2")[n % 2])]

    assert ONE.judge(history(lines)).verdict is Verdict.VIOLATED
    assert RETURNS.judge(history(lines)).verdict is Verdict.VIOLATED


def test_writes_at_two_vantages_are_compared() -> None:
    two = OneActiveWriter(writes=("writes", "others"), servers=("dbm1", "dbm2"))
    others = inserts(30, from_ms=5, server="dbm2", probe="others")

    assert two.judge(history(FIRST, others)).verdict is Verdict.VIOLATED
    assert two.judge(history(FIRST, inserts(30, from_ms=5, probe="others"))).verdict is Verdict.HOLDS
    assert two.judge(history(FIRST)).verdict is Verdict.UNKNOWN


def test_slow_write_does_not_hide_a_fast_one_after_it() -> None:
    """Of two writes by dbm2 the one that was acknowledged earlier counts: the fault came after it."""
    late = fault(node="dbm1", began_ms=400)
    lines = [FIRST, insert(100, 300, 200, server="dbm2"), insert(101, 310, server="dbm2"), late]

    assert ONE.judge(history(*lines[:2], late)).verdict is Verdict.HOLDS
    result = ONE.judge(history(*lines))
    assert result.verdict is Verdict.VIOLATED
    assert "dbm2 took row 101" in result.reason


def test_writes_that_overlap_are_in_no_order() -> None:
    """What was in flight when the turn changed may have been executed before or after."""
    straddling = insert(40, 295, 300)

    assert ONE.judge(history(FIRST, straddling, LOSS, SECOND)).verdict is Verdict.HOLDS


def test_unasked_return_violates_unless_it_is_allowed() -> None:
    third = inserts(30, from_ms=1200, first=200, server="dbm1")
    record = history(FIRST, LOSS, SECOND, third)

    result = ONE.judge(record)
    assert result.verdict is Verdict.VIOLATED
    assert "without a fault of dbm2 in between" in result.reason
    assert RETURNS.judge(record).verdict is Verdict.HOLDS


def test_return_before_the_healing_is_none() -> None:
    third = inserts(10, from_ms=850, first=200, server="dbm1")

    assert RETURNS.judge(history(FIRST, LOSS, SECOND, third)).verdict is Verdict.VIOLATED


def test_only_the_first_turn_since_the_healing_is_a_return() -> None:
    """dbm1 is back, then dbm2 has the turn without any fault, then dbm1 again."""
    third = inserts(10, from_ms=1200, first=200, server="dbm1")
    fourth = inserts(10, from_ms=1400, first=300, server="dbm2")
    fifth = inserts(10, from_ms=1600, first=400, server="dbm1")
    result = RETURNS.judge(history(FIRST, LOSS, SECOND, third, fourth, fifth))

    assert result.verdict is Verdict.VIOLATED
    assert "dbm2 took row 300" in result.reason
    assert "dbm1 took row 400" in result.reason


def test_return_by_a_fault_of_the_other_holds() -> None:
    third = inserts(30, from_ms=1400, first=200, server="dbm1")
    other = fault(node="dbm2", began_ms=1200)

    assert ONE.judge(history(FIRST, LOSS, SECOND, third, other)).verdict is Verdict.HOLDS


def test_fault_that_was_over_before_explains_nothing_but_its_aftermath() -> None:
    glitch = fault(node="dbm1", began_ms=200, healed_ms=250)
    record = history(FIRST, glitch, SECOND)

    assert ONE.judge(record).verdict is Verdict.VIOLATED
    detected_late = ONE.model_copy(update={"aftermath_s": 0.1})
    assert detected_late.judge(record).verdict is Verdict.HOLDS


def test_fault_that_may_not_end_a_turn_explains_nothing() -> None:
    """A master whose replication is cut goes on writing."""
    cut = fault("replication cut", "dbm1", began_ms=300)
    record = history(FIRST, cut, SECOND)

    assert ONE.judge(record).verdict is Verdict.HOLDS
    check = ONE.model_copy(update={"faults": ("power loss of dbm1", "crash")})
    assert check.judge(record).verdict is Verdict.VIOLATED
    assert check.judge(history(FIRST, cut, LOSS, SECOND)).verdict is Verdict.HOLDS
    crash = fault("crash", "dbm1", began_ms=310)
    assert check.judge(history(FIRST, cut, crash, SECOND)).verdict is Verdict.HOLDS


def test_fault_of_another_node_explains_nothing() -> None:
    assert ONE.judge(history(FIRST, fault(node="dbs1", began_ms=300), SECOND)).verdict is Verdict.VIOLATED


def test_write_of_a_slave_violates() -> None:
    lines = [line for n in range(30) for line in insert(n, 10 * n, server="dbs1")]
    result = ONE.judge(history(lines))

    assert result.verdict is Verdict.VIOLATED
    assert result.reason == "dbs1 took a write at t=0.002 s, but is no master"


@pytest.mark.parametrize(
    ("record", "told"),
    [
        (history(), "writes: 0 acknowledged inserts"),
        (history(inserts(19)), "19 acknowledged inserts"),
        (history(inserts(30, server=None)), "30 acknowledged inserts told no server"),
        (
            history(FIRST, SECOND, fault(node="dbm1", began_ms=300, took_hold=False)),
            "after power loss of dbm1, which did not take hold",
        ),
    ],
    ids=["empty", "few", "nameless", "no hold"],
)
def test_writers_without_evidence_are_unknown(record: History, told: str) -> None:
    result = ONE.judge(record)

    assert result.verdict is Verdict.UNKNOWN
    assert told in result.reason


def test_no_probe_at_all_is_unknown() -> None:
    assert ONE.model_copy(update={"writes": ()}).judge(history(FIRST)).verdict is Verdict.UNKNOWN


def test_checks_survive_being_stored() -> None:
    for check in (REFUSED, RETURNS):
        assert restored(check.stored()) == check
