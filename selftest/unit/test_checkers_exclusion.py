"""NotServedBy and ServesNothingWhile: servers that must not be asked."""

import math

import pytest

from conformance.checkers.exclusion import NotServedBy, ServesNothingWhile
from conformance.history import History, Line
from conformance.verdict import Verdict
from selftest.unit.crafted import fault, history, operation, stall
from selftest.unit.crafted_rows import insert, inserts

BEGAN_MS = 1000.0
STOPPED = fault("replica stop", "dbs1", began_ms=BEGAN_MS, healed_ms=4000)
UNFIT = NotServedBy(
    probe="reads", server="dbs1", fault="replica stop of dbs1", norm_s=0.6, formula="max_lag_s + inter x fall"
)


def served(*, by_it_until_ms: float, until_ms: float = 4500, took_ms: float = 2.0) -> list[Line]:
    """Return a read every 10 ms, answered by dbs1 until then and by dbm1 afterwards."""
    return [
        line
        for number in range(int(until_ms / 10))
        for line in operation(
            number,
            number * 10,
            took_ms,
            probe="reads",
            server="dbs1" if number * 10 < by_it_until_ms else "dbm1",
        )
    ]


def refused(probe: str, *, from_ms: float = 500, count: int = 45) -> list[Line]:
    return [
        line
        for n in range(count)
        for line in operation(
            1000 + n, from_ms + 10 * n, 1, "failed", probe=probe, server=None, error="closed"
        )
    ]


def test_answers_until_the_norm_hold() -> None:
    result = UNFIT.judge(history(served(by_it_until_ms=1500), STOPPED))

    assert result.verdict is Verdict.HOLDS
    assert result.reason == (
        "reads: dbs1 answered 50 requests after replica stop of dbs1, the last one 0.485 to 0.492 s after it"
    )
    assert (result.measured, result.norm) == (0.492, 0.6)


def test_an_answer_after_the_norm_violates() -> None:
    result = UNFIT.judge(history(served(by_it_until_ms=1700), STOPPED))

    assert result.verdict is Verdict.VIOLATED
    assert "the last one 0.685 to 0.692 s after it, allowed 0.6 s" in result.reason


def test_a_single_late_answer_violates() -> None:
    late = operation(9000, 3000, 1, probe="reads", server="dbs1")

    assert UNFIT.judge(history(served(by_it_until_ms=1100), late, STOPPED)).verdict is Verdict.VIOLATED


def test_slow_or_failed_requests_of_others_do_not_matter() -> None:
    slow = operation(9000, 3000, 300, probe="reads", server="dbm1")
    failed = operation(9001, 3100, 1, "failed", probe="reads", server=None, error="reset")

    assert UNFIT.judge(history(served(by_it_until_ms=1100), slow, failed, STOPPED)).verdict is Verdict.HOLDS


def test_answers_after_the_healing_do_not_matter() -> None:
    back = operation(9000, 4200, 1, probe="reads", server="dbs1")

    assert UNFIT.judge(history(served(by_it_until_ms=1100), back, STOPPED)).verdict is Verdict.HOLDS


def test_another_fault_meanwhile_is_no_excuse() -> None:
    late = operation(9000, 3000, 1, probe="reads", server="dbs1")
    other = fault(node="dbs2", began_ms=2500)

    assert UNFIT.judge(history(served(by_it_until_ms=1100), late, STOPPED, other)).verdict is Verdict.VIOLATED


def test_an_answer_that_straddles_the_norm_is_unknown() -> None:
    straddling = operation(9000, 1590, 20, probe="reads", server="dbs1")
    result = UNFIT.judge(history(served(by_it_until_ms=1100), straddling, STOPPED))

    assert result.verdict is Verdict.UNKNOWN
    assert "both sides" in result.reason


def test_detection_that_a_stall_held_up_is_unknown() -> None:
    record = history(served(by_it_until_ms=1700), STOPPED, stall(1400, 100))
    result = UNFIT.judge(record)

    assert result.verdict is Verdict.UNKNOWN
    assert "the measuring host stalled for 0.1 s of it" in result.reason
    assert UNFIT.judge(history(served(by_it_until_ms=1900), STOPPED, stall(1400, 100))).verdict is (
        Verdict.VIOLATED
    )


def test_configuration_that_never_takes_it_out_is_violated_by_any_answer() -> None:
    check = UNFIT.model_copy(update={"norm_s": math.inf})
    result = check.judge(history(served(by_it_until_ms=1100), STOPPED))

    assert result.verdict is Verdict.VIOLATED
    assert "never takes it out" in result.reason
    assert check.judge(history(served(by_it_until_ms=1000), STOPPED)).verdict is Verdict.HOLDS


