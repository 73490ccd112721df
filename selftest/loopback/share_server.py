"""A stand-in for an SMB 3 server, in a thread: it lets one account in, keeps files, and can misbehave.

It speaks the protocol on its own account: nothing of it is taken from the client, not even MD4.

    answer    as it should
    closed    closes before its first answer
    mute      agrees on a dialect, and then says nothing
    old       agrees on SMB 2.0.2 instead
    guest     lets everybody in, as a guest without a signature
    pending   says first that it will take a while, then answers in pieces
    silent    takes what is asked and says nothing
    cut       closes in the middle of its answer
    forged    signs with another key
    N STATUS  refuses the Nth request of a compound, from 0, and all behind it: `1 c000007f`
"""

import contextlib
import hashlib
import hmac
import os
import socketserver
import struct
import threading
from collections.abc import Iterator
from typing import Any, NamedTuple

from Crypto.Hash import MD4

COMPUTER = "loop1"
ACCOUNT = "jtel_test"
PASSWORD = "right"  # noqa: S105 -- of nobody
SHARE = "recordings"
HEAD = "<4sHHIHHIIQIIQ16s"
SESSION, TREE = 0x7000000000000007, 5
CREATE, CLOSE, FLUSH, READ, WRITE, LIST = 5, 6, 7, 8, 9, 14
ERROR = struct.pack("<H6xB", 9, 0)
"""The body of every refusal."""
DENIED, LOGON_FAILURE, EXISTS, MISSING = 0xC0000022, 0xC000006D, 0xC0000035, 0xC0000034


class Asked(NamedTuple):
    """A request."""

    command: int
    number: int
    body: bytes
    raw: bytes


