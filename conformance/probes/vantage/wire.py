"""One operation on the wire: connect, open, send, receive, on a non-blocking socket.

It knows sockets and stamps; when operations start and how they are judged is for others. What opens a
connection (TLS, a login) and what a whole answer is, the wires of the protocols say.
"""

from __future__ import annotations

import errno
import socket
import struct
import time
from typing import Any

from conformance.probes.vantage.failures import Failure, Torn, word_for

NO_LINGER = struct.pack("ii", 1, 0)
"""Close with a reset: a connection per operation would otherwise use up the vantage's ports (TIME_WAIT)."""
READ_SIZE = 65536


class Wire:
    """A connection with, at most, one operation in flight on it."""

    __slots__ = (
        "answer",
        "connected_ns",
        "first_byte_ns",
        "is_open",
        "received",
        "sent_ns",
        "sock",
        "unsent",
    )

    STAMPS: tuple[str, ...] = ("connected_ns", "sent_ns", "first_byte_ns")
    """The phases that the history tells of."""
    MOST_KEPT = 1000
    """How many connections without an operation are kept for the next ones."""
    WAITS: tuple[type[OSError], ...] = (BlockingIOError,)
    """What the socket raises while it is not ready."""
    ENDS: tuple[type[Exception], ...] = (Torn,)
    """What is raised where the other side ended in the middle, or said what is no answer."""

    def __init__(self, address: tuple[str, int]) -> None:
        """Begin to connect.

        Raises:
            Failure: the kernel refused at once.
        """
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.sock: socket.socket = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
        self.connected_ns: int | None = None
        self.is_open = False
        self.again(b"")
        code = self.sock.connect_ex(address)
        if code not in (0, errno.EINPROGRESS):
            self.sock.close()
            raise Failure(word_for(OSError(code, "connect")))

    def again(self, payload: bytes) -> None:
        """Prepare the connection for its next operation; `step` begins it."""
        self.sent_ns: int | None = None
        self.first_byte_ns: int | None = None
        self.received = b""
        self.answer: Any = None
        self.unsent = payload

    def step(self) -> int | None:
        """Go as far as the socket lets us; return the completion's stamp once the answer is whole.

        Raises:
            Failure: the operation failed.
        """
        try:
            return self._step()
        except self.WAITS:
            return None
        except self.ENDS:
            raise Failure(self.torn_word()) from None
        except OSError as error:
            raise Failure(word_for(error)) from None

    def _step(self) -> int | None:
        if self.connected_ns is None:
            code = self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if code:
                raise OSError(code, "connect")
            self.connected_ns = time.monotonic_ns()
        if not self.is_open:
            self.open()
            self.is_open = True
        while self.unsent:
            self.unsent = self.unsent[self.sock.send(self.unsent) :]
            self.sent_ns = time.monotonic_ns()
        while self.answer is None:
            piece = self.sock.recv(READ_SIZE)
            now_ns = time.monotonic_ns()
            if self.first_byte_ns is None and piece:
                self.first_byte_ns = now_ns
            self.received += piece
            self.answer = self.read(ended=not piece)
            if self.answer is not None:
                return now_ns
        return None

    def open(self) -> None:
        """Do what comes between connecting and sending; called again whenever the socket is ready.

        Raises:
            Failure: the other side does not let us in.
            Torn: it ended in the middle, or speaks something else.
            OSError: as the socket says, and one of `WAITS` while it is not ready.
        """

    def read(self, *, ended: bool) -> Any:  # noqa: ANN401 -- each protocol has answers of its own
        """Return the answer once what was received is a whole one, None while more is to come.

        Raises:
            Torn: it is no answer, or *ended* in the middle of it.
        """
        raise NotImplementedError

    @property
    def is_reusable(self) -> bool:
        """Whether a further operation may use this connection."""
        raise NotImplementedError

    def close(self) -> None:
        """Close the connection."""
        self.sock.close()

    @property
    def opening(self) -> str:
        """The phase between connecting and sending."""
        return "open"

    @property
    def phase(self) -> str:
        """Where the operation stands: connect, the protocol's own phases of opening, send or answer."""
        if self.connected_ns is None:
            return "connect"
        if not self.is_open:
            return self.opening
        return "answer" if self.sent_ns is not None and not self.unsent else "send"

    def torn_word(self) -> str:
        """Return the error word for an other side that ended now, or said what is no answer."""
        return "torn answer"

    def timeout_word(self) -> str:
        """Return the error word for a deadline that passed now."""
        return "connect timeout" if self.connected_ns is None else "answer timeout"
