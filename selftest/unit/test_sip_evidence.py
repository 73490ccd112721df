"""Calls as evidence of service: a set-up counts from its answer, whatever becomes of the call."""

import math
from collections.abc import Sequence

import pytest

from conformance.checkers.check import Check, restored
from conformance.checkers.distribution import NothingSentTo, SharesWithinBound
from conformance.checkers.new_calls import GetsCallsAgain
from conformance.checkers.outage import NoOutage, OutageWithin
from conformance.history import NO_ANSWER, History, Line, Outcome
from conformance.verdict import Verdict
from selftest.unit.crafted import MS, at, fault, history, stall
from selftest.unit.crafted_calls import HELD_MS, RING_MS, call, calls, registering, seen

EVERY_MS = 20.0
BEGAN_MS = 2000.0
FAILOVER_MS = 500.0
"""The PBX tries the next server after so long."""
FAULT = "power loss of tel1"
LOSS = fault("power loss", "tel1", began_ms=BEGAN_MS)


def test_set_up_ends_with_the_answer_whatever_becomes_of_the_call() -> None:
    lines = [
        *call(0, 0),
        *call(1, 10, outcome="failed", error="dropped"),
        *call(2, 20, outcome="unknown"),
    ]
    found = history(lines).operations("calls")

    assert [o.outcome for o in found] == [Outcome.OK] * 3
    assert [o.error for o in found] == [None] * 3
    assert [o.completed_ns for o in found] == [at(RING_MS), at(10 + RING_MS), at(20 + RING_MS)]
    assert [o.server for o in found] == ["tel1"] * 3


def test_call_that_was_not_answered_ends_as_it_is_recorded() -> None:
    lines = [
        *call(0, 0, ring_ms=None, held_ms=500, outcome="failed", error="sip 503"),
        *call(1, 10, ring_ms=None, held_ms=500, outcome="unknown"),
        *call(2, 20, held_ms=None),
    ]
    refused, cut_off, endless = history(lines).operations("calls")

    assert (refused.outcome, refused.error, refused.completed_ns) == (Outcome.FAILED, "sip 503", at(501))
    assert (cut_off.outcome, cut_off.error, cut_off.completed_ns) == (Outcome.UNKNOWN, NO_ANSWER, at(511))
    assert (endless.outcome, endless.error, endless.completed_ns) == (Outcome.UNKNOWN, "never ended", None)


def dialled(
    *,
    until_ms: float = 6000,
    gone: tuple[float, float] = (BEGAN_MS, 1e9),
    dealt_until_ms: float = BEGAN_MS + 800,
    saved: bool = True,
) -> list[Line]:
    """Return calls dealt to tel1 and tel2 in turn; tel1 is gone for a while, and dealt calls until later.

    *saved*: the PBX gives a call that tel1 does not answer to tel2; otherwise it fails.
    """
    lines: list[Line] = []
    for number in range(int(until_ms / EVERY_MS)):
        start_ms = number * EVERY_MS
        answered_ms = start_ms + RING_MS
        is_dealt = number % 2 == 0 and not dealt_until_ms <= start_ms < gone[1]
        lost = is_dealt and gone[0] <= answered_ms and start_ms < gone[1]
        if not lost:
            lines += call(number, start_ms, server="tel1" if is_dealt else "tel2")
        elif saved:
            lines += call(number, start_ms, server="tel2", ring_ms=FAILOVER_MS + RING_MS)
        else:
            lines += call(number, start_ms, server=None, ring_ms=None, held_ms=FAILOVER_MS,
                          outcome="failed", error="sip 408")  # fmt: skip
    return lines


def within(norm_s: float) -> OutageWithin:
    return OutageWithin(probe="calls", fault=FAULT, norm_s=norm_s, formula="fr_timer + ping interval")


def test_calls_that_the_pbx_saves_are_no_outage() -> None:
    result = within(0.7).judge(history(dialled(), LOSS))

    assert result.verdict is Verdict.HOLDS
    assert isinstance(result.measured, float)


def test_outage_of_call_set_up_is_measured_although_calls_last_longer() -> None:
    record = history(dialled(saved=False), LOSS)
    result = within(1.0).judge(record)

    assert HELD_MS > 1000
    assert result.verdict is Verdict.HOLDS
    assert within(0.5).judge(record).verdict is Verdict.VIOLATED
    assert "sip 408" in result.reason
    assert isinstance(result.measured, float)
    assert 0.8 < result.measured < 1.0


