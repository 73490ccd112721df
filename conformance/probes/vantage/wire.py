"""One operation on the wire: connect, (TLS), send, receive, on a non-blocking socket.

It knows sockets and stamps; when operations start and how they are judged is for others.
"""

from __future__ import annotations

import errno
import socket
import ssl
import struct
import time

from conformance.probes.vantage import answers

NO_LINGER = struct.pack("ii", 1, 0)
"""Close with a reset: a connection per operation would otherwise use up the vantage's ports (TIME_WAIT)."""
READ_SIZE = 65536

WORDS = {
    errno.ECONNREFUSED: "refused",
    errno.ECONNRESET: "reset",
    errno.ECONNABORTED: "reset",
    errno.EPIPE: "reset",
    errno.EHOSTUNREACH: "no route",
    errno.ENETUNREACH: "no route",
    errno.ENETDOWN: "no route",
    errno.EPERM: "no route",  # a packet filter of the vantage itself refused to send
    errno.ETIMEDOUT: "connect timeout",
}


class Failure(Exception):  # noqa: N818 -- an outcome, as in the history
    """The operation failed; its text is one of the error words of the history."""


def word_for(error: OSError) -> str:
    """Return the history's word for a socket error.

    Raises:
        OSError: the error is the vantage's own trouble (no ports, no descriptors) and proves nothing.
    """
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"tls: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"tls: {(error.reason or error.strerror or 'failed').replace('_', ' ').lower()}"
    if error.errno not in WORDS:
        raise error
    return WORDS[error.errno]


class Wire:
    """A connection with, at most, one operation in flight on it."""

    __slots__ = (
        "answer",
        "connected_ns",
        "first_byte_ns",
        "handshaken",
        "received",
        "sent_ns",
        "sock",
        "tls",
        "unsent",
    )

    def __init__(self, address: tuple[str, int], tls: tuple[ssl.SSLContext, str] | None) -> None:
        """Begin to connect.

        Raises:
            Failure: the kernel refused at once.
        """
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.sock: socket.socket = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
        self.tls = tls
        self.handshaken = tls is None
        self.connected_ns: int | None = None
        self.unsent = b""
        self._reset()
        code = self.sock.connect_ex(address)
        if code not in (0, errno.EINPROGRESS):
            self.sock.close()
            raise Failure(word_for(OSError(code, "connect")))

    def _reset(self) -> None:
        self.sent_ns: int | None = None
        self.first_byte_ns: int | None = None
        self.received = b""
        self.answer: answers.Answer | None = None

    def again(self, payload: bytes) -> None:
        """Prepare the open connection for a further operation; `step` begins it."""
        self._reset()
        self.unsent = payload

    def step(self) -> int | None:
        """Go as far as the socket lets us; return the completion's stamp once the answer is whole.

        Raises:
            Failure: the operation failed.
        """
        try:
            return self._step()
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return None
        except (answers.Torn, ssl.SSLZeroReturnError, ssl.SSLEOFError):
            raise Failure("torn answer" if self.handshaken else "tls: closed during the handshake") from None
        except OSError as error:
            raise Failure(word_for(error)) from None

    def _step(self) -> int | None:
        if self.connected_ns is None:
            code = self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if code:
                raise OSError(code, "connect")
            self.connected_ns = time.monotonic_ns()
            if self.tls is not None:
                context, name = self.tls
                self.sock = context.wrap_socket(
                    self.sock, server_hostname=name, do_handshake_on_connect=False
                )
        if not self.handshaken:
            assert isinstance(self.sock, ssl.SSLSocket)
            self.sock.do_handshake()
            self.handshaken = True
        while self.unsent:
            self.unsent = self.unsent[self.sock.send(self.unsent) :]
            self.sent_ns = time.monotonic_ns()
        while self.answer is None:
            piece = self.sock.recv(READ_SIZE)
            now_ns = time.monotonic_ns()
            if self.first_byte_ns is None and piece:
                self.first_byte_ns = now_ns
            self.received += piece
            self.answer = answers.read(self.received, ended=not piece)
            if self.answer is not None:
                return now_ns
        return None

    @property
    def phase(self) -> str:
        """Where the operation stands: connect, tls, send or answer."""
        if self.connected_ns is None:
            return "connect"
        if not self.handshaken:
            return "tls"
        return "answer" if self.sent_ns is not None and not self.unsent else "send"

    def timeout_word(self) -> str:
        """Return the error word for a deadline that passed now."""
        return {"connect": "connect timeout", "tls": "tls: handshake timeout"}.get(
            self.phase, "answer timeout"
        )
