"""Replication lag: bounds per read, quantiles, and what a stall of the measuring host leaves unproven."""

import math

import pytest

from conformance.checkers.lag import Lags, Read
from conformance.checkers.lag_bounds import CaughtUpBeforeServing, ReplicationLag
from conformance.checkers.rows import Acknowledged
from conformance.history import History, Line
from conformance.verdict import Verdict
from selftest.unit.crafted import MS, fault, history, operation, stall
from selftest.unit.crafted_rows import insert, inserts, read

LAG = ReplicationLag(
    writes="writes", reads="reads", replica="dbs1", norm_s=0.1, formula="documented lag of 0.1 s"
)


def reads_behind(rows: int, *, count: int = 100, from_ms: float = 5.0, server: str = "dbs1") -> list[Line]:
    """Return a read every 10 ms, 5 ms after a row was sent; each lacks the last *rows* acknowledged ones."""
    lines = []
    for number in range(count):
        newest = round((from_ms - 5) / 10) + number - rows
        seen = newest if newest >= 0 else None
        lines += read(number, from_ms + number * 10, seen, server=server)
    return lines


WRITTEN = inserts(100)
"""One row every 10 ms, each acknowledged after 2 ms."""


def ack(sequence: int, invoked_ms: int, acknowledged_ms: int) -> Acknowledged:
    return Acknowledged(sequence, None, "dbm1", invoked_ms * MS, acknowledged_ms * MS)


@pytest.mark.parametrize(
    ("newest", "lower_ms", "upper_ms"),
    [(3, 0, 0), (2, 0, 6), (1, 8, 16), (0, 18, 26), (-1, 28, 36)],
    ids=["nothing missing", "perhaps the last one", "surely one", "two", "all"],
)
def test_lag_is_the_age_of_the_oldest_row_that_was_missed(newest: int, lower_ms: int, upper_ms: int) -> None:
    """Row 3 was sent at 30 ms and acknowledged at 36 ms; the read lasts from 30 to 36 ms."""
    rows = [ack(n, 10 * n, 10 * n + 2) for n in range(3)] + [ack(3, 30, 36)]
    (lag,) = Lags.of(rows, [Read("dbs1", newest, 30 * MS, 36 * MS)]).of_reads

    assert (lag.lower_ns / MS, lag.upper_ns / MS) == (lower_ms, upper_ms)


def test_rows_acknowledged_out_of_order_count_from_the_earliest() -> None:
    rows = [ack(5, 0, 40), ack(6, 10, 12)]
    (lag,) = Lags.of(rows, [Read("dbs1", 4, 50 * MS, 51 * MS)]).of_reads

    assert (lag.lower_ns / MS, lag.upper_ns / MS) == (38, 51)


def test_replica_that_follows_closely_holds() -> None:
    result = LAG.judge(history(WRITTEN, reads_behind(2)))

    assert result.verdict is Verdict.HOLDS
    assert result.reason == (
        "dbs1 was behind by p50 13.0 to 16.0 ms, p95 13.0 to 16.0 ms, p99 13.0 to 16.0 ms,"
        " max 13.0 to 16.0 ms in 100 reads, allowed 0.1 s"
    )
    assert (result.measured, result.norm, result.unit) == (0.016, 0.1, "s")


def test_single_read_that_is_far_behind_violates() -> None:
    lines = [WRITTEN, reads_behind(0), read(500, 700, 50)]
    result = LAG.judge(history(*lines))

    assert result.verdict is Verdict.VIOLATED
    assert "max 188.0 to 191.0 ms" in result.reason
    assert "most of all at t=0.700 s" in result.reason


def test_replica_that_never_shows_a_row_violates() -> None:
    nothing = [line for n in range(100) for line in read(n, 5 + n * 10, None)]
    result = LAG.judge(history(WRITTEN, nothing))

    assert result.verdict is Verdict.VIOLATED
    assert "(no read saw any row)" in result.reason


def test_replica_that_stopped_before_the_last_row_violates_even_if_nothing_is_written_any_more() -> None:
    late = [line for n in range(100) for line in read(n, 1100 + n * 10, 50)]

    assert LAG.judge(history(WRITTEN, late)).verdict is Verdict.VIOLATED


def test_bounds_on_both_sides_of_the_limit_are_unknown() -> None:
    check = LAG.model_copy(update={"norm_s": 0.015})
    result = check.judge(history(WRITTEN, reads_behind(2)))

    assert result.verdict is Verdict.UNKNOWN
    assert "both sides" in result.reason


def test_lag_that_a_stall_may_explain_is_unknown_and_names_it() -> None:
    lines = [WRITTEN, reads_behind(0), read(500, 700, 50)]
    result = LAG.judge(history(*lines, stall(650, 100)))

    assert result.verdict is Verdict.UNKNOWN
    assert "the measuring host stalled for 0.1 s of it" in result.reason


def test_stall_does_not_excuse_what_is_longer_without_it() -> None:
    lines = [WRITTEN, reads_behind(0), read(500, 700, 50)]

    assert LAG.judge(history(*lines, stall(650, 50))).verdict is Verdict.VIOLATED


def test_stall_does_not_excuse_another_read() -> None:
    lines = [WRITTEN, reads_behind(0), read(500, 700, 50), read(501, 900, 75)]

    assert LAG.judge(history(*lines, stall(650, 100))).verdict is Verdict.VIOLATED


def test_only_reads_that_were_answered_count() -> None:
    failed = operation(600, 700, 1, "failed", probe="reads", server=None, error="reset", what="read")
    other = insert(601, 700, probe="reads", server="dbs1")

    assert LAG.judge(history(WRITTEN, reads_behind(0), failed, other)).verdict is Verdict.HOLDS


