"""NoGapLongerThan: clients whom a fault does not concern see no gap, and a stall proves none."""

import pytest

from conformance.checkers.check import restored
from conformance.checkers.disturbance import NoGapLongerThan
from conformance.history import History, Line
from conformance.verdict import Verdict
from selftest.unit.crafted import Service, fault, history, operation, stall

FAULT = "power loss of dbs1"
CHECK = NoGapLongerThan(probe="http", fault=FAULT)
LOSS = fault(node="dbs1", began_ms=1000, healed_ms=3000)


def served(*gaps: tuple[float, float], until_ms: float = 5000) -> list[Line]:
    return list(Service(*gaps).lines(until_ms))


def test_client_that_is_served_all_the_time_holds_with_the_largest_gap() -> None:
    result = CHECK.judge(history(served(), LOSS))

    assert result.verdict is Verdict.HOLDS
    assert "http: no request failed after power loss of dbs1 began; a gap was at most 0.0" in result.reason
    assert isinstance(result.measured, float)
    assert result.measured < 0.02
    assert result.norm == 0.1


def test_gap_beyond_the_limit_violates() -> None:
    result = CHECK.judge(history(served((1500, 1650)), LOSS))

    assert result.verdict is Verdict.VIOLATED
    assert "no service for 0.1" in result.reason
    assert "allowed 0.1 s" in result.reason
    assert len(result.outages) == 1


def test_the_longest_of_several_gaps_decides() -> None:
    result = CHECK.judge(history(served((1200, 1220), (2200, 2350)), LOSS))

    assert result.verdict is Verdict.VIOLATED
    assert len(result.outages) == 2


def test_gaps_within_the_limit_hold_one_by_one() -> None:
    """Two of 60 ms, a second apart, are no gap of a second."""
    result = CHECK.judge(history(served((1200, 1260), (2200, 2260)), LOSS))

    assert result.verdict is Verdict.HOLDS
    assert "not served in 2 windows" in result.reason
    assert len(result.outages) == 2


def test_gap_on_both_sides_of_the_limit_is_unknown() -> None:
    result = CHECK.judge(history(served((1500, 1600)), LOSS))

    assert result.verdict is Verdict.UNKNOWN
    assert "too coarse" in result.reason


def test_answers_that_all_come_late_violate_although_none_failed() -> None:
    frozen = list(Service((1500, 1700), mode="freeze").lines(5000))

    assert CHECK.judge(history(frozen, LOSS)).verdict is Verdict.VIOLATED


def test_probe_that_a_stall_kept_from_asking_is_unknown() -> None:
    lines = [line for line in served() if not 1_001_500 <= line["at_ns"] / 1e6 <= 1_001_700]
    result = CHECK.judge(history(lines, LOSS, stall(1700, 200)))

    assert result.verdict is Verdict.UNKNOWN
    assert "the measuring host stalled for 0.2" in result.reason


def test_gap_that_a_stall_may_explain_is_unknown_and_a_longer_one_violates() -> None:
    explained = CHECK.judge(history(served((1500, 1640)), LOSS, stall(1600, 60)))
    assert explained.verdict is Verdict.UNKNOWN
    assert "stalled" in explained.reason
    assert CHECK.judge(history(served((1500, 1700)), LOSS, stall(1600, 60))).verdict is Verdict.VIOLATED


def test_only_what_follows_the_event_counts() -> None:
    record = history(served((3500, 3800)), LOSS)

    assert CHECK.judge(record).verdict is Verdict.HOLDS
    assert CHECK.model_copy(update={"since": "healed"}).judge(record).verdict is Verdict.VIOLATED
    before = history(served((3500, 3800)), LOSS, fault("crash", "dbs2", began_ms=3400))
    assert CHECK.model_copy(update={"since": "healed", "watch_s": 0.2}).judge(before).verdict is Verdict.HOLDS


def test_service_that_never_returns_violates() -> None:
    assert CHECK.judge(history(served((1500, 9999)), LOSS)).verdict is Verdict.VIOLATED


@pytest.mark.parametrize(
    ("record", "told"),
    [
        (history(), "no operation"),
        (history(served()), "no fault"),
        (history(served(), fault(node="dbs1", began_ms=1000, took_hold=False)), "did not take hold"),
        (history(served(), fault(node="dbs1", began_ms=20)), "served before"),
        (history(served((900, 1100)), LOSS), "service was absent when power loss of dbs1 began"),
        (history(served((900, 9999)), LOSS), "service was absent when power loss of dbs1 began"),
        (history(served(until_ms=1500), LOSS), "watched for only"),
        (history(served(until_ms=900), LOSS), "watched for only 0.000 s"),
        (
            history(
                [line for n in range(200) for line in operation(n, n * 10, 1.5)],
                [operation(900, 4500, None)[0]],
                LOSS,
            ),
            "too coarse",
        ),
    ],
    ids=[
        "empty",
        "no fault",
        "no hold",
        "too early",
        "already absent",
        "absent throughout",
        "short",
        "ended before",
        "silent",
    ],
)
def test_without_evidence_nothing_is_known(record: History, told: str) -> None:
    result = CHECK.judge(record)

    assert result.verdict is Verdict.UNKNOWN
    assert told in result.reason


def test_return_that_never_came_is_unknown() -> None:
    check = CHECK.model_copy(update={"since": "healed"})

    assert check.judge(history(served(), fault(node="dbs1", began_ms=1000))).verdict is Verdict.UNKNOWN


def test_check_survives_being_stored() -> None:
    assert restored(CHECK.stored()) == CHECK
