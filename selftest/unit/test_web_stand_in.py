"""The stand-in for jtel's web server: what it answers, without a network and without a database."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pymysql
import pytest

from selftest.unit.fake_database import SETTINGS, FakeServer
from topologies.images.web.rootfs.opt.jtel.jtel_web.app import CALLER_WIDTH, MAX_BODY_BYTES, App
from topologies.images.web.rootfs.opt.jtel.jtel_web.calls import Calls, Statistics
from topologies.images.web.rootfs.opt.jtel.jtel_web.database import Database
from topologies.images.web.rootfs.opt.jtel.jtel_web.sessions import DatabaseSessions, LocalSessions, Sessions


class Answer:
    """What came back, ready to be asserted on."""

    def __init__(self, sent: list[Any]) -> None:
        start, body = sent
        self.status: int = start["status"]
        self.headers = {name.decode(): value.decode() for name, value in start["headers"]}
        self.says: dict[str, Any] = json.loads(body["body"])


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
    database = Database(SETTINGS)
    statistics = {"realtime": Statistics(database), "reports": Statistics(database)}
    return App("web1", sessions or LocalSessions(), Calls(database, "web1"), statistics, alive)


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
        ("POST", "/call", 400),
        ("POST", "/statistics/reports", 405),
        ("GET", "/statistics/nonsense", 404),
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


@pytest.mark.parametrize("page", ["realtime", "reports"])
def test_statistics_name_their_database(server: FakeServer, page: str) -> None:
    server.name, server.callers = "dbs1", ["0049", "0050"]

    shown = ask(app_with(), "GET", f"/statistics/{page}")

    assert shown.status == 200
    assert shown.says == {"server": "web1", "database": "dbs1", "calls": 2, "newest": 2}
    assert shown.headers["x-jtel-database"] == "dbs1"


@pytest.mark.usefixtures("server")
def test_statistics_without_a_call_have_no_newest_one() -> None:
    assert ask(app_with(), "GET", "/statistics/realtime").says["newest"] is None


def test_statistics_are_read_elsewhere_once_the_balancer_ended_the_connection(server: FakeServer) -> None:
    app = app_with()
    ask(app, "GET", "/statistics/reports")

    server.restart()
    server.name = "dbm2"

    assert ask(app, "GET", "/statistics/reports").says["database"] == "dbm2"


def test_statistics_without_a_database_are_a_503(server: FakeServer) -> None:
    server.is_up = False

    shown = ask(app_with(), "GET", "/statistics/realtime")

    assert (shown.status, shown.says["error"]) == (503, "database: OperationalError")
    assert "x-jtel-database" not in shown.headers


def test_a_call_is_recorded(server: FakeServer) -> None:
    """The answer names the record, and the database that took it."""
    call = ask(app_with(), "POST", "/call", body=b'{"caller": "0049123"}')

    assert call.status == 200
    assert call.says == {"server": "web1", "id": 1, "database": "dbm1"}
    assert call.headers["x-jtel-database"] == "dbm1"
    assert server.callers == ["0049123"]


def test_a_caller_that_does_not_fit_is_refused(server: FakeServer) -> None:
    body = json.dumps({"caller": "9" * (CALLER_WIDTH + 1)}).encode()

    assert ask(app_with(), "POST", "/call", body=body).status == 400
    assert not server.callers
