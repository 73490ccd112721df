"""The real phone against the real telephony stand-in on loopback: what it records, and how it ends."""

import dataclasses
import itertools
import json
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.history import History, Line
from conformance.probes.recorder import DATAGRAMS, Recorder
from conformance.probes.running import running
from conformance.probes.sip import CallProbe, RegisterProbe
from selftest.loopback.registrar import Registrar, registrar
from selftest.loopback.telephony import ADDRESS, HasHere, telephony
from topologies.waiting import wait_until

PHONE = "127.0.81.10"
EXCHANGE = "127.0.81.2"
CALLS = CallProbe(
    name="calls",
    targets=(ADDRESS,),
    address=PHONE,
    rate=10,
    hold_s=0.4,
    back_hold_s=0.2,
    ring_ms=10,
    answer_within_ms=400,
    end_within_ms=400,
    media_lost_ms=300,
    ready_after=2,
)
REGISTER = RegisterProbe(name="reg", targets=(EXCHANGE,), address=PHONE, interval_ms=50, password="right")  # noqa: S106


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    with Recorder(tmp_path / "history.jsonl") as recorder:
        yield recorder


@pytest.fixture
def exchange() -> Iterator[Registrar]:
    with registrar(EXCHANGE, "right", grants_s=2) as one:
        yield one


def watched(
    probe: CallProbe | RegisterProbe, recorder: Recorder, *, seconds: float = 1.0, served: bool = True
) -> History:
    with running([probe], HasHere(), recorder, need_service=served) as at_work:
        at_work.watch(seconds)
    return recorder.history()


def ends(history: History) -> list[Line]:
    """Return how each operation ended; each did, once, and the phone had no trouble of its own."""
    begun = [line["op"] for line in history.of_kind("invoke")]
    ended = [line for line in history.lines if line["t"] in {"ok", "failed", "unknown"}]
    assert sorted(line["op"] for line in ended) == begun
    (cost,) = [line["value"] for line in history.of_kind("observed") if line["what"] == "probe cost"]
    assert cost["troubles"] == 0
    return ended


def words(history: History) -> Counter[tuple[str, str | None]]:
    return Counter((line["t"], line.get("error")) for line in ends(history))


def test_a_call_is_set_up_held_and_ended_with_speech_both_ways(tmp_path: Path, recorder: Recorder) -> None:
    with telephony(tmp_path):
        history = watched(CALLS, recorder)
    calls = ends(history)

    assert words(history).keys() == {("ok", None)}
    assert len({line["call"] for line in calls}) == len(calls)
    for line in calls:
        assert (line["server"], line["status"], line["ended_by"]) == ("tel1", 200, "us")
        assert line["ringing_ns"] < line["answered_ns"] < line["ended_ns"] <= line["at_ns"]
    whole = [line for line in calls if not line["cut_short"]]
    assert len(whole) >= 8
    for line in whole:
        rtp: dict[str, Any] = line["rtp"]
        assert (line["ended_ns"] - line["answered_ns"]) / 1e9 == pytest.approx(0.4, abs=0.1)
        assert rtp["from"] == [rtp["to"]] == [ADDRESS]
        assert (rtp["lost"], rtp["duplicate"], rtp["heard"]["lost"]) == (0, 0, 0)
        assert min(rtp["received"], rtp["heard"]["received"]) >= 15


def test_server_ends_calls_when_it_is_asked_to_and_says_what_it_heard(
    tmp_path: Path, recorder: Recorder
) -> None:
    with telephony(tmp_path):
        calls = ends(watched(dataclasses.replace(CALLS, ended_by="them"), recorder))

    assert {(line["t"], line["ended_by"], line["cut_short"]) for line in calls} == {("ok", "them", False)}
    for line in calls:
        assert (line["ended_ns"] - line["answered_ns"]) / 1e9 == pytest.approx(0.4, abs=0.1)
        assert line["rtp"]["heard"]["received"] >= 15


def test_calls_begin_at_their_pace_and_no_more_than_are_allowed_are_up(
    tmp_path: Path, recorder: Recorder
) -> None:
    with telephony(tmp_path):
        history = watched(
            dataclasses.replace(CALLS, rate=50, hold_s=60, max_calls=5, ready_after=0), recorder
        )
    (cost,) = [line["value"] for line in history.of_kind("observed") if line["what"] == "probe cost"]

    assert [line["cut_short"] for line in ends(history)] == [True] * 5
    assert cost["operations"] == 5
    assert cost["skipped"] > 20
    intended = [line["intended_ns"] for line in history.of_kind("invoke")]
    assert all((later - earlier) % 20_000_000 == 0 for earlier, later in itertools.pairwise(intended))
    assert [line["state"] for line in history.of_kind("media")] == ["flows"] * 5


