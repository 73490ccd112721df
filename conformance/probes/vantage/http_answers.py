"""Reading http answers: just enough of HTTP/1.1 to tell a whole answer from a torn one."""

from __future__ import annotations

from typing import Any

from conformance.probes.vantage.failures import Torn

NO_BODY = (204, 304)


class Answer:
    """A whole http answer."""

    __slots__ = ("body", "cookies", "headers", "status")

    def __init__(self, status: int, headers: dict[bytes, bytes], cookies: list[bytes], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.cookies = cookies
        self.body = body

    def cookie(self, name: str) -> str | None:
        """Return the value to which the answer sets the cookie *name*, if it does."""
        prefix = name.encode() + b"="
        for line in self.cookies:
            if line.startswith(prefix):
                return line[len(prefix) :].partition(b";")[0].strip().decode("latin-1")
        return None

    def server(self) -> str | None:
        """Return who answered: by the stand-in's header, else by the balancer's cookie."""
        told = self.headers.get(b"x-jtel-server")
        return told.decode("latin-1") if told is not None else self.cookie("JTELSRV")

    def facts(self) -> dict[str, Any]:
        """Return what the history is told of every answer: its status, and the database that it names."""
        database = self.headers.get(b"x-jtel-database")
        if database is None:
            return {"status": self.status}
        return {"status": self.status, "database": database.decode("latin-1")}


def read(buffer: bytes, *, ended: bool) -> Answer | None:
    """Return the answer in *buffer* once it is whole, None while more is to come.

    ended: the other side has closed the connection.

    Raises:
        Torn: it is no http, or the connection ended in the middle of it.
    """
    head, separator, rest = buffer.partition(b"\r\n\r\n")
    if not separator:
        if ended or not buffer.startswith(b"HTTP/1."[: len(buffer)]):
            raise Torn
        return None
    status, headers, cookies = _head(head)
    body = _body(status, headers, rest, ended)
    if body is None:
        if ended:
            raise Torn
        return None
    return Answer(status, headers, cookies, body)


def _head(head: bytes) -> tuple[int, dict[bytes, bytes], list[bytes]]:
    lines = head.split(b"\r\n")
    if not lines[0].startswith(b"HTTP/1.") or not lines[0][9:12].isdigit():
        raise Torn
    headers: dict[bytes, bytes] = {}
    cookies: list[bytes] = []
    for line in lines[1:]:
        name, _, value = line.partition(b":")
        name = name.strip().lower()
        if name == b"set-cookie":
            cookies.append(value.strip())
        else:
            headers[name] = value.strip()
    return int(lines[0][9:12]), headers, cookies


def _body(status: int, headers: dict[bytes, bytes], rest: bytes, ended: bool) -> bytes | None:  # noqa: FBT001
    if status in NO_BODY:
        return b""
    length = headers.get(b"content-length")
    if length is not None:
        if not length.isdigit():
            raise Torn
        return rest[: int(length)] if len(rest) >= int(length) else None
    if headers.get(b"transfer-encoding", b"").lower() == b"chunked":
        return _unchunked(rest)
    return rest if ended else None


def _unchunked(rest: bytes) -> bytes | None:
    """Return the joined chunks once the last (empty) one is there."""
    parts: list[bytes] = []
    at = 0
    while True:
        line_end = rest.find(b"\r\n", at)
        if line_end < 0:
            return None
        try:
            size = int(rest[at:line_end].partition(b";")[0], 16)
        except ValueError:
            raise Torn from None
        at = line_end + 2
        if len(rest) < at + size + 2:
            return None
        if size == 0:
            return b"".join(parts)
        parts.append(rest[at : at + size])
        at += size + 2
