"""OutageWithin and NoOutage: a good history, bad ones, and those that prove nothing."""

import math

import pytest

from conformance.checkers.check import restored
from conformance.checkers.outage import NoOutage, OutageWithin
from conformance.history import History
from conformance.verdict import Verdict
from selftest.unit.crafted import Service, at, fault, history, operation, stall

BEGAN_MS = 1500.0
FAULT = "power loss of lb1"


def recorded(length_ms: float, *, until_ms: float = 4000, healed_ms: float | None = None) -> History:
    gap = (BEGAN_MS + 2, BEGAN_MS + 2 + length_ms)
    return history(Service(gap).lines(until_ms), fault(began_ms=BEGAN_MS, healed_ms=healed_ms))


def within(norm_s: float) -> OutageWithin:
    return OutageWithin(probe="http", fault=FAULT, norm_s=norm_s, formula="3 x 0.1 s + skew")


def test_short_outage_holds_and_is_reported() -> None:
    result = within(0.5).judge(recorded(300))

    assert result.verdict is Verdict.HOLDS
    assert isinstance(result.measured, float)
    assert 0.29 < result.measured < 0.32
    assert (result.norm, result.unit, result.formula) == (0.5, "s", "3 x 0.1 s + skew")
    (outage,) = result.outages
    assert outage.fault == FAULT
    assert outage.lower_s < 0.3 < (outage.upper_s or 0)


def test_long_outage_is_violated_in_a_full_sentence() -> None:
    result = within(0.5).judge(recorded(700))

    assert result.verdict is Verdict.VIOLATED
    assert "no service for 0.69" in result.reason
    assert "allowed 0.5 s" in result.reason
    assert "answer timeout" in result.reason


def test_bound_that_straddles_the_norm_is_unknown() -> None:
    result = within(0.3).judge(recorded(300))

    assert result.verdict is Verdict.UNKNOWN
    assert "both sides" in result.reason


def test_violation_that_a_stall_may_explain_is_unknown_and_names_it() -> None:
    lines = recorded(520).lines
    result = within(0.5).judge(history(lines, stall(BEGAN_MS + 300, 60)))

    assert result.verdict is Verdict.UNKNOWN
    assert "stalled for 60 ms" in result.reason


def test_service_that_never_returns_is_violated_after_the_norm_only() -> None:
    assert within(0.5).judge(recorded(9999)).verdict is Verdict.VIOLATED
    result = within(10.0).judge(recorded(9999))
    assert result.verdict is Verdict.UNKNOWN
    assert result.outages[0].upper_s is None


def test_return_by_healing_only_is_no_return_where_the_configuration_promises_none() -> None:
    result = within(math.inf).judge(recorded(2000, until_ms=6000, healed_ms=3000))

    assert result.verdict is Verdict.VIOLATED
    assert "by itself" in result.reason


def test_no_failed_request_holds_with_the_resolution_as_bound() -> None:
    result = within(0.5).judge(history(Service().lines(4000), fault(began_ms=BEGAN_MS)))

    assert result.verdict is Verdict.HOLDS
    assert isinstance(result.measured, float)
    assert result.measured < 0.02


def test_flapping_counts_to_its_last_end() -> None:
    gaps = Service((1502, 1702), (2500, 2520))
    result = within(0.5).judge(history(gaps.lines(4000), fault(began_ms=BEGAN_MS)))

    assert result.verdict is Verdict.VIOLATED
    assert "2 windows" in result.reason
    assert len(result.outages) == 2


