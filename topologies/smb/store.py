"""A share as the stand-ins use it: files that are written, read and listed, over one connection."""

from __future__ import annotations

import socket
import threading
import time
from typing import TYPE_CHECKING

from topologies.smb import packets
from topologies.smb.conversation import Conversation, must_succeed
from topologies.smb.ntlm import Login
from topologies.smb.trouble import Garbled, Refused

if TYPE_CHECKING:
    from topologies.smb.packets import Message

PORT = 445
TIMEOUT_S = 2.0
"""How long an operation may take, whatever it takes for that."""
READ_SIZE = 65536
UNREACHABLE = (OSError, Garbled)
"""What is raised where the storage is out of reach, or breaks off; a write may have taken effect anyway."""


class Store:
    """A share of a server, from any thread; a connection that broke is made anew by the next operation."""

    def __init__(  # noqa: PLR0913 -- where, who, how long
        self,
        host: str,
        share: str,
        *,
        account: str,
        password: str,
        port: int = PORT,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._address = (host, port)
        self._share = (host, share)
        self._login = Login(account, password)
        self._timeout_s = timeout_s
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._conversation: Conversation | None = None

    def write(self, name: str, content: bytes) -> str:
        """Write the whole of a file, replacing what was there, and return which server has it on its disk.

        Raises:
            ValueError: the content is longer than `packets.LARGEST`.
            Refused: the server said no.
            OSError, Garbled: see `UNREACHABLE`.
        """
        if len(content) > packets.LARGEST:
            raise ValueError(f"{name}: {len(content)} bytes; at most {packets.LARGEST} are written")
        with self._lock:
            self._asked(packets.write(name, content, anew=False))
            return self._computer()

    def read(self, name: str) -> tuple[bytes, str]:
        """Return the content of a file, and which server has sent it.

        Raises:
            Refused: the server said no.
            OSError, Garbled: see `UNREACHABLE`.
        """
        with self._lock:
            _, answer, _ = self._asked(packets.read(name))
            return packets.content_of(answer), self._computer()

    def names(self) -> tuple[list[str], str]:
        """Return the names of files, as many as fit into one answer, and which server has told them.

        Raises:
            Refused: the server said no.
            OSError, Garbled: see `UNREACHABLE`.
        """
        with self._lock:
            _, answer, _ = self._asked(packets.names())
            return packets.names_of(answer), self._computer()

    def _computer(self) -> str:
        return (self._conversation and self._conversation.computer) or ""

    def _asked(self, compound: bytes) -> list[Message]:
        """Return the answers to *compound*, all of them good.

        A kept connection that turns out to be broken is made anew once: every compound here may be repeated.
        """
        until_s = time.monotonic() + self._timeout_s
        is_kept = self._socket is not None
        try:
            answers = self._exchanged(compound, until_s)
        except UNREACHABLE as trouble:
            self._forget()
            if not is_kept or isinstance(trouble, TimeoutError):
                raise
            answers = self._exchanged(compound, until_s)
        must_succeed(answers)
        return answers

    def _exchanged(self, compound: bytes, until_s: float) -> list[Message]:
        try:
            conversation, connection = self._open(until_s)
            connection.sendall(conversation.sealed(compound))
            buffer = b""
            while (answers := conversation.answers(buffer)) is None:
                buffer += _received(connection, until_s)
        except (*UNREACHABLE, Refused):
            self._forget()
            raise
        return answers

    def _open(self, until_s: float) -> tuple[Conversation, socket.socket]:
        if self._socket is None or self._conversation is None:
            self._socket = socket.create_connection(self._address, timeout=_left(until_s))
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._conversation = Conversation(self._login, self._share)
            self._socket.sendall(self._conversation.begin())
            buffer = b""
            while not self._conversation.is_open:
                say, buffer = self._conversation.go_on(buffer)
                if say is not None:
                    self._socket.sendall(say)
                elif not self._conversation.is_open:
                    buffer += _received(self._socket, until_s)
        return self._conversation, self._socket

    def _forget(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket = self._conversation = None


def _received(connection: socket.socket, until_s: float) -> bytes:
    connection.settimeout(_left(until_s))
    piece = connection.recv(READ_SIZE)
    if not piece:
        raise Garbled
    return piece


def _left(until_s: float) -> float:
    left_s = until_s - time.monotonic()
    if left_s <= 0:
        raise TimeoutError("the storage has not answered in time")
    return left_s
