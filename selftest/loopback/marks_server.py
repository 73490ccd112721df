"""A stand-in for a MariaDB server, in a thread: it lets one account in, keeps marks, and can misbehave.

It speaks the protocol on its own account: nothing of it is taken from the probe.

    answer    as it should
    switch    asks for a second proof of the password before it lets anybody in
    ed25519   asks for a proof of another kind
    closed    closes before its greeting
    crowded   greets with an error (1040)
    mute      greets, and then says nothing
    silent    takes the statement and says nothing
    cut       closes in the middle of its answer
    part      closes behind its answer
    NUMBER    answers statements with this error
"""

import contextlib
import hashlib
import os
import re
import socketserver
import struct
import threading
from collections.abc import Iterator

HOSTNAME = "loop1"
ACCOUNT = "jtel_web"
PASSWORD = "right"  # noqa: S105 -- of nobody
SECRET = "mysql_native_password"  # noqa: S105 -- a plugin's name


class MarksServer(socketserver.ThreadingTCPServer):
    """Knows marks, and who has connected how often."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 500

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Client)
        self.mode = "answer"
        self.marks: list[tuple[str, int]] = []
        self.connections = 0
        self.is_answering = threading.Event()
        """Cleared: statements wait until it is set."""
        self.is_answering.set()
        self.farewells = 0
        """How many said that they go."""
        self.lock = threading.Lock()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])


class _Client(socketserver.BaseRequestHandler):
    server: MarksServer

    def handle(self) -> None:
        with contextlib.suppress(ConnectionError, EOFError):  # the probe closes with a reset
            self._serve()

    def _serve(self) -> None:
        with self.server.lock:
            self.server.connections += 1
        if self.server.mode == "closed":
            return
        if self.server.mode == "crowded":
            self._send(0, _error(1040))
            return
        if self._is_let_in():
            while self._is_served():
                pass

    def _is_let_in(self) -> bool:
        nonce = os.urandom(20).replace(b"\0", b"x")
        self._send(0, _greeting(nonce))
        number, login = self._receive()
        if self.server.mode == "mute":
            self._receive()
        account, _, rest = login[32:].partition(b"\0")
        proof = rest[1 : 1 + rest[0]]
        if self.server.mode in {"switch", "ed25519"}:
            plugin = "client_ed25519" if self.server.mode == "ed25519" else SECRET
            nonce = os.urandom(20).replace(b"\0", b"x")
            self._send(number + 1, b"\xfe" + plugin.encode() + b"\0" + nonce + b"\0")
            number, proof = self._receive()
        if account.decode() != ACCOUNT or not _is_right(proof, nonce):
            self._send(number + 1, _error(1045))
            return False
        self._send(number + 1, b"\0\0\0\2\0\0\0")
        return True

    def _is_served(self) -> bool:
        _, asked = self._receive()
        mode = self.server.mode
        if asked == b"\x01":
            with self.server.lock:
                self.server.farewells += 1
            return False
        if mode == "silent":
            self._receive()
        self.server.is_answering.wait(10)
        if mode.isdigit():
            self._send(1, _error(int(mode)))
            return True
        answer = _rows(self._done(asked[1:].decode()))
        self.request.sendall(answer[:-9] if mode == "cut" else answer)
        return mode not in {"cut", "part"}

    def _done(self, statement: str) -> list[str | None]:
        insert = re.fullmatch(
            r"INSERT INTO marks \(client, sequence, server\) VALUES \('([^']*)', (\d+), @@hostname\)"
            r" RETURNING id, server",
            statement,
        )
        read = re.fullmatch(
            r"SELECT @@hostname, MAX\(sequence\) FROM marks WHERE client = '([^']*)'", statement
        )
        with self.server.lock:
            if insert:
                self.server.marks.append((insert[1], int(insert[2])))
                return [str(len(self.server.marks)), HOSTNAME]
            if read:
                seen = [sequence for client, sequence in self.server.marks if client == read[1]]
                return [HOSTNAME, str(max(seen)) if seen else None]
        assert statement == "SELECT @@hostname", statement
        return [HOSTNAME]

    def _send(self, number: int, body: bytes) -> None:
        self.request.sendall(_framed(number, body))

    def _receive(self) -> tuple[int, bytes]:
        head = self._bytes(4)
        return head[3], self._bytes(int.from_bytes(head[:3], "little"))

    def _bytes(self, count: int) -> bytes:
        got = b""
        while len(got) < count:
            piece = self.request.recv(count - len(got))
            if not piece:
                raise EOFError
            got += piece
        return got


def _framed(number: int, body: bytes) -> bytes:
    return struct.pack("<I", len(body))[:3] + bytes([number]) + body


def _greeting(nonce: bytes) -> bytes:
    fixed = struct.pack("<I8sxHBHHB10x", 7, nonce[:8], 0xF7FE, 8, 2, 0x81FF, 21)
    return b"\n11.8.0-loopback\0" + fixed + nonce[8:] + b"\0" + SECRET.encode() + b"\0"


def _error(code: int) -> bytes:
    return struct.pack("<BH", 0xFF, code) + b"#HY000as was asked"


def _rows(row: list[str | None]) -> bytes:
    fields = (b"\xfb" if field is None else bytes([len(field)]) + field.encode() for field in row)
    column, end = b"\x03def\0\0\0\x01x\0" + struct.pack("<BHIBHB2x", 12, 45, 64, 253, 0, 0), b"\xfe\0\0\2\0"
    bodies = [bytes([len(row)]), *[column] * len(row), end, b"".join(fields), end]
    return b"".join(_framed(number, body) for number, body in enumerate(bodies, 1))


def _is_right(proof: bytes, nonce: bytes) -> bool:
    """Tell it as a server does: of the password it knows only the hash of its hash."""
    stored = _sha1(_sha1(PASSWORD.encode()))
    hashed = bytes(one ^ other for one, other in zip(proof, _sha1(nonce + stored), strict=False))
    return _sha1(hashed) == stored


def _sha1(data: bytes) -> bytes:
    return hashlib.sha1(data, usedforsecurity=False).digest()


@contextlib.contextmanager
def marks_server() -> Iterator[MarksServer]:
    """Serve for the length of the block."""
    with MarksServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