def test_answer_that_a_stall_delayed_does_not_hold() -> None:
    lines = [WRITTEN, reads_behind(0), read(500, 700, 69, took_ms=150)]
    result = LAG.judge(history(*lines, stall(840, 130)))

    assert result.verdict is Verdict.UNKNOWN
    assert "stalled for 0.13 s" in result.reason


def test_replica_without_any_row_is_unknown_before_the_limit_has_passed() -> None:
    check = LAG.model_copy(update={"norm_s": 5.0})
    nothing = [line for n in range(100) for line in read(n, 5 + n * 10, None)]
    result = check.judge(history(WRITTEN, nothing))

    assert result.verdict is Verdict.UNKNOWN
    assert "no read saw any row" in result.reason


@pytest.mark.parametrize(
    ("record", "told"),
    [
        (history(), "writes: 0 acknowledged inserts"),
        (history(WRITTEN), "reads: 0 reads answered by dbs1 while rows came in"),
        (history(inserts(5), reads_behind(0)), "5 acknowledged inserts"),
        (history(WRITTEN, reads_behind(0, server="dbm1")), "0 reads answered by dbs1"),
        (history(WRITTEN, reads_behind(0, count=10)), "10 reads answered by dbs1"),
        (history(WRITTEN, [line for n in range(50) for line in read(n, 1100 + n, 99)]), "0 reads answered"),
    ],
    ids=["empty", "no reads", "few rows", "another server", "few reads", "reads afterwards"],
)
def test_lag_without_evidence_is_unknown(record: History, told: str) -> None:
    result = LAG.judge(record)

    assert result.verdict is Verdict.UNKNOWN
    assert told in result.reason


def test_lag_without_a_bound_is_unknown() -> None:
    check = LAG.model_copy(update={"norm_s": math.inf})

    assert check.judge(history(WRITTEN, reads_behind(0))).verdict is Verdict.UNKNOWN


AWAY = fault(node="dbs1", began_ms=200, healed_ms=600)
RETURN = CaughtUpBeforeServing(
    writes="writes",
    reads="reads",
    server="dbs1",
    fault="power loss of dbs1",
    norm_s=0.1,
    formula="documented lag",
)
ELSEWHERE = [line for n in range(40) for line in read(n, 205 + 10 * n, 20 + n, server="dbs2")]
BACK = reads_behind(0, count=20, from_ms=805)
MUST = RETURN.model_copy(update={"must_return": True, "within_s": 0.3})


def test_returned_server_that_had_caught_up_holds() -> None:
    result = MUST.judge(history(WRITTEN, AWAY, ELSEWHERE, BACK))

    assert result.verdict is Verdict.HOLDS
    assert (
        "dbs1 answered again 0.200 s after power loss of dbs1 was healed; dbs1 was behind by" in result.reason
    )


def test_first_answer_of_a_server_that_is_behind_violates() -> None:
    first = read(800, 700, 20)
    result = RETURN.judge(history(WRITTEN, AWAY, ELSEWHERE, first, BACK))

    assert result.verdict is Verdict.VIOLATED
    assert "answered again 0.095 s after" in result.reason
    assert "most of all at t=0.700 s" in result.reason


def test_what_it_answers_after_the_next_fault_is_another_matter() -> None:
    """Of the master, say: then nobody can be up to date."""
    lines = [WRITTEN, AWAY, ELSEWHERE, BACK, read(900, 1100, 20)]

    assert RETURN.judge(history(*lines)).verdict is Verdict.VIOLATED
    next_fault = fault(node="dbm1", began_ms=1050)
    assert RETURN.judge(history(*lines, next_fault)).verdict is Verdict.HOLDS


def test_server_that_answers_nobody_is_unknown_or_violates_if_it_has_to() -> None:
    others = [line for n in range(40) for line in read(100 + n, 605 + 10 * n, 60 + n, server="dbs2")]
    record = history(WRITTEN, AWAY, ELSEWHERE, others)

    assert RETURN.judge(record).verdict is Verdict.UNKNOWN
    result = MUST.judge(record)
    assert result.verdict is Verdict.VIOLATED
    assert "reads: dbs1 answered nobody in 0.390 s after power loss of dbs1 was healed" in result.reason
    longer = MUST.model_copy(update={"within_s": 0.5})
    assert longer.judge(record).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("record", "told"),
    [
        (history(), "no fault"),
        (history(WRITTEN, BACK), "no fault"),
        (history(WRITTEN, BACK, fault(node="dbs1", began_ms=200)), "was never healed"),
        (history(WRITTEN, BACK, fault(node="dbs1", began_ms=200, took_hold=False)), "did not take hold"),
        (history(WRITTEN, AWAY), "answered nobody"),
        (
            history(inserts(20), insert(80, 800), AWAY, BACK),
            "0 rows came in while dbs1 was away, at least 20 are needed",
        ),
    ],
    ids=["empty", "no fault", "never healed", "no hold", "no reads", "nothing to catch up"],
)
def test_return_without_evidence_is_unknown(record: History, told: str) -> None:
    for check in (RETURN, MUST):
        result = check.judge(record)
        assert result.verdict is Verdict.UNKNOWN
        assert told in result.reason


def test_return_without_a_bound_is_unknown() -> None:
    check = RETURN.model_copy(update={"norm_s": math.inf})

    assert check.judge(history(WRITTEN, AWAY, BACK)).verdict is Verdict.UNKNOWN
