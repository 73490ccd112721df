"""A stand-in for the web servers behind a balancer, in a thread: logins, cookies, ways to lose them."""

import contextlib
import itertools
import json
import sys
import threading
from collections.abc import Iterator
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class SessionServer(ThreadingHTTPServer):
    """Knows sessions; deals new ones to `servers` in turn."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.sessions: dict[str, str] = {}
        self.servers = itertools.cycle(["web1", "web2"])
        self.database: str | None = None
        """Whom answers name as the database behind them."""
        self.lock = threading.Lock()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients that close with a reset, as the probe does."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: SessionServer

    def log_message(self, *args: object) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.lock:
            number = len(self.server.sessions)
            session = f"session-{number}"
            self.server.sessions[session] = told["user"]
            server = next(self.server.servers)
        cookies = [f"jtel_session={session}; HttpOnly", f"JTELSRV={server}; path=/"]
        self._answer(200, {"session": session}, server, cookies)

    def do_GET(self) -> None:
        cookies = SimpleCookie(self.headers.get("Cookie", ""))
        server = cookies["JTELSRV"].value if "JTELSRV" in cookies else "web1"
        session = cookies["jtel_session"].value if "jtel_session" in cookies else ""
        user = self.server.sessions.get(session)
        if self.path == "/me" and user is None:
            self._answer(401, {}, server, [])
        else:
            self._answer(200, {"user": user, "session": session}, server, [])

    def _answer(self, status: int, content: dict[str, str | None], server: str, cookies: list[str]) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("X-Jtel-Server", server)
        if self.server.database is not None:
            self.send_header("X-Jtel-Database", self.server.database)
        self.send_header("Content-Length", str(len(body)))
        for cookie in cookies:
            self.send_header("Set-Cookie", cookie)
        self.end_headers()
        self.wfile.write(body)


@contextlib.contextmanager
def session_server() -> Iterator[SessionServer]:
    """Serve for the length of the block."""
    with SessionServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
