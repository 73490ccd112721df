"""How the web stand-in uses its databases: connections that are kept, made anew, or given up."""

import itertools
from pathlib import Path

import pymysql
import pytest

from selftest.unit.fake_database import SETTINGS, FakeServer
from topologies.images.web.rootfs.opt.jtel.jtel_web.database import BEAT_S, FRESH_S, Database, Heartbeat
from topologies.images.web.rootfs.opt.jtel.jtel_web.settings import read_settings
from topologies.lab.credentials import Secrets
from topologies.lab.rendering import render
from topologies.loading import load

INSERT = "INSERT INTO calls (caller, server) VALUES (%s, %s) RETURNING @@hostname, id"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> FakeServer:
    """Return the database that every connection of the test leads to."""
    fake = FakeServer()
    monkeypatch.setattr(pymysql, "connect", fake.connect)
    return fake


def test_connection_that_broke_unseen_is_made_anew(server: FakeServer) -> None:
    database = Database(SETTINGS)
    database.execute("SELECT 1")

    server.restart()
    database.execute("SELECT 1")

    assert len(server.connections) == 2


def test_database_that_is_gone_is_reported_and_found_again(server: FakeServer) -> None:
    database = Database(SETTINGS)
    database.execute("SELECT 1")
    server.restart()
    server.is_up = False
    with pytest.raises(pymysql.OperationalError, match="2003"):
        database.execute("SELECT 1")

    server.is_up = True
    database.execute("SELECT 1")


def test_fresh_connection_that_fails_is_not_tried_again(server: FakeServer) -> None:
    server.is_up = False

    with pytest.raises(pymysql.OperationalError, match="2003"):
        Database(SETTINGS).execute("SELECT 1")

    assert len(server.asked_of_it) == 1


def test_what_took_all_of_its_time_is_not_asked_again(server: FakeServer) -> None:
    """A statement ends with the balancer's patience, not with twice that."""
    clock = itertools.count(start=0.0, step=0.3)
    database = Database(SETTINGS, timeout_s=0.3, clock=lambda: next(clock))
    database.execute("SELECT 1")

    server.restart()
    with pytest.raises(pymysql.OperationalError, match="2013"):
        database.execute("SELECT 1")
    database.execute("SELECT 1")

    assert len(server.connections) == 2


def test_what_must_not_run_twice_finds_a_broken_connection_first(server: FakeServer) -> None:
    database = Database(SETTINGS)
    database.execute_once(INSERT, "0049", "web1")

    server.restart()

    assert database.execute_once(INSERT, "0050", "web1") == ("dbm1", 2)
    assert server.callers == ["0049", "0050"]


def test_what_must_not_run_twice_does_not(server: FakeServer) -> None:
    """Its answer was lost, so nobody knows; asking again could write it once more."""
    database = Database(SETTINGS)
    server.answers_to_inserts = False

    with pytest.raises(pymysql.OperationalError, match="2013"):
        database.execute_once(INSERT, "0049", "web1")

    assert server.callers == ["0049"]


def test_a_database_is_asked_for_as_the_settings_say(server: FakeServer) -> None:
    """By its alias and port, and with the timeout of whoever asks."""
    Database(SETTINGS, timeout_s=0.3).execute("SELECT 1")

    (how,) = server.asked_of_it
    assert (how["host"], how["port"], how["user"], how["database"]) == ("acd-dbm", 3306, "jtel_web", "jtel")
    assert {how[name] for name in ("connect_timeout", "read_timeout", "write_timeout")} == {0.3}


def test_heartbeat_is_stale_a_second_after_the_last_answer(server: FakeServer) -> None:
    now_s = 100.0
    database = Database(SETTINGS)
    heartbeat = Heartbeat(lambda: database.execute("SELECT 1"), clock=lambda: now_s)
    assert not heartbeat.is_fresh(), "nobody has answered yet"

    heartbeat.beat()
    now_s += FRESH_S
    assert heartbeat.is_fresh()

    server.restart()
    server.is_up = False
    heartbeat.beat()
    now_s += BEAT_S
    assert not heartbeat.is_fresh()

    server.is_up = True
    heartbeat.beat()
    assert heartbeat.is_fresh()


def told(tmp_path: Path, sessions: str) -> Path:
    path = tmp_path / "web.toml"
    path.write_text(
        f'server = "web1"\naddress = "198.18.2.21"\nsessions = "{sessions}"\ntls = false\n'
        '[database]\nhost = "acd-dbm"\nport = 3306\nuser = "jtel_web"\npassword = "secret"\nschema = "jtel"\n'
        "[statistics]\n"
    )
    return path


def test_settings_keep_the_password_to_themselves(tmp_path: Path) -> None:
    settings = read_settings(told(tmp_path, "local"))

    assert settings.database == SETTINGS
    assert "secret" not in repr(settings)


def test_settings_refuse_a_place_for_sessions_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="take 'database' or 'local'"):
        read_settings(told(tmp_path, "redis"))


@pytest.mark.parametrize(
    ("topology", "ports"),
    [
        ("simple", (3306, 3306, 3306)),
        ("redundant", (3306, 3306, 3306)),
        ("multi-master-db", (3306, 3307, 3308)),
    ],
)
def test_rendered_settings_lead_to_the_documented_ports(
    tmp_path: Path, topology: str, ports: tuple[int, int, int]
) -> None:
    """Each page of statistics has its alias, with the account that may only read."""
    files = {file.path: file.content for file in render("web1", load(topology), Secrets())}
    path = tmp_path / "web.toml"
    path.write_bytes(files["/etc/jtel/web.toml"])

    settings = read_settings(path)

    asked = [settings.database, settings.statistics["realtime"], settings.statistics["reports"]]
    assert [database.host for database in asked] == ["acd-dbm", "acd-dbs", "acd-dbr"]
    assert tuple(database.port for database in asked) == ports
    assert [database.user for database in asked] == ["jtel_web", "jtel_statistics", "jtel_statistics"]
