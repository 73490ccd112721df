"""The wire of SMB 3.1.1: negotiation, login, share, then one compound an operation."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from conformance.probes.vantage.failures import Failure, Torn
from conformance.probes.vantage.wire import READ_SIZE, Wire
from topologies.smb.conversation import Conversation
from topologies.smb.ntlm import Login
from topologies.smb.trouble import Garbled, Refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from topologies.smb.packets import Message


class SmbAnswer:
    """The whole answer to a compound."""

    __slots__ = ("answers", "computer")

    def __init__(self, answers: list[Message], computer: str | None) -> None:
        self.answers = answers
        self.computer = computer
        """Who answered, by its own word."""

    def facts(self) -> dict[str, Any]:
        """Return what the history is told of every answer: nothing that its plan does not tell."""
        return {}


class SmbWire(Wire):
    """A connection to a share."""

    __slots__ = ("_conversation", "_has_heard", "_reply", "logged_in_ns")

    STAMPS = ("connected_ns", "logged_in_ns", "sent_ns", "first_byte_ns")
    ENDS = (Torn, Garbled)
    MOST_KEPT = 20  # each is a process of the server

    def __init__(self, address: tuple[str, int], login: Login, share: tuple[str, str]) -> None:
        super().__init__(address)
        self._conversation = Conversation(login, share)
        self._reply = self._conversation.begin()
        self._has_heard = False
        self.logged_in_ns: int | None = None

    def again(self, payload: bytes) -> None:
        """Prepare the connection for its next operation, whose compound is *payload*."""
        super().again(payload)
        if self.is_open:
            self.unsent = self._conversation.sealed(payload)

    def open(self) -> None:
        """Get to the share; the compound stays unsent until that is done."""
        while not self._conversation.is_open:
            while self._reply:
                self._reply = self._reply[self.sock.send(self._reply) :]
            try:
                reply, self.received = self._conversation.go_on(self.received)
            except Refused as refusal:
                raise Failure(str(refusal)) from None
            if reply is not None:
                self._reply = reply
            elif not self._conversation.is_open:
                self._receive()
        self.logged_in_ns = time.monotonic_ns()
        self.unsent = self._conversation.sealed(self.unsent)

    def _receive(self) -> None:
        piece = self.sock.recv(READ_SIZE)
        if not piece:
            raise Torn if self._has_heard else Failure("closed")
        self._has_heard = True
        self.received += piece

    def read(self, *, ended: bool) -> SmbAnswer | None:
        """Return the answer once it is whole."""
        answers = self._conversation.answers(self.received)
        if answers is None:
            if ended:
                raise Torn
            return None
        return SmbAnswer(answers, self._conversation.computer)

    @property
    def is_reusable(self) -> bool:
        """Whether the connection outlives its answer."""
        return self.answer is not None

    @property
    def opening(self) -> str:
        """First the dialect is agreed upon, then we log in."""
        return "login" if self._has_heard else "greeting"


def dialler(settings: dict[str, Any]) -> Callable[[str], SmbWire]:
    """Return what opens a connection to an address, as *settings* say."""
    port = settings["port"]
    login = Login(settings["account"], settings["password"])
    share = (settings["target"], settings["share"])
    return lambda address: SmbWire((address, port), login, share)
