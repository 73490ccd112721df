"""SetUpWithin: calls that meet a failure are late by no more than the norm, or it is told which was."""

import math
from collections.abc import Sequence

import pytest

from conformance.checkers.check import restored
from conformance.checkers.set_up import SetUpWithin
from conformance.history import History, Line
from conformance.verdict import CheckResult, Verdict
from selftest.unit.crafted import fault, history, stall
from selftest.unit.crafted_calls import RING_MS, call, calls

BEGAN_MS, HEALED_MS, UNTIL_MS = 2000.0, 5000.0, 6000.0
FAULT = "power loss of tel1"
LOSS = fault("power loss", "tel1", began_ms=BEGAN_MS, healed_ms=HEALED_MS)
NEXT = fault("power loss", "tel2", began_ms=3000.0)
CHECK = SetUpWithin(probe="calls", fault=FAULT, norm_s=0.5, formula="1 x fr_timer 0.5 s = 0.5 s")
FOREVER = CHECK.model_copy(update={"norm_s": math.inf})


def late(by_ms: float, at_ms: float = 2500.0, number: int = 9000) -> list[Line]:
    """Return a call that took so much longer than usual."""
    return call(number, at_ms, ring_ms=RING_MS + by_ms, server="tel2")


def lost(
    error: str = "no answer", after_ms: float = 4000.0, at_ms: float = 2500.0, outcome: str = "failed"
) -> list[Line]:
    """Return a call that was not answered."""
    return call(9001, at_ms, ring_ms=None, held_ms=after_ms, server=None, outcome=outcome, error=error)


def met(*lines: Sequence[Line], faults: Sequence[Line] = LOSS) -> History:
    return history(calls(UNTIL_MS), *lines, faults)


def judged(*lines: Sequence[Line]) -> CheckResult:
    return CHECK.judge(met(*lines))


def test_calls_that_are_rescued_in_time_hold() -> None:
    result = judged(late(437), late(498, number=9002))

    assert result.verdict is Verdict.HOLDS
    assert (result.measured, result.norm, result.unit) == (0.498, 0.5, "s")
    assert result.reason == (
        "calls: 2 of 124 calls that met power loss of tel1 took longer than the usual 0.060 s,"
        " by up to 0.498 s"
    )


@pytest.mark.parametrize("at_ms", [BEGAN_MS - 50, BEGAN_MS + 1, HEALED_MS - 1])
def test_call_that_is_late_by_more_violates(at_ms: float) -> None:
    result = judged(late(600, at_ms))

    assert result.verdict is Verdict.VIOLATED
    assert result.measured == 0.6
    assert (
        f"allowed 0.5 s; the call at t={at_ms / 1000:.3f} s was answered 0.600 s later than" in result.reason
    )


@pytest.mark.parametrize("at_ms", [BEGAN_MS - 700, HEALED_MS + 1])
def test_call_that_did_not_meet_the_failure_is_not_judged(at_ms: float) -> None:
    assert judged(late(600, at_ms)).verdict is Verdict.HOLDS


def test_call_that_is_late_by_what_chance_may_explain_is_unknown() -> None:
    """A call that takes 0.06 s may take 0.12 s and still not count as slow."""
    assert judged(late(540)).verdict is Verdict.UNKNOWN
    assert judged(late(561)).verdict is Verdict.VIOLATED


def test_norm_of_zero_is_kept_by_usual_calls_and_broken_by_a_slow_one() -> None:
    at_once = CHECK.model_copy(update={"norm_s": 0.0})

    assert at_once.judge(met(late(50))).verdict is Verdict.HOLDS
    assert at_once.judge(met(late(61))).verdict is Verdict.VIOLATED


def test_lateness_that_a_stall_may_explain_is_unknown_and_names_it() -> None:
    result = judged(late(600), [stall(2700, 60)])

    assert result.verdict is Verdict.UNKNOWN
    assert "0.600 s later than usual, and the measuring host stalled for 60 ms of it" in result.reason
    assert judged(late(600), [stall(2700, 30)]).verdict is Verdict.VIOLATED


