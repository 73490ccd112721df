"""The stand-in for jtel's telephony server, without a network: settings, trunks, call records."""

import dataclasses
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pymysql
import pytest

from selftest.loopback.raw_call import RawCall
from selftest.loopback.telephony import Telephony, telephony
from selftest.unit.fake_database import FakeServer
from topologies.images.telephony.rootfs.opt.jtel.jtel_telephony import trunks
from topologies.images.telephony.rootfs.opt.jtel.jtel_telephony.calling import Caller
from topologies.images.telephony.rootfs.opt.jtel.jtel_telephony.hotline import wanted_back, wanted_end_s
from topologies.images.telephony.rootfs.opt.jtel.jtel_telephony.records import CALLER_WIDTH, Records
from topologies.images.telephony.rootfs.opt.jtel.jtel_telephony.settings import (
    Settings,
    read_again,
    read_settings,
)
from topologies.images.telephony.rootfs.opt.jtel.jtel_telephony.trunks import trunk_of, way_back
from topologies.lab.credentials import Secrets
from topologies.lab.rendering import render
from topologies.loading import load
from topologies.waiting import wait_until

HOSTS = {"pbx1": "198.18.3.61", "pbx2": "198.18.3.62"}
SERVER, TRUNK, STRANGER, GUARDED = "127.0.81.21", "127.0.81.22", "127.0.81.23", "127.0.81.24"
PATIENCE_S = 0.5


def rendered(topology: str, name: str, secrets: Secrets) -> str:
    files = {file.path: file.content for file in render(name, load(topology), secrets)}
    return files["/etc/jtel/telephony.toml"].decode()


def settings(tmp_path: Path, topology: str = "nn-sip", **changes: Any) -> Settings:
    path = tmp_path / "telephony.toml"
    path.write_text(rendered(topology, "tel1", Secrets()))
    return dataclasses.replace(read_settings(path), **changes)


@pytest.fixture
def _hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let trunks be where they are in a lab."""

    def address_of(trunk: str) -> tuple[str, int] | None:
        return (HOSTS[trunk], 5060) if trunk in HOSTS else None

    monkeypatch.setattr(trunks, "address_of", address_of)


def call(source: str = "198.18.3.61", callee: str = "100", **headers: str) -> Any:
    """Return a call as far as it is looked at here."""
    return SimpleNamespace(source=(source, 5060), callee=callee, headers=headers)


@pytest.mark.parametrize(
    ("topology", "expected"), [("nn-sip", ("pbx1", "pbx2")), ("sip-proxy", ("acd-sip",))]
)
def test_settings_name_the_exchanges_or_the_proxy_before_them(
    tmp_path: Path, topology: str, expected: tuple[str, ...]
) -> None:
    told = settings(tmp_path, topology)

    assert told.trunks == told.register == expected
    assert (told.server, told.user, told.address) == ("tel1", "tel1", "198.18.3.81")
    assert (told.reject, told.silent_calls, told.call_back_via, told.refresh) == (0, False, "", True)
    assert told.sdp_address == told.address


def test_settings_keep_their_passwords_to_themselves(tmp_path: Path) -> None:
    secrets = Secrets()
    path = tmp_path / "telephony.toml"
    path.write_text(rendered("nn-sip", "tel2", secrets))

    told = read_settings(path)

    assert told.password == secrets["sip_trunk"]
    assert not any(secrets[name] in repr(told) for name in ("sip_trunk", "database_web"))


@pytest.mark.parametrize(
    ("line", "instead", "error", "match"),
    [
        ('call_back_via = ""', 'call_back_via = "pbx9"', ValueError, "'pbx9' is no trunk; take one of"),
        ("ring_ms = 100", "", TypeError, "ring_ms"),
        ("ring_ms = 100", "ring_ms = 100\nloud = true", TypeError, "loud"),
    ],
)
def test_settings_that_are_wrong_are_refused(
    tmp_path: Path, line: str, instead: str, error: type[Exception], match: str
) -> None:
    path = tmp_path / "telephony.toml"
    path.write_text(rendered("nn-sip", "tel1", Secrets()).replace(line, instead))

    with pytest.raises(error, match=match):
        read_settings(path)


@pytest.mark.parametrize(
    ("topology", "expected"),
    [
        ("nn-sip", ("198.18.3.61", "198.18.3.62")),
        ("sip-proxy", ("198.18.3.100", "198.18.3.71", "198.18.3.72")),
    ],
)
def test_requests_are_served_from_trunks_alone(
    tmp_path: Path, topology: str, expected: tuple[str, ...]
) -> None:
    """Proxies speak from the virtual IP and from their own addresses; exchanges behind them are strangers."""
    assert settings(tmp_path, topology).accept_from == expected


def test_misbehaviour_alone_is_read_again(tmp_path: Path) -> None:
    known = settings(tmp_path)
    path = tmp_path / "telephony.toml"
    text = path.read_text().replace("reject = 0", "reject = 486").replace("ring_ms = 100", "ring_ms = 9")
    path.write_text(text.replace("silent_calls = false", "silent_calls = true"))

    assert read_again(known, path) == dataclasses.replace(known, reject=486, silent_calls=True)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [(None, "FileNotFoundError"), ("reject = ", "TOMLDecodeError"), ("reject = 503", "KeyError: 'trunks'")],
)
def test_settings_that_cannot_be_read_again_change_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str | None, complaint: str
) -> None:
    known = settings(tmp_path, reject=486)
    path = tmp_path / "telephony.toml"
    path.unlink()
    if text is not None:
        path.write_text(text)

    assert read_again(known, path) == known
    assert f"{path} changes nothing: {complaint}" in capsys.readouterr().err


def says(status: int | None) -> None:
    """Wait until a call from the server's own node hears this last."""
    wait_until(
        f"the server says {status}",
        lambda: Caller(SERVER, "100").last_status(PATIENCE_S),
        lambda heard: heard == status,
        patience_s=5,
    )


