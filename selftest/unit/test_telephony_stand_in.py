"""The stand-in for jtel's telephony server, without a network: settings, trunks, call records."""

import dataclasses
import tomllib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pymysql
import pytest

from selftest.unit.fake_database import FakeServer
from topologies.images.telephony.rootfs.opt.jtel.jtel_telephony import trunks
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

HOSTS = {"pbx1": "198.18.3.61", "pbx2": "198.18.3.62"}


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
