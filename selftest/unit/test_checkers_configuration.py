"""The configuration alone can break a promise."""

import math

from conformance.checkers.check import restored
from conformance.checkers.configuration import ComputedNormWithinDocumented, PreemptionAsDocumented
from conformance.verdict import Verdict
from selftest.unit.lines import history


def within(norm_s: float, documented_s: float | None) -> ComputedNormWithinDocumented:
    return ComputedNormWithinDocumented(
        what="takeover of the virtual IP", norm_s=norm_s, documented_s=documented_s, formula="3 x advert_int"
    )


def test_a_norm_within_the_documented_figure() -> None:
    """Both numbers are in the result, and where they come from."""
    result = within(0.44, 0.5).judge(history())
    assert result.verdict is Verdict.HOLDS
    assert (result.measured, result.norm, result.unit, result.formula) == (0.44, 0.5, "s", "3 x advert_int")


def test_adverts_ten_times_too_rare() -> None:
    """The figure that the documentation gives is not kept."""
    result = within(3.7, 0.5).judge(history())
    assert result.verdict is Verdict.VIOLATED
    assert result.reason == (
        "takeover of the virtual IP takes up to 3.7 s as configured, documented are 0.5 s"
    )


def test_what_never_happens() -> None:
    """It violates with and without a documented figure, and survives storage."""
    check = within(math.inf, None)
    assert check.judge(history()).verdict is Verdict.VIOLATED
    assert within(math.inf, 0.5).judge(history()).measured == "never"
    assert restored(check.stored()) == check


def test_without_a_documented_figure() -> None:
    """There is nothing to hold the norm against."""
    assert within(0.44, None).judge(history()).verdict is Verdict.UNKNOWN


def test_preemption_as_documented() -> None:
    """Each candidate is looked at; no candidate is UNKNOWN."""
    keeping = PreemptionAsDocumented(documented=False, configured={"lb1": False, "lb2": False})
    assert keeping.judge(history()).verdict is Verdict.HOLDS
    taking = PreemptionAsDocumented(documented=False, configured={"lb1": True, "lb2": False})
    assert taking.judge(history()).reason == (
        "lb1 takes the virtual IP back when it returns, "
        "documented is that it leaves the virtual IP where it is"
    )
    assert PreemptionAsDocumented(documented=False, configured={}).judge(history()).verdict is Verdict.UNKNOWN