def test_late_answers_count_where_asked_for() -> None:
    record = history(Service((1502, 1802), mode="freeze").lines(4000), fault(began_ms=BEGAN_MS))
    check = within(0.1)

    assert check.judge(record).verdict is Verdict.UNKNOWN  # at most 0.3 s, nothing failed
    assert check.model_copy(update={"too_slow_ms": 50.0}).judge(record).verdict is Verdict.VIOLATED


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (history(), "no operation"),
        (history(Service().lines(4000)), "no fault"),
        (history(Service().lines(4000), fault(began_ms=BEGAN_MS, took_hold=False)), "did not take hold"),
        (history(Service().lines(4000), fault("crash", began_ms=BEGAN_MS)), "no fault"),
        (history(Service().lines(4000), fault(began_ms=10)), "only"),
        (history(Service((600, 1600)).lines(4000), fault(began_ms=BEGAN_MS)), "were served"),
        (history(Service((1490, 1600)).lines(4000), fault(began_ms=BEGAN_MS)), "already absent"),
        (history(Service((1502, 1600)).lines(1800), fault(began_ms=BEGAN_MS)), "watched for only"),
    ],
    ids=["empty", "no fault", "no hold", "other fault", "too early", "no floor", "already gone", "short"],
)
def test_what_proves_nothing_is_unknown(record: History, reason: str) -> None:
    result = within(0.5).judge(record)

    assert result.verdict is Verdict.UNKNOWN
    assert reason in result.reason


def test_what_was_in_flight_when_the_fault_began_was_not_absent_before() -> None:
    """It began 1.9 ms before the fault, where 1 ms is usual, and was answered late."""
    check = within(0.5).model_copy(update={"too_slow_ms": 50.0})
    lines = list(Service((1502, 1802), mode="freeze").lines(4000))
    late = operation(90_000, BEGAN_MS - 1.9, 500)
    earlier = Service((1440, 1802), mode="freeze").lines(4000)

    result = check.judge(history(lines, late, fault(began_ms=BEGAN_MS)))
    assert result.verdict is Verdict.HOLDS, result.reason
    assert result.outages[0].lower_s <= 0.3
    assert "already absent" in check.judge(history(earlier, fault(began_ms=BEGAN_MS))).reason


def test_outage_after_healing_is_not_the_faults() -> None:
    record = history(Service((3100, 3900)).lines(5000), fault(began_ms=BEGAN_MS, healed_ms=3000))

    assert within(0.5).judge(record).verdict is Verdict.HOLDS


def test_worst_of_several_injections_decides() -> None:
    gaps = Service((1502, 1702), (5002, 5902))
    record = history(gaps.lines(9000), fault(began_ms=BEGAN_MS, healed_ms=3500), fault(began_ms=5000))

    result = within(0.5).judge(record)

    assert result.verdict is Verdict.VIOLATED
    assert len(result.outages) == 2


def test_check_survives_being_stored() -> None:
    check = OutageWithin(probe="http", fault=FAULT, norm_s=math.inf, formula="never")

    assert restored(check.stored()) == check


def after_return(tolerance_s: float = 0.0) -> NoOutage:
    return NoOutage(probe="http", fault=FAULT, tolerance_s=tolerance_s)


def test_quiet_return_holds() -> None:
    assert after_return().judge(recorded(300, until_ms=5000, healed_ms=3000)).verdict is Verdict.HOLDS


def test_single_failed_request_violates_no_outage() -> None:
    lines = recorded(300, until_ms=5000, healed_ms=3000).lines
    result = after_return().judge(history(lines, operation(9000, 3500, 2, "failed", error="reset")))

    assert result.verdict is Verdict.VIOLATED
    assert "reset" in result.reason


def test_second_outage_is_held_against_the_tolerance() -> None:
    record = history(Service((3100, 3400)).lines(6000), fault(began_ms=BEGAN_MS, healed_ms=3000))

    assert after_return(0.5).judge(record).verdict is Verdict.HOLDS
    assert after_return(0.2).judge(record).verdict is Verdict.VIOLATED
    assert after_return(0.3).judge(record).verdict is Verdict.UNKNOWN


def test_failures_during_a_stall_prove_no_second_outage() -> None:
    record = history(
        Service((3100, 3110)).lines(6000), fault(began_ms=BEGAN_MS, healed_ms=3000), stall(3120, 30)
    )

    result = after_return().judge(record)

    assert result.verdict is Verdict.UNKNOWN
    assert "stalled" in result.reason


@pytest.mark.parametrize(
    "record",
    [history(), recorded(300), recorded(300, until_ms=3500, healed_ms=3000)],
    ids=["empty", "never healed", "too short"],
)
def test_no_outage_without_evidence_is_unknown(record: History) -> None:
    assert after_return().judge(record).verdict is Verdict.UNKNOWN


def test_stamps_of_crafted_histories_are_whole() -> None:
    assert at(0.5) - at(0) == 500_000