@pytest.mark.parametrize("by", ["header", "number"])
def test_who_asked_for_a_call_back_gets_one_and_its_line_names_the_call_that_asked(
    tmp_path: Path, recorder: Recorder, by: str
) -> None:
    asks: dict[str, dict[str, Any]] = {
        "header": {"back_to": "201", "back_every": 2},
        "number": {"to": "100*201"},
    }
    with telephony(tmp_path):
        history = watched(dataclasses.replace(CALLS, **asks[by]), recorder)
    asked = [line for line in history.of_kind("invoke") if "back_to" in line or by == "number"]
    came = [line for line in history.of_kind("trunk") if "outcome" not in line]
    over = [line for line in history.of_kind("trunk") if "outcome" in line]

    assert len(came) in {len(asked), len(asked) - 1}
    assert {line["for"] for line in came} <= {line["call"] for line in asked}
    assert sorted(line["call"] for line in came) == sorted(line["call"] for line in over)
    for line in over:
        assert (line["from_server"], line["via"], line["to"]) == ("tel1", ADDRESS, "201")
        assert (line["outcome"], line["ended_by"]) == ("ok", "us")
        assert line["rtp"]["lost"] == 0


@pytest.mark.parametrize(
    ("misbehaviour", "outcome", "error"),
    [
        ({"reject": 503}, "failed", "sip 503"),
        ({"silent_calls": True}, "failed", "no answer"),
        ({"hotline": "200"}, "failed", "sip 404"),
    ],
)
def test_calls_that_are_not_taken_have_their_words(
    tmp_path: Path, recorder: Recorder, misbehaviour: dict[str, Any], outcome: str, error: str
) -> None:
    with telephony(tmp_path, **misbehaviour):
        history = watched(CALLS, recorder, served=False)

    assert words(history).keys() == {(outcome, error)}
    assert not history.of_kind("media")


def test_speech_that_goes_astray_is_missed_by_the_other_side(tmp_path: Path, recorder: Recorder) -> None:
    with telephony(tmp_path, sdp_address="127.0.81.99"):
        history = watched(CALLS, recorder)

    for line in ends(history):
        assert line["rtp"]["to"] == "127.0.81.99"
        assert line["cut_short"] or line["rtp"]["from"] == [ADDRESS]
        assert line["rtp"]["heard"]["received"] == 0


def test_name_that_no_hosts_table_knows(recorder: Recorder) -> None:
    probe = dataclasses.replace(CALLS, targets=("nobody.invalid",))

    assert words(watched(probe, recorder, seconds=0.3, served=False)).keys() == {("failed", "no such name")}


def test_server_that_dies_takes_its_calls_with_it_and_the_phone_goes_on(
    tmp_path: Path, recorder: Recorder
) -> None:
    probe = dataclasses.replace(CALLS, hold_s=0.8)
    with running([probe], HasHere(), recorder, need_service=False) as at_work:
        with telephony(tmp_path) as server:
            at_work.until_served(patience_s=10)
            killed_ns = time.monotonic_ns()
            server.kill()
            at_work.watch(1.0)
        with telephony(tmp_path):
            at_work.until_served(patience_s=10)
    history = recorder.history()
    found = words(history)

    assert found["failed", "media lost"] >= 3
    assert found["failed", "no answer"] >= 3
    assert found.keys() <= {
        ("ok", None),
        ("failed", "media lost"),
        ("failed", "no answer"),
        ("unknown", "no answer to BYE"),
    }
    silences = [
        line["since_ns"] - killed_ns for line in history.of_kind("media") if line["state"] == "silent"
    ]
    of_the_first = [since_ns for since_ns in silences if since_ns < 1e9]
    assert len(of_the_first) >= 3
    assert all(abs(since_ns) < 150e6 for since_ns in of_the_first)


def test_server_that_stops_says_goodbye(tmp_path: Path, recorder: Recorder, exchange: Registrar) -> None:
    probe = dataclasses.replace(CALLS, hold_s=60.0, max_calls=3, ready_after=0)
    with (
        telephony(tmp_path, trunks=[EXCHANGE], register=[EXCHANGE]) as server,
        running([probe], HasHere(), recorder) as at_work,
    ):
        at_work.until("calls", lambda: len(recorder.history().of_kind("media")) == 3, patience_s=5)
        assert server.stop() < 1.5
        at_work.watch(0.2)
    dropped = [line for line in ends(recorder.history()) if line.get("error") == "dropped"]

    assert [line["ended_by"] for line in dropped][:3] == ["them"] * 3
    assert exchange.asked[-1].expires_s == 0


