"""Acknowledged rows that were not replicated are counted, and held against a limit if there is one."""

import pytest

from conformance.checkers.recovery_point import RecoveryPoint
from conformance.history import Line
from conformance.verdict import Verdict
from selftest.unit.crafted import fault, history, stall
from selftest.unit.crafted_rows import inserts, kept, looked

MEASURED = RecoveryPoint(writes="writes", fault="power loss of dbm1", survivor="dbm2")
ZERO = MEASURED.model_copy(update={"allowed": 0})
BOUNDED = MEASURED.model_copy(update={"within_s": 0.05})
WRITTEN = inserts(30)
"""From 0 to 292 ms; the fault comes at 300 ms."""
LOSS = fault(node="dbm1", began_ms=300, healed_ms=1000)
ELSEWHERE = inserts(10, from_ms=500, first=50, server="dbm2")


def after(rows: int, *, at_ms: float = 700) -> Line:
    return looked(at_ms, "dbm2", kept([*range(rows), *range(50, 60)]), moment="after takeover")


def test_missing_rows_are_a_measured_fact() -> None:
    result = MEASURED.judge(history(WRITTEN, LOSS, ELSEWHERE, after(26)))

    assert result.verdict is Verdict.HOLDS
    assert result.reason == (
        "writes: of 30 rows that dbm1 acknowledged 4 were not on dbm2 at t=0.700 s, after power loss of dbm1;"
        " acknowledged from 38.0 ms before the fault to 8.0 ms before the fault"
    )
    assert (result.measured, result.norm, result.unit) == (4.0, None, "rows")


def test_rows_that_no_limit_allows_violate() -> None:
    result = ZERO.judge(history(WRITTEN, LOSS, ELSEWHERE, after(29)))

    assert result.verdict is Verdict.VIOLATED
    assert "1 were not on dbm2" in result.reason
    assert "acknowledged 8.0 ms before the fault; allowed 0" in result.reason
    assert (result.measured, result.norm) == (1.0, 0.0)


def test_no_missing_row_holds() -> None:
    result = ZERO.judge(history(WRITTEN, LOSS, ELSEWHERE, after(30)))

    assert result.verdict is Verdict.HOLDS
    assert result.measured == 0.0


def test_rows_acknowledged_while_the_fault_took_hold_count_too() -> None:
    late = inserts(1, from_ms=301, first=30)
    result = ZERO.judge(history(WRITTEN, late, LOSS, ELSEWHERE, after(30)))

    assert result.verdict is Verdict.VIOLATED
    assert "acknowledged 3.0 ms after the fault" in result.reason


def test_rows_of_the_new_master_are_not_the_failed_ones() -> None:
    missing = looked(700, "dbm2", kept(range(30)), moment="after takeover")

    assert ZERO.judge(history(WRITTEN, LOSS, ELSEWHERE, missing)).verdict is Verdict.HOLDS


def test_a_row_that_had_time_to_be_replicated_violates_the_bound() -> None:
    assert BOUNDED.judge(history(WRITTEN, LOSS, after(26))).verdict is Verdict.HOLDS
    result = BOUNDED.judge(history(WRITTEN, LOSS, after(20)))
    assert result.verdict is Verdict.VIOLATED
    assert "from 98.0 ms before the fault to 8.0 ms before the fault, allowed 0.05 s before" in result.reason


def test_a_bound_that_straddles_is_unknown() -> None:
    """Acknowledged 48 ms before the fault began, sent 55 ms before it had ended."""
    result = BOUNDED.judge(history(WRITTEN, LOSS, after(25)))

    assert result.verdict is Verdict.UNKNOWN
    assert "not proven" in result.reason


def test_a_stall_in_which_nothing_could_be_replicated_is_unknown() -> None:
    result = BOUNDED.judge(history(WRITTEN, LOSS, after(20), stall(290, 60)))

    assert result.verdict is Verdict.UNKNOWN
    assert "the measuring host stalled for 0.06 s" in result.reason


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([], "no fault 'power loss of dbm1' was injected"),
        ([WRITTEN, [after(30)]], "no fault"),
        ([WRITTEN, fault(node="dbm1", began_ms=300, took_hold=False), [after(30)]], "did not take hold"),
        ([WRITTEN, LOSS], "nobody looked up the rows (after takeover) on dbm2 during power loss of dbm1"),
        ([WRITTEN, LOSS, [after(30, at_ms=1100)]], "nobody looked up the rows"),
        ([WRITTEN, LOSS, [after(30, at_ms=200)]], "nobody looked up the rows"),
        ([inserts(19), LOSS, [after(19)]], "19 rows acknowledged by dbm1 before dbm2 was looked at"),
        ([inserts(30, server="dbm2"), LOSS, [after(30)]], "0 rows acknowledged by dbm1"),
    ],
)
def test_without_evidence_nothing_is_known(lines: list[list[Line]], told: str) -> None:
    for check in (MEASURED, ZERO):
        result = check.judge(history(*lines))
        assert result.verdict is Verdict.UNKNOWN
        assert told in result.reason
