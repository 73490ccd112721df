"""The wire of MariaDB and MySQL: greeting, login, statement, answer."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Any

from conformance.probes.vantage import sql_answers
from conformance.probes.vantage.failures import Failure, Torn
from conformance.probes.vantage.sql_packets import (
    END,
    ERROR,
    HEAD,
    OK,
    PLUGIN,
    QUIT,
    Login,
    Packet,
    first,
    nonce_of_greeting,
    packet,
    switch,
)
from conformance.probes.vantage.wire import READ_SIZE, Wire

if TYPE_CHECKING:
    from collections.abc import Callable

NO_SUCH_PLUGIN = "sql 2059"
"""What clients say where the server wants a login that they do not know."""


class SqlWire(Wire):
    """A connection to a database server."""

    __slots__ = ("_login", "_reply", "is_greeted", "logged_in_ns")

    STAMPS = ("connected_ns", "logged_in_ns", "sent_ns", "first_byte_ns")
    MOST_KEPT = 20  # a database server has few connections to give, and slow answers take many

    def __init__(self, address: tuple[str, int], login: Login) -> None:
        super().__init__(address)
        self._login = login
        self._reply = b""
        self.is_greeted = False
        self.logged_in_ns: int | None = None

    def open(self) -> None:
        """Log in; the statement stays unsent until that is done."""
        while self.logged_in_ns is None:
            while self._reply:
                self._reply = self._reply[self.sock.send(self._reply) :]
            said = self._receive()
            if said.kind == ERROR:
                raise Failure(f"sql {said.error()}")
            if not self.is_greeted:
                self._greeted(said)
            elif said.kind == OK:
                self.logged_in_ns = time.monotonic_ns()
            else:
                self._switched(said)

    def _receive(self) -> Packet:
        """Return the next packet of the login."""
        while True:
            received = first(self.received)
            if received is not None:
                self.received = self.received[HEAD + len(received.body) :]
                return received
            piece = self.sock.recv(READ_SIZE)
            if not piece:
                raise Torn if self.is_greeted else Failure("closed")
            self.received += piece

    def _greeted(self, greeting: Packet) -> None:
        nonce = nonce_of_greeting(greeting.body)
        self.is_greeted = True
        self._reply = packet(greeting.number + 1, self._login.answer(nonce))

    def _switched(self, request: Packet) -> None:
        if request.kind != END:
            raise Torn
        plugin, nonce = switch(request.body)
        if plugin != PLUGIN:
            raise Failure(NO_SUCH_PLUGIN)
        self._reply = packet(request.number + 1, self._login.proof(nonce))

    def read(self, *, ended: bool) -> sql_answers.SqlAnswer | None:
        """Return the answer once it is whole."""
        answer = sql_answers.read(self.received)
        if answer is None and ended:
            raise Torn
        return answer

    @property
    def is_reusable(self) -> bool:
        """Whether the connection outlives its answer; one that was killed does not."""
        answer: sql_answers.SqlAnswer | None = self.answer
        return answer is not None and answer.error not in sql_answers.LEAVES_OPEN

    def close(self) -> None:
        """Close the connection; tell a server that waits for statements, so that it does not complain."""
        if self.is_open and not self.unsent:
            with contextlib.suppress(
                OSError
            ):  # it is gone already, or its buffer is full: it has to see itself
                self.sock.send(packet(0, QUIT))
        super().close()

    @property
    def opening(self) -> str:
        """The server speaks first, then we log in."""
        return "login" if self.is_greeted else "greeting"


def dialler(settings: dict[str, Any]) -> Callable[[str], SqlWire]:
    """Return what opens a connection to an address, as *settings* say."""
    port = settings["port"]
    login = Login(settings["account"], settings["password"], settings["schema"])
    return lambda address: SqlWire((address, port), login)
