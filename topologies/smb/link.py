"""The connection behind a share: made by who needs it first, asked, and cut when the time is over.

smbprotocol waits in whole seconds, and without end while it logs in. So a thread beside each operation cuts
the connection once the deadline has passed, which wakes whoever waits.
"""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import logging
import socket
import struct
import threading
import time
import uuid
from typing import TYPE_CHECKING, Any

from smbprotocol.connection import Connection, SigningAlgorithms
from smbprotocol.exceptions import SMBConnectionClosed, SMBException, SMBResponseException
from smbprotocol.header import NtStatus, Smb2Flags
from smbprotocol.session import Session
from smbprotocol.tree import TreeConnect
from spnego import Password

from topologies.smb.trouble import Refused, Trouble, Unanswered, Unsent

if TYPE_CHECKING:
    from collections.abc import Iterator

PORT = 445
SIGNATURES = [SigningAlgorithms.AES_GMAC, SigningAlgorithms.AES_CMAC]
"""Without HMAC-SHA256 among them, smbprotocol offers no dialect before 3.0."""
NO_LINGER = struct.pack("ii", 1, 0)
"""Close with a reset: what was not delivered yet must not take effect later."""
NONSENSE = (SMBException, ValueError, LookupError, struct.error)
"""What smbprotocol raises when it cannot make sense of what arrived."""
CLOSED = frozenset({errno.EBADF, errno.ENOTCONN})
"""What a socket says that smbprotocol's own thread has closed meanwhile: the other side had ended."""
GONE = frozenset({NtStatus.STATUS_USER_SESSION_DELETED, NtStatus.STATUS_NETWORK_NAME_DELETED})
"""What a server says that knows the login, or the share, no longer."""
SPARE_S = 1.0
"""smbprotocol gives up by itself so long after the deadline, should the socket not have been shut."""
CUT_EVERY_S = 0.005
"""Once the time is over, until the operation has ended: a socket may be made at this very moment."""

for _library in ("smbprotocol", "spnego"):  # what they log they raise as well
    logging.getLogger(_library).setLevel(logging.CRITICAL + 1)


@dataclasses.dataclass(frozen=True)
class Access:
    """Where a share is, and who goes there."""

    host: str
    share: str
    account: str
    password: str = dataclasses.field(repr=False)
    port: int = PORT
    is_signed: bool = True
    """Whether who is taken for a guest is turned away; he has no key to sign with, all others sign."""