def test_canary_tells_taken_refused_and_unanswered_calls_apart(tmp_path: Path) -> None:
    assert Caller(SERVER, "100").last_status(PATIENCE_S) is None
    with telephony(tmp_path, address=SERVER) as server:
        assert Caller(SERVER, "100").last_status(PATIENCE_S) == 488
        server.obey("reject = 0", "reject = 503")
        says(503)
        server.obey("reject = 503", "reject = 0")
        says(488)
        server.obey("silent_calls = false", "silent_calls = true")
        says(100)


def set_up(server: Telephony) -> RawCall:
    """Return a call to the server that is up."""
    call = RawCall(server.address, TRUNK)
    call.ask("INVITE")
    assert call.final_answer() == (200, "INVITE")
    call.ask("ACK")
    return call


def test_calls_in_progress_go_on_while_new_ones_are_refused(tmp_path: Path) -> None:
    with telephony(tmp_path, address=SERVER) as server, set_up(server) as call:
        server.obey("reject = 0", "reject = 503")
        says(503)
        call.ask("BYE", number=2)
        assert call.answer() == (200, "BYE")


def test_caller_who_cancels_a_call_that_nobody_answers_is_let_go(tmp_path: Path) -> None:
    with telephony(tmp_path, address=SERVER, silent_calls=True), RawCall(SERVER, TRUNK) as call:
        call.ask("INVITE")
        assert call.answer() == (100, "INVITE")
        call.ask("CANCEL")
        assert {call.answer(), call.answer()} == {(200, "CANCEL"), (487, "INVITE")}


def test_call_that_nobody_answers_ends_when_it_expires(tmp_path: Path) -> None:
    with telephony(tmp_path, address=SERVER, silent_calls=True), RawCall(SERVER, TRUNK) as call:
        call.ask("INVITE", "Expires: 1")
        assert call.answer() == (100, "INVITE")
        assert call.answer() == (487, "INVITE")


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Telephony]:
    """Serve a trunk, and nobody else."""
    with telephony(tmp_path_factory.mktemp("guarded"), address=GUARDED, accept_from=[TRUNK]) as server:
        yield server


@pytest.mark.parametrize("method", ["INVITE", "OPTIONS", "REGISTER", "BYE", "CANCEL"])
def test_strangers_are_refused_and_not_ignored(guarded: Telephony, method: str) -> None:
    with RawCall(guarded.address, STRANGER) as call:
        call.ask(method)
        assert call.answer() == (403, method)


def test_the_server_itself_is_no_stranger(guarded: Telephony) -> None:
    assert Caller(guarded.address, "100").last_status(PATIENCE_S) == 488


