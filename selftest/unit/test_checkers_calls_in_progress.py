"""OtherCallsContinue: who was talking when a node failed."""

import pytest

from conformance.checkers.calls_in_progress import OtherCallsContinue
from conformance.checkers.check import Check, restored
from conformance.history import History, Line
from conformance.verdict import Verdict
from selftest.unit.crafted import at, fault, history, stall
from selftest.unit.crafted_calls import call, call_id, rtp

POWER_LOSS = fault("power loss", "tel1", began_ms=1000)
CHECK = OtherCallsContinue(probes=("calls",), fault="power loss of tel1", failed=("tel1",))


def running(*others: list[Line]) -> History:
    """Return calls in progress at 1 s: 3 on tel1, of which two died, 2 on tel2, and *others*."""
    lines = [
        *call(0, 0, outcome="failed", error="media lost", media=rtp(lost=40)),
        *call(1, 100, outcome="failed", error="dropped"),
        *call(2, 200),
        *call(3, 300, server="tel2"),
        *call(4, 400, server="tel2"),
        *call(5, 0, server="tel2", held_ms=500, media=rtp(500, lost=7)),  # over before
        *call(6, 1500, server="tel2", media=rtp(lost=7)),  # begun later
    ]
    return history(lines, *others, POWER_LOSS)


def test_calls_on_the_failed_node_are_told_and_the_others_went_on() -> None:
    result = CHECK.judge(running())

    assert result.verdict is Verdict.HOLDS
    assert result.reason == (
        "2 calls in progress on other nodes when power loss of tel1 began kept their media, 0 packets lost;"
        " of 3 calls on tel1: 1 x media lost, 1 x dropped, 1 x ended well"
    )


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (call(9, 500, server="tel2", media=rtp(lost=1)), "lost 1 packet"),
        (call(9, 500, server="tel2", outcome="failed", error="dropped"), "answered by tel2 failed: dropped"),
        (call(9, 500, server="tel2", outcome="failed", error="media lost"), "failed: media lost"),
    ],
)
def test_call_on_another_node_that_suffers_violates(bad: list[Line], reason: str) -> None:
    result = CHECK.judge(running(bad))

    assert result.verdict is Verdict.VIOLATED
    assert reason in result.reason


def test_silence_is_told_with_its_time() -> None:
    silent: Line = {"t": "media", "at_ns": at(1100), "call": call_id("calls", 9), "state": "silent"}
    result = CHECK.judge(running(call(9, 500, server="tel2", media=rtp(lost=5)), [silent]))

    assert "lost 5 packets (silent from t=1.100 s)" in result.reason


def test_packets_that_a_stall_may_have_cost_prove_nothing() -> None:
    bad = call(9, 500, server="tel2", media=rtp(lost=2))

    assert CHECK.judge(running(bad, [stall(1050, 40)])).verdict is Verdict.UNKNOWN
    assert CHECK.judge(running(bad, [stall(1050, 15)])).verdict is Verdict.VIOLATED


def test_calls_by_a_lost_proxy_keep_their_media_though_they_cannot_be_ended() -> None:
    without_end = call(9, 500, server="tel2", outcome="unknown")
    check = OtherCallsContinue(probes=("calls",), fault="power loss of pbx1", must_end_well=False)
    record = history(without_end, call(8, 400), fault("power loss", "pbx1", began_ms=1000))

    assert check.judge(record).verdict is Verdict.HOLDS
    strict = check.model_copy(update={"must_end_well": True})
    assert strict.judge(record).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    "record",
    [
        history(),
        history(call(3, 300, server="tel2")),
        history(call(0, 0), POWER_LOSS),
        running(call(9, 500, server=None)),
        running(call(9, 500, server="tel2", media={})),
        history(call(3, 300, server="tel2"), fault("power loss", "tel1", began_ms=1000, took_hold=False)),
    ],
    ids=["empty", "no fault", "nobody else", "nameless", "no figures", "no hold"],
)
def test_calls_in_progress_without_evidence_are_unknown(record: History) -> None:
    assert CHECK.judge(record).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("check", [CHECK], ids=lambda check: type(check).__name__)
def test_check_survives_being_stored(check: Check) -> None:
    assert restored(check.stored()) == check
