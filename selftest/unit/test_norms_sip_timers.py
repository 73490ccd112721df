"""What a client of SIP over UDP can expect follows from the timers of RFC 3261."""

import pytest

from conformance.norms.norm import Norm, Term
from conformance.norms.sip_timers import SipTimers, answered_after


def gap(seconds: float) -> Norm:
    return Norm.sum_of([Term(seconds, f"takeover {seconds:g} s")])


def test_when_requests_are_repeated() -> None:
    """INVITE doubles its pause for ever, everything else up to T2; both end after 64 x T1."""
    timers = SipTimers()
    assert (timers.timer_b_s, timers.timer_f_s) == (32.0, 32.0)
    assert timers.sent_at_s("INVITE") == (0.0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5)
    assert timers.sent_at_s("other") == (0.0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5)


@pytest.mark.parametrize(
    ("gap_s", "early_by_s", "late_by_s"),
    [
        (0.0, 0.0, 0.0),
        (0.44, 0.0, 0.5),
        (0.44, 0.0625, 1.5),
        (0.5, 0.0, 0.5),
        (0.51, 0.0, 1.5),
        (8.0, 0.0, 15.5),
    ],
)
def test_a_call_that_meets_a_gap_is_answered_at_its_next_repetition(
    gap_s: float, early_by_s: float, late_by_s: float
) -> None:
    """A repetition that may come too early does not count."""
    assert answered_after(gap(gap_s), "INVITE", SipTimers(early_by_s=early_by_s)).seconds == late_by_s


def test_a_repetition_that_may_come_late_is_waited_for() -> None:
    """Where none is needed there is nothing to be late."""
    ticking = SipTimers(late_by_s=0.0625)

    assert answered_after(gap(0.4), "INVITE", ticking).seconds == 0.5625
    assert answered_after(gap(0.4), "INVITE", ticking).formula.endswith(
        ": 0.5 s + a tick of 0.0625 s = 0.5625 s"
    )
    assert answered_after(gap(0.0), "INVITE", ticking).seconds == 0.0


def test_formula() -> None:
    """It carries that of the gap."""
    assert answered_after(gap(0.4), "other").formula == (
        "first repetition (T1 0.5 s) after takeover 0.4 s = 0.4 s: 0.5 s"
    )


def test_a_gap_that_is_too_long() -> None:
    """The client gives up; an endless gap stays endless."""
    norm = answered_after(gap(4.0), "INVITE", SipTimers(gives_up_after_s=2.0))
    assert norm.formula == "the client gives up after 2 s, and the gap may last takeover 4 s = 4 s"
    endless = Norm.never("nobody takes over")
    assert answered_after(endless, "INVITE") == endless
