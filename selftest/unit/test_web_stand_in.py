"""The stand-in for jtel's web server, without a network and without a database."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import pymysql
import pytest

from topologies.images.web.rootfs.opt.jtel.jtel_web.app import MAX_BODY_BYTES, App
from topologies.images.web.rootfs.opt.jtel.jtel_web.database import BEAT_S, FRESH_S, Database, Heartbeat
from topologies.images.web.rootfs.opt.jtel.jtel_web.sessions import DatabaseSessions, LocalSessions, Sessions
from topologies.images.web.rootfs.opt.jtel.jtel_web.settings import DatabaseSettings, read_settings

SETTINGS = DatabaseSettings(host="acd-dbm", user="jtel_web", password="secret", schema="jtel")  # noqa: S106


class Answer:
    """What came back, ready to be asserted on."""

    def __init__(self, sent: list[Any]) -> None:
        start, body = sent
        self.status: int = start["status"]
        self.headers = {name.decode(): value.decode() for name, value in start["headers"]}
        self.says: dict[str, str] = json.loads(body["body"])


def ask(app: App, method: str, path: str, *, body: bytes = b"", cookie: str | None = None) -> Answer:
    """Send one request, its body in pieces as a server hands them over."""
    headers = [(b"cookie", cookie.encode())] if cookie else []
    chunks = [body[at : at + 1000] for at in range(0, len(body), 1000)] or [b""]
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": chunks.pop(0), "more_body": bool(chunks)}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "headers": headers}
    asyncio.run(app(scope, receive, send))
    return Answer(sent)


def app_with(sessions: Sessions | None = None, *, alive: Callable[[], bool] = lambda: True) -> App:
    return App("web1", sessions or LocalSessions(), alive)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("HEAD", "/", 200),
        ("GET", "/health", 200),
        ("GET", "/me", 401),
        ("POST", "/login", 400),
        ("GET", "/nowhere", 404),
        ("POST", "/", 405),
    ],
)
def test_every_answer_names_its_server(method: str, path: str, status: int) -> None:
    answer = ask(app_with(), method, path)

    assert answer.status == status
    assert answer.headers["x-jtel-server"] == "web1"
    assert answer.says["server"] == "web1"


def test_health_follows_the_database() -> None:
    assert ask(app_with(alive=lambda: True), "GET", "/health").says == {"server": "web1", "status": "ok"}
    assert ask(app_with(alive=lambda: False), "GET", "/health").status == 503


def test_login_lasts_over_requests() -> None:
    app = app_with()

    login = ask(app, "POST", "/login", body=b'{"user": "anna"}' + 2000 * b" ")
    cookie = login.headers["set-cookie"].split(";")[0]
    me = ask(app, "GET", "/me", cookie=f"JTELSRV=web1; {cookie}")

    assert cookie == f"jtel_session={login.says['session']}"
    assert me.says == {"server": "web1", "session": login.says["session"], "user": "anna"}


@pytest.mark.parametrize("cookie", ["jtel_session=unknown", "other=1", "jtel_session", "; jtel_session=\x01"])
def test_who_is_not_logged_in_is_told_so(cookie: str) -> None:
    assert ask(app_with(), "GET", "/me", cookie=cookie).status == 401


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"user": 1}', b'{"user": ""}', b"\xff"])
def test_login_without_a_user_is_refused(body: bytes) -> None:
    assert ask(app_with(), "POST", "/login", body=body).status == 400


def test_login_with_an_endless_body_is_refused() -> None:
    assert ask(app_with(), "POST", "/login", body=b"x" * (MAX_BODY_BYTES + 1)).status == 413


def test_database_trouble_is_a_503_that_tells_no_secret() -> None:
    class Broken(LocalSessions):
        async def open(self, user: str) -> str:
            raise pymysql.OperationalError(1045, f"Access denied for {user} with secret")

    answer = ask(app_with(Broken()), "POST", "/login", body=b'{"user": "anna"}')

    assert answer.status == 503
    assert answer.says["error"] == "database: OperationalError"


class FakeCursor:
    """Enough of a cursor for the statements on sessions."""

    def __init__(self, connection: "FakeConnection") -> None:
        self._connection = connection

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    def execute(self, statement: str, parameters: tuple[str, ...]) -> None:
        """Insert or look up a row, unless the connection broke."""
        if self._connection.is_broken:
            raise pymysql.OperationalError(2013, "Lost connection to MySQL server during query")
        rows = self._connection.rows
        if statement.startswith("INSERT"):
            rows[parameters[0]] = parameters[1]
        self._row = (rows[parameters[0]],) if parameters and parameters[0] in rows else None

    def fetchone(self) -> tuple[str, ...] | None:
        """Return the row that was looked up."""
        return self._row


class FakeConnection:
    """One connection; a restart of its server breaks it."""

    def __init__(self, rows: dict[str, str]) -> None:
        self.rows = rows
        self.is_broken = False

    def cursor(self) -> FakeCursor:
        """Return a cursor."""
        return FakeCursor(self)

    def _force_close(self) -> None:
        self.is_broken = True


class FakeServer:
    """A database that can go away and come back."""

    def __init__(self) -> None:
        self.rows: dict[str, str] = {}
        self.connections: list[FakeConnection] = []
        self.is_up = True

    def connect(self, **_: object) -> FakeConnection:
        """Stand for `pymysql.connect`."""
        if not self.is_up:
            raise pymysql.OperationalError(2003, "Can't connect to MySQL server")
        self.connections.append(FakeConnection(self.rows))
        return self.connections[-1]

    def restart(self) -> None:
        """Break every connection."""
        for connection in self.connections:
            connection.is_broken = True


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> FakeServer:
    """Return the database that every connection of the test leads to."""
    fake = FakeServer()
    monkeypatch.setattr(pymysql, "connect", fake.connect)
    return fake


@pytest.mark.usefixtures("server")
def test_sessions_in_the_database_are_seen_by_every_web_server() -> None:
    first = DatabaseSessions(Database(SETTINGS), "web1")
    second = DatabaseSessions(Database(SETTINGS), "web2")

    session = asyncio.run(first.open("anna"))

    assert asyncio.run(second.user_of(session)) == "anna"
    assert asyncio.run(second.user_of("unknown")) is None


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

    assert not server.connections


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
        '[database]\nhost = "acd-dbm"\nuser = "jtel_web"\npassword = "secret"\nschema = "jtel"\n'
    )
    return path


def test_settings_keep_the_password_to_themselves(tmp_path: Path) -> None:
    settings = read_settings(told(tmp_path, "local"))

    assert settings.database == SETTINGS
    assert "secret" not in repr(settings)


def test_settings_refuse_a_place_for_sessions_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="take 'database' or 'local'"):
        read_settings(told(tmp_path, "redis"))