class Link:
    """A connection to a share; it is made by the first operation."""

    STAMPS: tuple[str, ...] = ("connected_ns", "logged_in_ns", "sent_ns")

    def __init__(self, access: Access, number: int = 0) -> None:
        self.access = access
        self.number = number
        """Which of its owner's connections this is."""
        self.server: str | None = None
        """Who answers: Samba has its NetBIOS name for a GUID; of another server, the GUID."""
        self.connected_ns: int | None = None
        """CLOCK_MONOTONIC of when the dialect was agreed upon; those below are of later phases."""
        self.logged_in_ns: int | None = None
        self.sent_ns: int | None = None
        """When the last operation was sent."""
        self._connection = Connection(
            uuid.uuid4(), access.host, access.port, require_signing=access.is_signed
        )
        self._session: Any = None
        self._tree: Any = None
        self._until_s = 0.0
        self._is_late = False
        self._is_over = False

    @property
    def is_alive(self) -> bool:
        """Whether a further operation may use the connection."""
        transport = self._connection.transport
        return not (self._is_over or self._is_late) and transport is not None and bool(transport.connected)

    @property
    def phase(self) -> str:
        """How far the last operation has come: connect, login, send or answer."""
        if self.connected_ns is None:
            return "connect"
        if self.logged_in_ns is None:
            return "login"
        return "send" if self.sent_ns is None else "answer"

    def drop(self) -> None:
        """End the connection at once, whatever the other side does."""
        self._is_over = True
        self._cut()

    @contextlib.contextmanager
    def _ended_by(self, until_s: float) -> Iterator[None]:
        """Have the operation of the block ended by *until_s*, on time.monotonic; it finds the share open.

        Raises:
            Trouble: as its kinds say.
        """
        self.sent_ns = None
        self._until_s = until_s
        has_ended = threading.Event()
        threading.Thread(target=self._cut_after, args=(until_s, has_ended), daemon=True).start()
        try:
            if self._tree is None:
                self._open(until_s)
            yield
        except Refused as refusal:
            if self._tree is None or refusal.status in GONE:
                self.drop()
            raise
        except (OSError, *NONSENSE) as error:
            trouble, cause = self._trouble(error)
            self.drop()
            raise trouble from cause
        finally:
            has_ended.set()

    def _open(self, until_s: float) -> None:
        connection, access = self._connection, self.access
        try:
            connection.connect(
                timeout=max(until_s - time.monotonic(), CUT_EVERY_S), preferred_signing_algos=SIGNATURES
            )
            connection.transport._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # noqa: SLF001 -- see _cut
            self.connected_ns = time.monotonic_ns()
            self.server = _name(connection.server_guid)
            connection.require_signing = access.is_signed  # whatever the server says
            who = Password(access.account, access.password)  # of two words, an empty one is not taken
            self._session = Session(connection, who, require_encryption=False, auth_protocol="ntlm")
            self._session.connect()
            if self._session.signing_key and not self._session.encrypt_data:
                self._session.signing_required = True
            tree = TreeConnect(self._session, rf"\\{access.host}\{access.share}")
            tree.connect(require_secure_negotiate=access.is_signed)
        except SMBResponseException as refusal:
            raise Refused(refusal.status) from None
        self._tree = tree
        self.logged_in_ns = time.monotonic_ns()

    def _asked(self, *messages: Any, is_one: bool = True) -> list[Any]:  # noqa: ANN401 -- smbprotocol's
        """Return the answers to a compound, all of them good; *is_one*: its parts are about one file.

        Raises:
            Refused: one was not; the first of them tells why.
        """
        self.sent_ns = time.monotonic_ns()
        requests = self._connection.send_compound(
            list(messages),
            self._session.session_id,
            self._tree.tree_connect_id,
            related=is_one and len(messages) > 1,
        )
        answers: list[Any] = []
        refused: Refused | None = None
        for at, request in enumerate(requests):
            try:
                answers.append(self._answer(request))
            except SMBResponseException as refusal:
                self._must_be_signed(refusal.header)
                refused = refused or Refused(refusal.status, has_begun=at > 0)
        if refused is not None:
            raise refused
        return answers

    def _answer(self, request: Any) -> Any:  # noqa: ANN401 -- smbprotocol's
        left_s = max(self._until_s - time.monotonic(), 0)
        answer = self._connection.receive(request, timeout=left_s + SPARE_S, resolve_symlinks=False)
        self._must_be_signed(answer)
        return answer

    def _must_be_signed(self, answer: Any) -> None:  # noqa: ANN401 -- smbprotocol's
        """Return only if *answer* is signed, where it has to be: smbprotocol looks at no other signatures."""
        if self._session.signing_required and not answer["flags"].has_flag(Smb2Flags.SMB2_FLAGS_SIGNED):
            raise SMBException("an answer is not signed")

    def _cut_after(self, until_s: float, has_ended: threading.Event) -> None:
        if has_ended.wait(max(until_s - time.monotonic(), 0)):
            return
        self._is_late = True
        while True:
            self._cut()
            if has_ended.wait(CUT_EVERY_S):
                return

    def _cut(self) -> None:
        """Shut the socket: who waits for it is woken, and smbprotocol's own thread closes it.

        Its way to disconnect waits for that thread, and for who is in the middle of sending.
        """
        transport = self._connection.transport
        connection: socket.socket | None = transport and transport._sock  # noqa: SLF001
        if connection is not None:
            with contextlib.suppress(OSError):  # it is closed already
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
                connection.shutdown(socket.SHUT_RDWR)

    def _trouble(self, error: Exception) -> tuple[Trouble, Exception | None]:
        """Return what *error* means, and what caused it where that is the network."""
        kind = Unsent if self.sent_ns is None else Unanswered
        cause = error if isinstance(error, OSError) else error.__cause__
        if self._is_late or isinstance(cause, TimeoutError):
            is_met = self._connection.transport is not None and self._connection.transport._sock is not None  # noqa: SLF001
            return kind("answer timeout" if is_met else "connect timeout"), None
        is_closed = isinstance(error, SMBConnectionClosed) or getattr(cause, "errno", None) in CLOSED
        if isinstance(cause, OSError) and not is_closed:
            return kind(cause.strerror or "network"), cause
        if is_closed and self.connected_ns is None:
            return kind("closed"), None
        if self._session is not None and self._session.session_id is None:  # so smbprotocol leaves it then
            return kind("taken for a guest"), None
        return kind("torn answer"), None


def _name(guid: uuid.UUID) -> str:
    name = guid.bytes.rstrip(b"\0")
    return name.decode("ascii") if name.isascii() and name.decode("ascii").isprintable() else str(guid)
