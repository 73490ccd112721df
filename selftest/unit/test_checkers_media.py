"""MediaGapWithin, SpeechBothWays and MediaFlowsDirectly."""

from typing import Any

import pytest

from conformance.checkers.check import Check, restored
from conformance.checkers.media_gap import MediaGapWithin
from conformance.checkers.media_path import MediaFlowsDirectly
from conformance.checkers.speech import SpeechBothWays
from conformance.history import History, Line
from conformance.verdict import Verdict
from selftest.unit.crafted import fault, history, stall
from selftest.unit.crafted_calls import ADDRESSES, call, calls, came_in, rtp, seen

FREEZE = fault("freeze", "sp1", began_ms=1000)
GAP = MediaGapWithin(probes=("calls",), limit_ms=60, formula="3 x 20 ms")
DURING = GAP.model_copy(update={"fault": "freeze of sp1", "failed": ("tel2",)})


def gap(longest_gap_ms: float, *, server: str = "tel1", start_ms: float = 500) -> list[Line]:
    return call(900, start_ms, server=server, media=rtp(longest_gap_ms=longest_gap_ms))


def test_short_gaps_hold() -> None:
    result = GAP.judge(history(calls(500), gap(59.5)))

    assert result.verdict is Verdict.HOLDS
    assert (result.measured, result.norm, result.unit) == (0.0595, 0.06, "s")


def test_long_gap_violates_and_names_its_call() -> None:
    result = GAP.judge(history(calls(500), gap(150)))

    assert result.verdict is Verdict.VIOLATED
    assert "the longest gap was 0.150 s, allowed 0.06 s; in the call of calls at t=0.500 s" in result.reason


def test_media_that_never_came_back_violates() -> None:
    lost = call(900, 500, outcome="failed", error="media lost", media=rtp(longest_gap_ms=30))
    result = GAP.judge(history(calls(500), lost))

    assert result.verdict is Verdict.VIOLATED
    assert "did not get it back (1 of 21 calls)" in result.reason


def test_gap_that_a_stall_may_explain_is_unknown() -> None:
    assert GAP.judge(history(calls(100), gap(150), stall(1200, 100))).verdict is Verdict.UNKNOWN
    assert GAP.judge(history(calls(100), gap(150), stall(1200, 20))).verdict is Verdict.VIOLATED


def test_gap_that_the_other_side_explains_by_its_own_stall_is_unknown() -> None:
    def spoken_late(late_ms: int) -> list[Line]:
        told = rtp(longest_gap_ms=230, heard=100)
        return call(900, 500, media={**told, "heard": {**told["heard"], "late_ms": late_ms}})

    assert GAP.judge(history(calls(500), spoken_late(200))).verdict is Verdict.UNKNOWN
    assert GAP.judge(history(calls(500), spoken_late(150))).verdict is Verdict.VIOLATED
    assert "stalled for 0.200 s" in GAP.judge(history(calls(500), spoken_late(200))).reason


def test_with_a_fault_only_calls_in_progress_on_other_nodes_are_judged() -> None:
    assert DURING.judge(history(gap(20), FREEZE)).verdict is Verdict.HOLDS
    assert DURING.judge(history(gap(150), FREEZE)).verdict is Verdict.VIOLATED
    elsewhere = history(gap(150, server="tel2"), call(1, 100), call(2, 1500, media=rtp(longest_gap_ms=150)))
    assert DURING.judge(history(elsewhere.lines, FREEZE)).verdict is Verdict.HOLDS


@pytest.mark.parametrize(
    ("check", "record"),
    [
        (GAP, history()),
        (GAP, history(call(900, 500, media={}))),
        (GAP.model_copy(update={"probes": ()}), history(gap(20))),
        (DURING, history(gap(20))),
        (DURING, history(gap(20, start_ms=1200), FREEZE)),
        (DURING, history(gap(20, server="tel2"), FREEZE)),
    ],
    ids=["empty", "no figures", "no probe", "no fault", "begun later", "on the failed node"],
)
def test_gaps_without_evidence_are_unknown(check: MediaGapWithin, record: History) -> None:
    assert check.judge(record).verdict is Verdict.UNKNOWN


SPEECH = SpeechBothWays(probes=("calls",))
HEARD = [seen("rtp-at-server", 900, "tel1", {"packets": 2000})]


def test_speech_both_ways_holds() -> None:
    result = SPEECH.judge(history(calls(500, servers=["tel1"]), HEARD))

    assert result.verdict is Verdict.HOLDS
    assert result.reason == "20 calls: packets at the phone 2000, at tel1 2000"


