"""A call made of bare datagrams, whose requests may come from any address: what no user agent would do."""

import secrets
import socket
from types import TracebackType
from typing import Self

from topologies.voice.description import Speech

SIP_PORT = 5060
PATIENCE_S = 5.0
Answer = tuple[int, str]
"""Status, and the method that it answers."""


class RawCall:
    """One call to a server, with a socket for every address that has a part in it."""

    def __init__(self, server: str, caller: str) -> None:
        self._server, self._caller = server, caller
        self._sockets: dict[str, socket.socket] = {}
        self._mark = secrets.token_hex(8)
        self._to = f"<sip:100@{server}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for one in self._sockets.values():
            one.close()

    def ask(self, method: str, *headers: str, source: str | None = None, number: int = 1) -> None:
        """Send a request of this call, from the caller's address unless told otherwise."""
        source = source or self._caller
        body = Speech(source, 40000).text() if method == "INVITE" else ""
        branch = "z9hG4bK" + (self._mark if method in {"INVITE", "CANCEL"} else secrets.token_hex(8))
        lines = [
            f"{method} sip:100@{self._server} SIP/2.0",
            f"Via: SIP/2.0/UDP {source}:{SIP_PORT};branch={branch}",
            "Max-Forwards: 5",
            f"From: <sip:201@{self._caller}>;tag={self._mark}",
            f"To: {self._to}",
            f"Call-ID: {self._mark}",
            f"CSeq: {number} {method}",
            f"Contact: <sip:201@{source}>",
            *headers,
            *(["Content-Type: application/sdp"] if body else []),
            f"Content-Length: {len(body)}",
        ]
        request = "".join(f"{line}\r\n" for line in (*lines, "")) + body
        self._socket(source).sendto(request.encode(), (self._server, SIP_PORT))

    def answer(self, source: str | None = None) -> Answer:
        """Return the next answer that comes to an address."""
        text = self._socket(source or self._caller).recv(65535).decode()
        headers = dict(line.partition(": ")[::2] for line in text.split("\r\n"))
        number, method = headers["CSeq"].split()
        status = int(text.split(" ", 2)[1])
        if (number, method) == ("1", "INVITE") and status >= 200:
            self._to = headers["To"]
        return status, method

    def final_answer(self, source: str | None = None) -> Answer:
        """Return the next answer that is no provisional one."""
        while (found := self.answer(source))[0] < 200:
            continue
        return found

    def _socket(self, address: str) -> socket.socket:
        if address not in self._sockets:
            fresh = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            fresh.bind((address, SIP_PORT))
            fresh.settimeout(PATIENCE_S)
            self._sockets[address] = fresh
        return self._sockets[address]
