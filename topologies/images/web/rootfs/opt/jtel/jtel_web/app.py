"""The ASGI application, without a framework: a load test is to measure balancers, not routing."""

import dataclasses
import functools
import json
from collections.abc import Awaitable, Callable, Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Any

import pymysql

from .calls import Calls, Statistics
from .sessions import Sessions

COOKIE = "jtel_session"
MAX_BODY_BYTES = 65536
USER_WIDTH = 255
CALLER_WIDTH = 64
"""Characters that the columns take."""

Scope = Mapping[str, Any]
Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


@dataclasses.dataclass(frozen=True)
class Answer:
    """What a handler says; the application adds who said it."""

    status: int
    says: Mapping[str, str | int | None] = dataclasses.field(default_factory=dict)
    cookie: str | None = None
    database: str | None = None
    """The database server behind the answer; it is named in the header X-Jtel-Database."""


class App:
    """One web server. Every answer names it, in the body and in the header X-Jtel-Server."""

    def __init__(
        self,
        server: str,
        sessions: Sessions,
        calls: Calls,
        statistics: Mapping[str, Statistics],
        database_is_alive: Callable[[], bool],
    ) -> None:
        self._server = server
        self._sessions = sessions
        self._calls = calls
        self._database_is_alive = database_is_alive
        self._handlers: dict[tuple[str, str], Callable[[Scope, Receive], Awaitable[Answer]]] = {
            ("GET", "/"): self._who,
            ("GET", "/health"): self._health,
            ("POST", "/login"): self._login,
            ("GET", "/me"): self._me,
            ("POST", "/call"): self._call,
        }
        for page, read_from in statistics.items():
            self._handlers["GET", f"/statistics/{page}"] = functools.partial(self._show, read_from)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        handler = self._handlers.get((method, scope["path"]), self._nowhere)
        try:
            answer = await handler(scope, receive)
        except pymysql.MySQLError as refusal:
            answer = Answer(503, {"error": f"database: {type(refusal).__name__}"})
        await self._say(answer, send)

    async def _say(self, answer: Answer, send: Send) -> None:
        body = json.dumps({"server": self._server, **answer.says}).encode()
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
            (b"x-jtel-server", self._server.encode()),
        ]
        if answer.database:
            headers.append((b"x-jtel-database", answer.database.encode()))
        if answer.cookie:
            headers.append(
                (b"set-cookie", f"{COOKIE}={answer.cookie}; Path=/; HttpOnly; SameSite=Lax".encode())
            )
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _who(self, _scope: Scope, _receive: Receive) -> Answer:
        return Answer(200)

    async def _health(self, _scope: Scope, _receive: Receive) -> Answer:
        if self._database_is_alive():
            return Answer(200, {"status": "ok"})
        return Answer(503, {"status": "the database does not answer"})

    async def _login(self, _scope: Scope, receive: Receive) -> Answer:
        user = await _told(receive, "user", longest=USER_WIDTH)
        if isinstance(user, Answer):
            return user
        session = await self._sessions.open(user)
        return Answer(200, {"session": session}, cookie=session)

    async def _me(self, scope: Scope, _receive: Receive) -> Answer:
        session = _session_in(scope["headers"])
        user = await self._sessions.user_of(session) if session else None
        if session is None or user is None:
            return Answer(401)
        return Answer(200, {"session": session, "user": user})

    async def _call(self, _scope: Scope, receive: Receive) -> Answer:
        caller = await _told(receive, "caller", longest=CALLER_WIDTH)
        if isinstance(caller, Answer):
            return caller
        recorded = await self._calls.record(caller)
        return Answer(200, dataclasses.asdict(recorded), database=recorded.database)

    async def _show(self, statistics: Statistics, _scope: Scope, _receive: Receive) -> Answer:
        figures = await statistics.read()
        return Answer(200, dataclasses.asdict(figures), database=figures.database)

    async def _nowhere(self, scope: Scope, _receive: Receive) -> Answer:
        if any(path == scope["path"] for _, path in self._handlers):
            return Answer(405, {"error": f"{scope['method']} is not for {scope['path']}"})
        return Answer(404, {"error": f"there is no {scope['path']}"})


async def _told(receive: Receive, key: str, *, longest: int) -> str | Answer:
    """Return what the body says under *key*, or the answer to a body that does not say it."""
    body = await _body(receive)
    if body is None:
        return Answer(413, {"error": f"the body has more than {MAX_BODY_BYTES} bytes"})
    try:
        said = json.loads(body)[key]
    except (ValueError, KeyError, TypeError):
        said = None
    if isinstance(said, str) and 0 < len(said) <= longest:
        return said
    return Answer(400, {"error": f'the body is not {{"{key}": TEXT}} in JSON, up to {longest} characters'})


async def _body(receive: Receive) -> bytes | None:
    """Return the whole body; None when it is too long."""
    body: bytes = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if len(body) > MAX_BODY_BYTES:
            return None
        if not message.get("more_body", False):
            return body


def _session_in(headers: list[tuple[bytes, bytes]]) -> str | None:
    for name, value in headers:
        if name == b"cookie":
            try:
                morsel = SimpleCookie(value.decode("latin-1")).get(COOKIE)
            except CookieError:
                return None
            return morsel.value if morsel else None
    return None