def test_every_call_refused_makes_one_window_of_known_length() -> None:
    lines: list[Line] = []
    for number in range(300):
        start_ms = number * EVERY_MS
        if BEGAN_MS - RING_MS <= start_ms < BEGAN_MS + 900:
            refused_ms = max(0.0, BEGAN_MS - start_ms) + 3
            lines += call(number, start_ms, server=None, ring_ms=None, held_ms=refused_ms,
                          outcome="failed", error="sip 503")  # fmt: skip
        else:
            lines += call(number, start_ms)
    result = within(1.1).judge(history(lines, LOSS))

    assert result.verdict is Verdict.HOLDS
    (outage,) = result.outages
    assert outage.upper_s is not None
    assert outage.lower_s <= 0.9 <= outage.upper_s
    assert outage.upper_s - outage.lower_s < (2 * EVERY_MS + 3 * RING_MS) / 1000


def test_calls_cut_off_by_the_end_of_the_probe_prove_nothing_unless_they_were_late() -> None:
    short = [line for n in range(900, 903) for line in call(
        n, 3900 + n % 900, ring_ms=None, held_ms=40, outcome="unknown", server=None)]  # fmt: skip
    late = call(903, 3000, ring_ms=None, held_ms=900, outcome="unknown", server=None)
    good = calls(3900, every_ms=EVERY_MS)

    assert within(0.3).judge(history(good, short, LOSS)).verdict is Verdict.HOLDS
    result = within(0.3).judge(history(good, late, LOSS))
    assert NO_ANSWER in result.reason


def test_deadline_that_passed_while_the_host_stalled_proves_nothing() -> None:
    expired = call(900, 3000, ring_ms=None, held_ms=500, outcome="failed", error=NO_ANSWER, server=None)
    good = calls(5000, every_ms=EVERY_MS)

    assert "no answer" in within(0.3).judge(history(good, expired, LOSS)).reason
    quiet = within(0.3).judge(history(good, expired, stall(3480, 470), LOSS))
    assert "no answer" not in quiet.reason


def test_registrations_have_outages_like_calls() -> None:
    check = OutageWithin(probe="registers", fault=FAULT, norm_s=1.0, formula="takeover")
    lines = [
        line
        for n in range(200)
        for line in registering(
            n,
            n * 25.0,
            **({"status": None, "took_ms": 500.0} if 2000 <= n * 25.0 < 2600 else {}),  # type: ignore[arg-type]
        )
    ]

    result = check.judge(history(lines, LOSS))
    assert result.verdict is Verdict.HOLDS
    assert isinstance(result.measured, float)
    assert 0.55 < result.measured < 0.75


def nothing(norm_s: float) -> NothingSentTo:
    return NothingSentTo(probe="calls", server="tel1", fault=FAULT, norm_s=norm_s, formula="probing")


@pytest.mark.parametrize("saved", [True, False])
def test_dead_server_gets_no_new_calls_after_the_norm(*, saved: bool) -> None:
    record = history(dialled(saved=saved), LOSS)
    result = nothing(1.5).judge(record)

    assert result.verdict is Verdict.HOLDS
    assert isinstance(result.measured, float)
    assert 0.75 < result.measured < 0.9
    assert nothing(0.5).judge(record).verdict is Verdict.VIOLATED


def returned(dealt_from_ms: float, until_ms: float = 6000) -> History:
    """Return a record in which tel1 is away from 2 s to 4 s, and gets calls again from *dealt_from_ms* on."""
    lines = dialled(until_ms=2000)
    lines += calls(dealt_from_ms, servers=["tel2"], from_ms=2000, every_ms=EVERY_MS, first=1000)
    lines += calls(until_ms, servers=["tel1", "tel2"], from_ms=dealt_from_ms, every_ms=EVERY_MS, first=2000)
    return history(lines, fault("power loss", "tel1", began_ms=BEGAN_MS, healed_ms=4000))


AGAIN = GetsCallsAgain(probe="calls", server="tel1", fault=FAULT, norm_s=1.0, formula="ping interval 1 s")


def test_returned_server_that_gets_calls_within_the_norm_holds() -> None:
    result = AGAIN.judge(returned(4500))

    assert result.verdict is Verdict.HOLDS
    assert "tel1 answered a call 0.495 to 0.560 s after power loss of tel1 was healed" in result.reason


def test_returned_server_that_gets_calls_late_or_never_violates() -> None:
    late = AGAIN.judge(returned(5600))
    assert late.verdict is Verdict.VIOLATED
    assert "allowed 1 s; 29 calls went to others after that" in late.reason
    never = AGAIN.judge(returned(6000))
    assert never.verdict is Verdict.VIOLATED
    assert "answered no call in 1.97" in never.reason