@pytest.mark.parametrize(
    ("record", "told"),
    [
        (history(), "no operation"),
        (history(served(by_it_until_ms=1100)), "no fault"),
        (
            history(
                served(by_it_until_ms=1100),
                fault("replica stop", "dbs1", began_ms=BEGAN_MS, took_hold=False),
            ),
            "did not take hold",
        ),
        (history(served(by_it_until_ms=0), STOPPED), "dbs1 answered nothing before"),
        (history(served(by_it_until_ms=1100, until_ms=2000), STOPPED), "others answered for only 0.990 s"),
        (history(served(by_it_until_ms=1000, until_ms=1000), STOPPED), "others answered for only 0.000 s"),
        (
            history(served(by_it_until_ms=1000, until_ms=1000), STOPPED, refused("reads", from_ms=2700)),
            "others answered for only 0.000 s",
        ),
    ],
    ids=["empty", "no fault", "no hold", "never used", "too short", "nobody asked", "nobody answered"],
)
def test_exclusion_without_evidence_is_unknown(record: History, told: str) -> None:
    result = UNFIT.judge(record)

    assert result.verdict is Verdict.UNKNOWN
    assert told in result.reason


BEHIND = ServesNothingWhile(probes=("writes", "reads"), server="dbm1", fault="power loss of dbm2")
GONE = fault(node="dbm2", began_ms=500, healed_ms=1000)


BEFORE = [*inserts(50, server="dbm2"), *operation(0, 100, 1, probe="reads", server="dbm2", what="read")]
NOBODY = [*BEFORE, *refused("writes"), *refused("reads")]


def test_server_that_is_behind_and_serves_nobody_holds() -> None:
    result = BEHIND.judge(history(NOBODY, GONE, inserts(5, from_ms=1100, first=3000)))

    assert result.verdict is Verdict.HOLDS
    assert result.reason == "dbm1 executed none of 90 operations during power loss of dbm2"
    third = inserts(5, from_ms=700, first=4000, server="dbm3")
    assert BEHIND.judge(history(NOBODY, GONE, third)).verdict is Verdict.HOLDS


@pytest.mark.parametrize(
    ("served_by_it", "told"),
    [
        (insert(5000, 700), "the first of writes at t=0.702 s"),
        (
            operation(5000, 700, 1, probe="reads", server="dbm1", what="read", newest=3),
            "the first of reads at t=0.701 s",
        ),
    ],
)
def test_whatever_it_executes_while_the_other_is_gone_violates(served_by_it: list[Line], told: str) -> None:
    result = BEHIND.judge(history(NOBODY, GONE, served_by_it))

    assert result.verdict is Verdict.VIOLATED
    assert "dbm1 executed 1 operation during power loss of dbm2" in result.reason
    assert told in result.reason


def test_the_first_of_several_is_named() -> None:
    result = BEHIND.judge(history(NOBODY, GONE, inserts(5, from_ms=700, first=5000)))

    assert result.reason == (
        "dbm1 executed 5 operations during power loss of dbm2, the first of writes at t=0.702 s"
    )
    assert result.measured == 5.0


def test_what_it_executes_while_it_heals_may_be_right() -> None:
    """In flight when the other one was back: then it had somebody to catch up from."""
    record = history(NOBODY, GONE, insert(5000, 990, 50))

    assert BEHIND.judge(record).verdict is Verdict.HOLDS


@pytest.mark.parametrize(
    ("record", "told"),
    [
        (history(), "no fault"),
        (history(NOBODY), "no fault"),
        (history(NOBODY, fault(node="dbm2", began_ms=500, took_hold=False)), "did not take hold"),
        (history(BEFORE, GONE), "writes: 0 operations during power loss of dbm2, at least 20"),
        (history(BEFORE, refused("writes"), GONE), "reads: 0 operations during"),
        (
            history(refused("writes", from_ms=0, count=95), refused("reads"), GONE),
            "writes: nobody was served before power loss of dbm2 either",
        ),
    ],
    ids=["empty", "no fault", "no hold", "not tried", "not tried by one", "never served"],
)
def test_serving_nothing_without_evidence_is_unknown(record: History, told: str) -> None:
    result = BEHIND.judge(record)

    assert result.verdict is Verdict.UNKNOWN
    assert told in result.reason


def test_no_probe_at_all_is_unknown() -> None:
    check = BEHIND.model_copy(update={"probes": ()})

    assert check.judge(history(NOBODY, GONE)).verdict is Verdict.UNKNOWN