@pytest.mark.parametrize(
    ("media", "heard", "reason"),
    [
        (rtp(received=0), 2000, "the phone received no packet"),
        (rtp(received=50), 2000, "the phone received only 50 packets of 100"),
        (rtp(sent=0), 2000, "the phone sent no packet"),
        (rtp(heard=0), 2000, "the other side heard only 0 packets of 100"),
        (rtp(), 0, "tel1 was talked to, but no packet of the phone arrived there"),
    ],
)
def test_speech_one_way_violates(media: dict[str, Any], heard: int, reason: str) -> None:
    lines = [*call(900, 500, media=media), seen("rtp-at-server", 900, "tel1", {"packets": heard})]
    result = SPEECH.judge(history(lines))

    assert result.verdict is Verdict.VIOLATED
    assert reason in result.reason


def test_packets_missing_because_of_a_stall_are_no_violation() -> None:
    few = call(900, 500, media=rtp(received=80))

    assert SPEECH.judge(history(few, HEARD)).verdict is Verdict.VIOLATED
    assert SPEECH.judge(history(few, HEARD, stall(1500, 300))).verdict is Verdict.HOLDS


def test_calls_that_came_in_are_judged_where_asked_for() -> None:
    check = SPEECH.model_copy(update={"back": True})
    good = history(call(900, 500), HEARD, came_in(0, 800, media=rtp()))
    mute = history(call(900, 500), HEARD, came_in(0, 800, media=rtp(received=0)))

    assert check.judge(good).verdict is Verdict.HOLDS
    assert check.judge(mute).verdict is Verdict.VIOLATED
    assert "in the call from tel1 that came in at t=0.300 s" in check.judge(mute).reason
    assert check.judge(history(call(900, 500), HEARD, came_in(0, 800))).verdict is Verdict.UNKNOWN
    assert check.judge(history(call(900, 500), HEARD)).verdict is Verdict.UNKNOWN
    dropped = check.judge(history(call(900, 500), HEARD, came_in(0, 800, media=rtp(), error="dropped")))
    assert "the call from tel1 that came in at t=0.300 s failed: dropped" in dropped.reason


def test_what_the_other_side_says_it_heard_needs_no_counting() -> None:
    result = SPEECH.judge(history(call(900, 500, server=None, media=rtp(heard=97))))

    assert result.verdict is Verdict.HOLDS


@pytest.mark.parametrize(
    "record",
    [history(), history(call(900, 500)), history(call(900, 500, server=None), HEARD), history(HEARD)],
    ids=["empty", "nobody counted", "nameless", "no call"],
)
def test_speech_without_evidence_is_unknown(record: History) -> None:
    assert SPEECH.judge(record).verdict is Verdict.UNKNOWN


DIRECT = MediaFlowsDirectly(probes=("calls",), proxies=("sp1", "sp2"), addresses=ADDRESSES)


def crossed(packets: int = 0, *, sip_packets: int = 30) -> list[Line]:
    return [
        seen("rtp-at-proxy", 900, "sp1", {"packets": packets, "sip_packets": sip_packets}),
        seen("rtp-at-proxy", 900, "sp2", {"packets": 0, "sip_packets": 0}),
    ]


def test_media_past_the_proxies_holds() -> None:
    result = DIRECT.judge(history(calls(500), crossed()))

    assert result.verdict is Verdict.HOLDS
    assert result.reason == "2000 packets of 20 calls came from who answered, none crossed sp1 or sp2"
    assert result.measured == 0


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (history(calls(500), crossed(40)), "40 RTP packets crossed sp1"),
        (
            history(call(900, 500, media=rtp(sources=["198.18.3.81", "198.18.3.71"])), crossed()),
            "packets came from 198.18.3.71, not from 198.18.3.81",
        ),
        (
            history(call(900, 500, server="tel2", media=rtp()), crossed()),
            "packets came from 198.18.3.81, not from 198.18.3.82",
        ),
    ],
)
def test_media_by_a_proxy_violates(record: History, reason: str) -> None:
    result = DIRECT.judge(record)

    assert result.verdict is Verdict.VIOLATED
    assert reason in result.reason


def test_server_that_is_known_by_its_address_alone_is_known() -> None:
    by_address = history(call(900, 500, server="198.18.3.82", media=rtp(server="tel2")), crossed())

    assert DIRECT.judge(by_address).verdict is Verdict.HOLDS


@pytest.mark.parametrize(
    "record",
    [
        history(),
        history(calls(500)),
        history(crossed()),
        history(calls(500), crossed()[:1]),
        history(calls(500), crossed(sip_packets=0)),
        history(call(900, 500, server=None, media=rtp()), crossed()),
    ],
    ids=["empty", "nobody counted", "no call", "one proxy", "no counter-proof", "nameless"],
)
def test_media_path_without_evidence_is_unknown(record: History) -> None:
    assert DIRECT.judge(record).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("check", [GAP, DURING, SPEECH, DIRECT], ids=lambda check: type(check).__name__)
def test_check_survives_being_stored(check: Check) -> None:
    assert restored(check.stored()) == check