def test_a_call_that_rings_was_given_to_its_server_already() -> None:
    """Ready at 5.0 s, first call at 5.96 s, which is answered after the norm, but rang before."""
    record = history(returned(5960).lines, ready(5000))
    rang = [
        {**line, "ringing_ns": line["answered_ns"] - 50_000_000} if "answered_ns" in line else line
        for line in record.lines
    ]

    assert AGAIN.judge(record).verdict is Verdict.UNKNOWN
    assert AGAIN.judge(history(rang)).verdict is Verdict.HOLDS


def ready(at_ms: float, node: str = "tel1") -> Line:
    return seen("ready", at_ms, node, None)


def test_norm_counts_from_when_the_server_is_ready() -> None:
    result = AGAIN.judge(history(returned(5600).lines, ready(5000)))

    assert result.verdict is Verdict.HOLDS
    assert (
        "tel1 answered a call 0.600 to 0.660 s after it was ready after power loss of tel1" in result.reason
    )
    late = AGAIN.judge(history(returned(6500, until_ms=7500).lines, ready(5000)))
    assert late.verdict is Verdict.VIOLATED
    assert late.measured == 1.56
    never = AGAIN.judge(history(returned(7500, until_ms=7500).lines, ready(5000)))
    assert never.verdict is Verdict.VIOLATED


def test_call_that_a_server_answers_before_it_is_seen_to_be_ready_is_in_time() -> None:
    result = AGAIN.judge(history(returned(4500).lines, ready(5000)))

    assert (result.verdict, result.measured) == (Verdict.HOLDS, 0.0)


@pytest.mark.parametrize(
    "lines",
    [[ready(1000)], [ready(5000, "tel2")], [ready(6700), *fault("freeze", "tel2", began_ms=6600)]],
    ids=["before the fault", "another", "after a further fault"],
)
def test_readiness_at_another_time_or_elsewhere_moves_nothing(lines: Sequence[Line]) -> None:
    assert AGAIN.judge(history(returned(5600, until_ms=6550).lines, lines)).verdict is Verdict.VIOLATED


def test_last_of_several_looks_counts() -> None:
    record = history(returned(6400, until_ms=7000).lines, ready(4100), ready(5600))

    assert AGAIN.judge(record).verdict is Verdict.HOLDS


def test_endless_norm_is_broken_only_by_a_server_that_gets_no_call() -> None:
    endless = AGAIN.model_copy(update={"norm_s": math.inf})

    assert endless.judge(returned(5600)).verdict is Verdict.HOLDS
    assert endless.judge(returned(6000)).verdict is Verdict.VIOLATED


def test_shares_before_and_after_a_fault_count_answered_calls() -> None:
    even = SharesWithinBound(probe="calls", weights={"tel1": 1, "tel2": 1})

    assert even.judge(history(calls(2000))).verdict is Verdict.HOLDS
    assert even.judge(history(calls(2000, servers=["tel1"]))).verdict is Verdict.VIOLATED
    back = even.model_copy(update={"fault": FAULT, "within_s": 1.0})
    assert back.judge(returned(4500)).verdict is Verdict.HOLDS
    assert back.judge(returned(6500)).verdict is Verdict.VIOLATED


@pytest.mark.parametrize(
    "lines",
    [
        [],
        calls(6000),
        [*calls(6000), *LOSS],
        list(returned(5100, until_ms=5200).lines),
        [*calls(3000), *fault("power loss", "tel1", began_ms=BEGAN_MS, healed_ms=4000)],
    ],
    ids=["empty", "no fault", "never healed", "few", "no call after"],
)
def test_return_without_evidence_is_unknown(lines: Sequence[Line]) -> None:
    assert AGAIN.judge(history(lines)).verdict is Verdict.UNKNOWN


def test_return_that_costs_no_call_is_no_outage() -> None:
    check = NoOutage(probe="calls", fault=FAULT)

    assert check.judge(returned(4500)).verdict is Verdict.HOLDS
    failed = call(9000, 4600, ring_ms=None, held_ms=5, outcome="failed", error="sip 503")
    assert check.judge(history(returned(4500).lines, failed)).verdict is Verdict.VIOLATED


def test_stamps_of_answers_are_nanoseconds() -> None:
    (found,) = history(call(0, 0)).operations("calls")

    assert (found.completed_ns or 0) - found.invoked_ns == round(RING_MS * MS)


@pytest.mark.parametrize("check", [AGAIN], ids=lambda check: type(check).__name__)
def test_check_survives_being_stored(check: Check) -> None:
    assert restored(check.stored()) == check