def test_registration_proves_who_it_is_and_is_refreshed_in_time(tmp_path: Path, exchange: Registrar) -> None:
    """The registrar grants two seconds, so the server comes again after four thirds of one."""
    with telephony(tmp_path, trunks=[EXCHANGE], register=[EXCHANGE]) as server:
        wait_until("a refresh", lambda: len(exchange.asked), lambda count: count >= 4, patience_s=5)
        state = (server.state / EXCHANGE).read_text()
    first, *others = exchange.asked
    granted = [one for one in exchange.asked if one.status == 200]

    assert first.status == 401
    assert {one.status for one in others} == {200, 401}
    assert granted[1].at_s - granted[0].at_s == pytest.approx(4 / 3, abs=0.15)
    assert {one.call_id for one in exchange.asked} == {first.call_id}
    assert [one.sequence for one in others] == list(range(first.sequence + 1, first.sequence + 4))
    assert state == f"{server.process.pid} registered\n"


@pytest.mark.parametrize(
    ("changes", "word", "requests"),
    [({"password": "wrong"}, "refused 403", 2), ({"refresh": False}, "registered", 2)],
)
def test_registration_that_is_refused_or_left_to_expire(
    tmp_path: Path, exchange: Registrar, changes: dict[str, Any], word: str, requests: int
) -> None:
    with telephony(tmp_path, trunks=[EXCHANGE], register=[EXCHANGE], **changes) as server:
        began_s = time.monotonic()
        wait_until("a while", time.monotonic, lambda now_s: now_s > began_s + 2, patience_s=3)
        state = (server.state / EXCHANGE).read_text()

    assert len(exchange.asked) == requests
    assert state.endswith(f" {word}\n")


def test_register_probe_without_credentials(recorder: Recorder, exchange: Registrar) -> None:
    history = watched(dataclasses.replace(REGISTER, user=None), recorder, served=False)

    assert words(history).keys() == {("failed", "sip 401")}
    assert {one.status for one in exchange.asked} == {401}


@pytest.mark.parametrize(
    ("password", "outcome", "error"), [("right", "ok", None), ("wrong", "failed", "sip 403")]
)
def test_register_probe(
    recorder: Recorder, exchange: Registrar, password: str, outcome: str, error: str | None
) -> None:
    history = watched(dataclasses.replace(REGISTER, password=password), recorder, served=error is None)

    assert words(history).keys() == {(outcome, error)}
    assert all(line["challenged"] for line in ends(history))
    assert {line["what"] for line in history.of_kind("invoke")} == {"register"}
    assert len(exchange.asked) >= 2 * len(ends(history)) - 2


def test_register_probe_without_a_registrar(recorder: Recorder, exchange: Registrar) -> None:
    exchange.is_silent = True

    history = watched(REGISTER, recorder, served=False)

    assert words(history).keys() == {("failed", "no answer")}


def test_phone_is_registered_before_it_calls(tmp_path: Path, recorder: Recorder, exchange: Registrar) -> None:
    probe = dataclasses.replace(CALLS, registrars=(EXCHANGE,), password="right")  # noqa: S106
    with telephony(tmp_path):
        history = watched(probe, recorder, seconds=0.3)
    (registration,) = [line for line in history.of_kind("observed") if line["what"] == "phone-registration"]

    assert registration["node"] == EXCHANGE
    assert (registration["value"]["registered"], registration["value"]["contact"]) == (True, f"{PHONE}:5060")
    assert registration["at_ns"] < history.of_kind("invoke")[0]["at_ns"]
    assert exchange.asked[-1].expires_s == 0  # it takes leave


def test_datagrams_are_kept_as_they_were(tmp_path: Path, recorder: Recorder) -> None:
    with telephony(tmp_path):
        history = watched(dataclasses.replace(CALLS, datagrams=True), recorder, seconds=0.5)
    datagrams = [json.loads(line) for line in (tmp_path / DATAGRAMS).read_text().splitlines()]
    sent = [one for one in datagrams if one["direction"] == "out"]
    invites = [one for one in sent if one["text"].startswith("INVITE ")]

    assert {one["peer"] for one in datagrams} == {f"{ADDRESS}:5060"}
    assert len(invites) == len(ends(history))
    assert all(one["text"].count("\r\nCall-ID: ") == 1 for one in datagrams)
    assert not history.of_kind("datagram")