class ShareServer(socketserver.ThreadingTCPServer):
    """Knows files, and who has connected how often."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 500

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Client)
        self.mode = "answer"
        self.files: dict[str, bytes] = {}
        self.flushed: list[str] = []
        self.connections = 0
        self.lock = threading.Lock()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])


class _Client(socketserver.BaseRequestHandler):
    server: ShareServer

    def handle(self) -> None:
        self._context, self._key = bytes(64), b""
        with self.server.lock:
            self.server.connections += 1
        with contextlib.suppress(ConnectionError, EOFError):  # the probe closes with a reset
            if self.server.mode != "closed" and self._is_let_in():
                while self._is_served():
                    pass

    def _is_let_in(self) -> bool:
        (hello,) = self._hears()
        self._listen(hello.raw)
        dialect = 0x0202 if self.server.mode == "old" else 0x0311
        self._says_alone(
            hello,
            0,
            struct.pack("<HHHH16sIIIIQQHHI", 65, 3, dialect, 0, bytes(16), *[65536] * 4, 0, 0, 128, 0, 0),
        )
        (first,) = self._hears()
        if self.server.mode == "mute":
            self._hears()
        self._listen(first.raw)
        nonce, information = os.urandom(8), _information()
        challenge = b"NTLMSSP\0" + struct.pack(
            "<IHHII8s8xHHI", 2, 0, 0, 48, 0x20880215, nonce, *[len(information)] * 2, 48
        )
        self._says_alone(first, 0xC0000016, _setup(challenge + information))
        (second,) = self._hears()
        self._listen(second.raw)
        if self.server.mode == "guest":
            self._says_alone(second, 0, _setup(b"", flags=1))
        else:
            key = _session_key(second.raw[88:], nonce)
            if key is None:
                self._says_alone(second, LOGON_FAILURE, ERROR)
                return False
            label = b"\0\0\0\1SMBSigningKey\0\0" + self._context + b"\0\0\0\x80"
            self._key = hmac.new(key, label, hashlib.sha256).digest()[:16]
            self._says_alone(second, 0, _setup(b""))
        (tree,) = self._hears()
        is_ours = tree.raw[72:].decode("utf-16-le").endswith(f"\\{SHARE}")
        self._says_alone(tree, 0 if is_ours else DENIED, struct.pack("<HBxIII", 16, 1, 0, 0, 0))
        return is_ours

    def _is_served(self) -> bool:
        asked = self._hears()
        mode = self.server.mode
        answers = self._answers(mode, asked)
        if mode == "silent":
            return True
        if mode == "forged":
            self._key = b"another key"
        if mode == "pending":
            self._send(_head(asked[0], 0x103, 0x3) + ERROR)
            for one, (status, body) in zip(asked, answers, strict=True):
                self._says_alone(one, status, body)
            return True
        parts = [
            self._signed(
                _head(one, status, 0x1) + body + bytes(-len(body) % 8 if one is not asked[-1] else 0),
                one is asked[-1],
            )
            for one, (status, body) in zip(asked, answers, strict=True)
        ]
        self._send(b"".join(parts), cut=mode == "cut")
        return mode != "cut"

    def _answers(self, mode: str, asked: list[Asked]) -> list[tuple[int, bytes]]:
        faulty, _, status = mode.partition(" ")
        answers: list[tuple[int, bytes]] = []
        name, refusal = "", 0
        for at, one in enumerate(asked):
            body = b""
            if status and at == int(faulty):
                refusal = int(status, 16)
            elif not refusal and one.command == CREATE:
                where, length = struct.unpack_from("<HH", one.body, 44)
                name = one.raw[where : where + length].decode("utf-16-le")
                refusal = self._opened(name, struct.unpack_from("<I", one.body, 36)[0])
                body = struct.pack("<H86x", 89)
            elif not refusal:
                body = self._done(name, one)
            answers.append((refusal, ERROR if refusal else body))
        return answers

    def _opened(self, name: str, how: int) -> int:
        if how == 2 and name in self.server.files:
            return EXISTS
        if how == 1 and name and name not in self.server.files:
            return MISSING
        return 0

    def _done(self, name: str, one: Asked) -> bytes:
        if one.command == WRITE:
            where, length = struct.unpack_from("<HI", one.body, 2)
            self.server.files[name] = one.raw[where : where + length]
            return struct.pack("<HHIIHH", 17, 0, length, 0, 0, 0)
        if one.command == READ:
            content = self.server.files[name]
            return struct.pack("<HBBIII", 17, 80, 0, len(content), 0, 0) + content
        if one.command == LIST:
            listed = _listed([".", "..", *self.server.files])
            return struct.pack("<HHI", 9, 72, len(listed)) + listed
        if one.command == FLUSH:
            self.server.flushed.append(name)
            return struct.pack("<HH", 4, 0)
        return struct.pack("<H58x", 60)

    def _hears(self) -> list[Asked]:
        content = self._exactly(int.from_bytes(self._exactly(4), "big"))
        asked = []
        while content:
            fields = struct.unpack_from(HEAD, content)
            raw, content = (content[: fields[7]], content[fields[7] :]) if fields[7] else (content, b"")
            if self._key:
                bare = raw[:48] + bytes(16) + raw[64:]
                assert fields[12] == hmac.new(self._key, bare, hashlib.sha256).digest()[:16]
            asked.append(Asked(fields[4], fields[8], raw[64:], raw))
        return asked

    def _exactly(self, length: int) -> bytes:
        content = b""
        while len(content) < length:
            piece = self.request.recv(length - len(content))
            if not piece:
                raise EOFError
            content += piece
        return content

    def _listen(self, message: bytes) -> None:
        self._context = hashlib.sha512(self._context + message).digest()

    def _says_alone(self, one: Asked, status: int, body: bytes) -> None:
        message = self._signed(_head(one, status, 0x1) + body, is_last=True)
        if not self._key:
            self._listen(message)
        self._send(message)

    def _signed(self, message: bytes, is_last: bool) -> bytes:  # noqa: FBT001 -- of the message
        fields: list[Any] = list(struct.unpack_from(HEAD, message))
        fields[7] = 0 if is_last else len(message)
        fields[6] |= 0x8 if self._key else 0
        bare = struct.pack(HEAD, *fields) + message[64:]
        if not self._key:
            return bare
        return bare[:48] + hmac.new(self._key, bare, hashlib.sha256).digest()[:16] + bare[64:]

    def _send(self, content: bytes, *, cut: bool = False) -> None:
        framed = len(content).to_bytes(4, "big") + content
        self.request.sendall(framed[: len(framed) // 2] if cut else framed)


def _head(one: Asked, status: int, flags: int) -> bytes:
    return struct.pack(
        HEAD, b"\xfeSMB", 64, 1, status, one.command, 32, flags, 0, one.number, 0, TREE, SESSION, bytes(16)
    )


def _setup(token: bytes, *, flags: int = 0) -> bytes:
    return struct.pack("<HHHH", 9, flags, 72, len(token)) + token


def _information() -> bytes:
    name = COMPUTER.upper().encode("utf-16-le")
    return struct.pack("<HH", 1, len(name)) + name + struct.pack("<HHQ", 7, 8, 0x01DC000000000000) + bytes(4)


def _session_key(message: bytes, nonce: bytes) -> bytes | None:
    """Return the key that a right answer to *nonce* makes; None: it is not right."""
    length, _, at = struct.unpack_from("<HHI", message, 20)
    response = message[at : at + length]
    length, _, at = struct.unpack_from("<HHI", message, 36)
    account = message[at : at + length].decode("utf-16-le")
    hashed = MD4.new(PASSWORD.encode("utf-16-le")).digest()  # noqa: S303 -- what the protocol wants
    owner = hmac.new(hashed, account.upper().encode("utf-16-le"), hashlib.md5).digest()
    if account != ACCOUNT or response[:16] != hmac.new(owner, nonce + response[16:], hashlib.md5).digest():
        return None
    return hmac.new(owner, response[:16], hashlib.md5).digest()


def _listed(names: list[str]) -> bytes:
    entries = []
    for name in names:
        encoded = name.encode("utf-16-le")
        entry = struct.pack("<III", 0, 0, len(encoded)) + encoded
        entries.append(entry + bytes(-len(entry) % 8))
    steps = [struct.pack("<I", len(entry)) for entry in entries[:-1]] + [bytes(4)]
    return b"".join(step + entry[4:] for step, entry in zip(steps, entries, strict=True))


@contextlib.contextmanager
def share_server() -> Iterator[ShareServer]:
    """Serve for the length of the block."""
    with ShareServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