@pytest.mark.parametrize("error", ["sip 503", "sip 408", "no such name"])
@pytest.mark.parametrize("check", [CHECK, FOREVER], ids=["finite", "infinite"])
def test_call_that_is_refused_violates(check: SetUpWithin, error: str) -> None:
    result = check.judge(met(lost(error, 5)))

    assert result.verdict is Verdict.VIOLATED
    assert f"the call at t=2.500 s failed: {error}" in result.reason


def test_call_that_nobody_answers_violates() -> None:
    result = judged(lost())

    assert result.verdict is Verdict.VIOLATED
    assert result.measured == 3.941
    assert "the call at t=2.500 s was not answered in 4.001 s" in result.reason
    assert judged(lost("not ended when the probe ended", 2000, outcome="unknown")).verdict is Verdict.VIOLATED


@pytest.mark.parametrize("after_ms", [550.0, 100.0])
def test_call_that_was_given_up_before_the_norm_had_passed_is_unknown(after_ms: float) -> None:
    assert judged(lost(after_ms=after_ms)).verdict is Verdict.UNKNOWN


def test_call_that_was_just_begun_when_the_probe_ended_says_nothing() -> None:
    ended = "not ended when the probe ended"

    assert judged(lost(ended, 90, outcome="unknown")).verdict is Verdict.HOLDS
    assert judged(lost(ended, 400, outcome="unknown")).verdict is Verdict.UNKNOWN


def test_patience_that_a_stall_used_up_proves_nothing() -> None:
    assert judged(lost(after_ms=900), [stall(3300, 700)]).verdict is Verdict.UNKNOWN
    assert judged(lost("sip 408", 800), [stall(3300, 790)]).verdict is Verdict.UNKNOWN
    assert judged(lost("sip 503", 800), [stall(3300, 790)]).verdict is Verdict.VIOLATED


def test_what_a_further_fault_may_explain_is_unknown() -> None:
    both = [*LOSS, *NEXT]

    assert CHECK.judge(met(late(600, 2990), faults=both)).verdict is Verdict.UNKNOWN
    assert CHECK.judge(met(lost("sip 503", 300, 2900), faults=both)).verdict is Verdict.UNKNOWN
    assert CHECK.judge(met(late(950, 2100), faults=both)).verdict is Verdict.VIOLATED


def test_usual_is_what_was_so_before_any_fault() -> None:
    """Calls that were late by a former fault do not make lateness usual."""
    former = fault("freeze", "tel2", began_ms=1000, healed_ms=1200)
    slow = [line for number in range(40) for line in late(600, 1100 + number, 8000 + number)]

    assert CHECK.judge(met(former, slow, late(600))).verdict is Verdict.VIOLATED


def test_endless_norm_wants_an_answer_only() -> None:
    assert FOREVER.judge(met(late(1900))).verdict is Verdict.HOLDS
    assert FOREVER.judge(met(late(1900))).norm == "none"
    assert FOREVER.judge(met(lost())).verdict is Verdict.VIOLATED
    pending = lost("not ended when the probe ended", 3000, outcome="unknown")
    assert FOREVER.judge(met(pending)).verdict is Verdict.UNKNOWN


def test_endless_norm_that_only_healing_ended_is_unknown() -> None:
    result = FOREVER.judge(met(late(2600)))

    assert result.verdict is Verdict.UNKNOWN
    assert "once the healing had begun" in result.reason


@pytest.mark.parametrize(
    "record",
    [
        history(),
        history(calls(UNTIL_MS)),
        history(calls(UNTIL_MS), fault("power loss", "tel1", began_ms=BEGAN_MS, took_hold=False)),
        history(calls(UNTIL_MS, from_ms=1900), LOSS),
        history(calls(2300), LOSS),
        met(call(9000, 2500, held_ms=None)),
    ],
    ids=["empty", "no fault", "no hold", "few before", "few after", "never ended"],
)
def test_set_up_without_evidence_is_unknown(record: History) -> None:
    assert CHECK.judge(record).verdict is Verdict.UNKNOWN


def test_few_calls_are_enough_for_a_violation() -> None:
    assert CHECK.judge(history(calls(2300), lost(), LOSS)).verdict is Verdict.VIOLATED


@pytest.mark.parametrize("check", [CHECK, FOREVER], ids=["finite", "infinite"])
def test_check_survives_being_stored(check: SetUpWithin) -> None:
    assert restored(check.stored()) == check