def test_stranger_cannot_end_a_call_and_its_caller_can(guarded: Telephony) -> None:
    with set_up(guarded) as call:
        call.ask("BYE", source=STRANGER, number=2)
        assert call.answer(STRANGER) == (403, "BYE")
        call.ask("BYE", number=2)
        assert call.answer() == (200, "BYE")


def test_without_a_list_everybody_is_served(tmp_path: Path) -> None:
    with telephony(tmp_path, address=SERVER), RawCall(SERVER, STRANGER) as call:
        call.ask("OPTIONS")
        assert call.answer() == (200, "OPTIONS")


def test_every_way_to_misbehave_has_a_line_of_its_own() -> None:
    """Defects replace whole lines."""
    told = tomllib.loads(rendered("nn-sip", "tel1", Secrets()))

    assert {"reject", "silent_calls", "sdp_address", "call_back_via", "register", "refresh", "password"} <= {
        *told
    }


@pytest.mark.parametrize(
    ("asked", "number"),
    [
        (call(), None),
        (call(callee="100*201"), "201"),
        (call(callee="100*"), None),
        (call(**{"x-jtel-call-back": "202"}), "202"),
        (call(callee="200*201"), None),
    ],
)
def test_a_call_back_is_wanted_by_number_or_by_header(asked: Any, number: str | None) -> None:
    assert wanted_back(asked, "100") == number


@pytest.mark.parametrize(
    ("told", "end_s"), [("800", 0.8), ("0", 0.0), ("soon", None), ("-1", None), (None, None)]
)
def test_a_call_is_ended_by_us_where_the_caller_wants_that(told: str | None, end_s: float | None) -> None:
    headers = {} if told is None else {"x-jtel-end-after": told}

    assert wanted_end_s(call(**headers)) == end_s


@pytest.mark.usefixtures("_hosts")
def test_a_call_goes_back_over_the_trunk_on_which_it_came(tmp_path: Path) -> None:
    told = settings(tmp_path)

    assert way_back(call("198.18.3.61"), told) == ("198.18.3.61", 5060)
    assert way_back(call("198.18.3.62"), told) == ("198.18.3.62", 5060)
    assert way_back(call("198.18.3.62"), dataclasses.replace(told, call_back_via="pbx1"))[0] == HOSTS["pbx1"]


@pytest.mark.usefixtures("_hosts")
def test_a_proxy_is_known_as_the_only_trunk_whatever_address_it_speaks_from() -> None:
    assert trunk_of("198.18.3.71", ["pbx1"]) == "pbx1"
    assert trunk_of("198.18.3.71", ["pbx1", "pbx2"]) is None


@pytest.mark.usefixtures("_hosts")
def test_a_call_from_nowhere_goes_back_where_it_came_from(tmp_path: Path) -> None:
    assert way_back(call("198.18.3.99"), settings(tmp_path)) == ("198.18.3.99", 5060)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> FakeServer:
    """Return the database that every connection of the test leads to."""
    fake = FakeServer()
    monkeypatch.setattr(pymysql, "connect", fake.connect)
    return fake


def test_records_are_written_over_one_connection(server: FakeServer, tmp_path: Path) -> None:
    records = Records(settings(tmp_path).database, "tel1")

    records.write("201")
    records.write("202")

    assert server.callers == ["201", "202"]
    assert [how["host"] for how in server.asked_of_it] == ["acd-dbm"]


def test_records_wait_for_a_database_that_is_gone(server: FakeServer, tmp_path: Path) -> None:
    """Once it is back the record is written, over a connection that is made anew."""
    records = Records(settings(tmp_path).database, "tel1", again_after_s=0.0)
    records.write("201")
    server.restart()
    server.is_up = False
    pauses = iter([False, True])

    def pause(_: float) -> None:
        server.is_up = next(pauses)

    records._pause.wait = pause  # type: ignore[assignment, method-assign]
    records.write("202")

    assert server.callers == ["201", "202"]
    assert len(server.asked_of_it) == 3


def test_no_call_waits_for_a_record(server: FakeServer, tmp_path: Path) -> None:
    server.is_up = False
    records = Records(settings(tmp_path).database, "tel1")
    for number in range(records._waiting.maxsize + 1):
        records.add(f"{number}".rjust(2 * CALLER_WIDTH))

    assert records._waiting.full()
    assert len(records._waiting.get()) == CALLER_WIDTH
