"""The ASGI application, without a framework: a load test is to measure balancers, not routing."""

import dataclasses
import functools
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Any

import pymysql

from topologies.smb.trouble import Refused, Trouble

from .calls import Calls, Statistics
from .recordings import Recordings
from .sessions import Sessions

COOKIE = "jtel_session"
MAX_BODY_BYTES = 65536
USER_WIDTH = 255
CALLER_WIDTH = 64
"""Characters that the columns take."""
RECORDINGS = "/recordings"
RECORDING = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}")
"""Names that a recording may have."""

Scope = Mapping[str, Any]
Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


@dataclasses.dataclass(frozen=True)
class Answer:
    """What a handler says; the application adds who said it."""

    status: int
    says: Mapping[str, str | int | list[str] | None] = dataclasses.field(default_factory=dict)
    cookie: str | None = None
    database: str | None = None
    """The database server behind the answer; it is named in the header X-Jtel-Database."""
    storage: str | None = None
    """The storage behind the answer; it is named in the header X-Jtel-Storage."""
    content: bytes | None = None
    """A recording; it is sent instead of what the answer says."""


class App:
    """One web server. Every answer names it, in the body and in the header X-Jtel-Server."""

    def __init__(  # noqa: PLR0913, PLR0917 -- its parts
        self,
        server: str,
        sessions: Sessions,
        calls: Calls,
        statistics: Mapping[str, Statistics],
        database_is_alive: Callable[[], bool],
        recordings: Recordings | None = None,
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
        if recordings:
            self._handlers["GET", RECORDINGS] = functools.partial(self._list, recordings)
            self._handlers["GET", f"{RECORDINGS}/"] = functools.partial(self._play, recordings)
            self._handlers["PUT", f"{RECORDINGS}/"] = functools.partial(self._keep, recordings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        handler = self._handlers.get((method, _page(scope["path"])), self._nowhere)
        try:
            answer = await handler(scope, receive)
        except pymysql.MySQLError as refusal:
            answer = Answer(503, {"error": f"database: {type(refusal).__name__}"})
        except Trouble as trouble:
            is_missing = isinstance(trouble, Refused) and trouble.is_missing
            answer = Answer(404 if is_missing else 503, {"error": f"storage: {trouble}"})
        await self._say(answer, send)

    async def _say(self, answer: Answer, send: Send) -> None:
        body, kind = answer.content, b"audio/wav"
        if body is None:
            body, kind = json.dumps({"server": self._server, **answer.says}).encode(), b"application/json"
        headers = [
            (b"content-type", kind),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
            (b"x-jtel-server", self._server.encode()),
        ]
        if answer.database:
            headers.append((b"x-jtel-database", answer.database.encode()))
        if answer.storage:
            headers.append((b"x-jtel-storage", answer.storage.encode()))
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

    async def _list(self, recordings: Recordings, _scope: Scope, _receive: Receive) -> Answer:
        names, storage = await recordings.names()
        return Answer(200, {"recordings": names}, storage=storage)

    async def _play(self, recordings: Recordings, scope: Scope, _receive: Receive) -> Answer:
        if not (name := _recording(scope["path"])):
            return Answer(404, {"error": "no recording has such a name"})
        played = await recordings.play(name)
        return Answer(200, content=played.content, storage=played.storage)

    async def _keep(self, recordings: Recordings, scope: Scope, receive: Receive) -> Answer:
        if not (name := _recording(scope["path"])):
            return Answer(404, {"error": "no recording may have such a name"})
        body = await _body(receive)
        if body is None:
            return Answer(413, {"error": f"the recording has more than {MAX_BODY_BYTES} bytes"})
        return Answer(201, {"recording": name}, storage=await recordings.keep(name, body))

    async def _nowhere(self, scope: Scope, _receive: Receive) -> Answer:
        if any(path == _page(scope["path"]) for _, path in self._handlers):
            return Answer(405, {"error": f"{scope['method']} is not for {scope['path']}"})
        return Answer(404, {"error": f"there is no {scope['path']}"})


def _page(path: str) -> str:
    """Return the path under which a handler is known: all recordings share one."""
    return f"{RECORDINGS}/" if path.startswith(f"{RECORDINGS}/") else path


def _recording(path: str) -> str | None:
    """Return the name of the recording that *path* asks for; None: no recording has such a name."""
    found = RECORDING.fullmatch(path.removeprefix(f"{RECORDINGS}/"))
    return found[0] if found else None


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
