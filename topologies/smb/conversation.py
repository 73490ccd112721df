"""A connection to a share as what is said and heard on it, without a socket: dialect, login, signatures."""

from __future__ import annotations

import hashlib
import hmac
import struct
from typing import TYPE_CHECKING

from topologies.smb import packets
from topologies.smb.ntlm import Challenge, Login, Proof, read_challenge
from topologies.smb.trouble import Garbled, Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from topologies.smb.packets import Message

IS_GUEST, IS_NOBODY = 0x1, 0x2
SIGNATURE = slice(48, 64)


class Conversation:
    """How *login* gets to *share*, and what it does there afterwards."""

    __slots__ = (
        "_expected",
        "_heard_before_login",
        "_key",
        "_login",
        "_next",
        "_proof",
        "_session",
        "_share",
        "_tree",
        "computer",
        "is_open",
    )

    def __init__(self, login: Login, share: tuple[str, str]) -> None:
        self._login = login
        self._share = share
        """The name of the server, and of the share."""
        self._next = 0
        self._expected: list[int] = []
        """The numbers of the requests that were sealed last."""
        self._heard_before_login = bytes(64)
        self._session = 0
        self._tree = 0
        self._key = b""
        """What messages are signed with, once there is one."""
        self._proof: Proof | None = None
        self.computer: str | None = None
        """Who has answered, by its own word."""
        self.is_open = False
        """Whether the share may be used."""

    def begin(self) -> bytes:
        """Return what is to be said first."""
        return self._said_in_the_open(packets.negotiation())

    def go_on(self, buffer: bytes) -> tuple[bytes | None, bytes]:
        """Return what is to be said next, and what is left of *buffer*, in which the answers arrive.

        Nothing is to be said while the answer is not whole, and once the share is open.

        Raises:
            Refused: the server does not let us in.
            Garbled: it says something else.
        """
        content = packets.frame(buffer)
        if content is None:
            return None, buffer
        rest = buffer[packets.FRAME + len(content) :]
        (answer,) = packets.messages(content)
        if answer.status == packets.PENDING:
            return self.go_on(rest)
        if answer.status not in {0, packets.MORE}:
            raise Refused(answer.status)
        if answer.command == packets.NEGOTIATE:
            return self._negotiated(answer), rest
        if answer.command == packets.SESSION_SETUP:
            return self._stepped(answer), rest
        self._must_be_signed(answer)
        self._tree = answer.tree
        self.is_open = True
        return None, rest

    def _negotiated(self, answer: Message) -> bytes:
        try:
            (dialect,) = struct.unpack_from("<4xH", answer.body)
        except struct.error:
            raise Garbled from None
        if dialect != packets.DIALECT:
            raise Garbled
        self._listen(answer.raw)
        return self._said_in_the_open(packets.session_setup(self._login.hello()))

    def _stepped(self, answer: Message) -> bytes:
        self._session = answer.session
        try:
            flags, at, length = struct.unpack_from("<2xHHH", answer.body)
        except struct.error:
            raise Garbled from None
        if answer.status == packets.MORE:
            challenge = self._challenged(answer.raw[at : at + length])
            self._listen(answer.raw)
            self._proof = self._login.proof(challenge)
            return self._said_in_the_open(packets.session_setup(self._proof.message))
        if self._proof is None:
            raise Garbled
        if self._login.account and not flags & (IS_GUEST | IS_NOBODY):  # who is nobody has no key
            self._key = _signing_key(self._proof.key, self._heard_before_login)
            self._must_be_signed(answer)
        return self.sealed(packets.tree_connect(*self._share))

    def _challenged(self, token: bytes) -> Challenge:
        challenge = read_challenge(token)
        self.computer = challenge.computer or None
        return challenge

    def sealed(self, compound: bytes) -> bytes:
        """Return a compound as it is sent: numbered, for our session and share, and signed."""
        parts = []
        self._expected = []
        at = 0
        while True:
            fields = list(packets.HEAD.unpack_from(compound, at))
            step = fields[7]
            part = bytearray(compound[at : at + step] if step else compound[at:])
            related = fields[6] & packets.RELATED
            fields[6] |= packets.SIGNED if self._key else 0
            fields[8] = self._next
            fields[10] = packets.ALL_ONES if related else self._tree
            fields[11] = (packets.ALL_ONES << 32) | packets.ALL_ONES if related else self._session
            packets.HEAD.pack_into(part, 0, *fields)
            if self._key:
                part[SIGNATURE] = self._signature(bytes(part))
            self._expected.append(self._next)
            self._next += 1
            parts.append(bytes(part))
            if not step:
                return packets.framed(b"".join(parts))
            at += step

    def answers(self, buffer: bytes) -> list[Message] | None:
        """Return the answers to what was sealed last, in its order; None while one is missing.

        Raises:
            Garbled: *buffer* holds something else.
        """
        found: dict[int, Message] = {}
        for answer in self._messages(buffer):
            if answer.status != packets.PENDING:
                self._must_be_signed(answer)
                found[answer.number] = answer
        if len(found) < len(self._expected):
            return None
        try:
            return [found[number] for number in self._expected]
        except KeyError:
            raise Garbled from None

    def _messages(self, buffer: bytes) -> Iterator[Message]:
        at = 0
        while (content := packets.frame(buffer, at)) is not None:
            yield from packets.messages(content)
            at += packets.FRAME + len(content)

    def _said_in_the_open(self, compound: bytes) -> bytes:
        """Return a message of the time before the keys, which they depend on."""
        said = self.sealed(compound)
        self._listen(said[packets.FRAME :])
        return said

    def _listen(self, message: bytes) -> None:
        self._heard_before_login = hashlib.sha512(self._heard_before_login + message).digest()

    def _must_be_signed(self, answer: Message) -> None:
        if not self._key:
            return
        bare = bytearray(answer.raw)
        bare[SIGNATURE] = bytes(16)
        if not answer.is_signed or not hmac.compare_digest(
            self._signature(bytes(bare)), answer.raw[SIGNATURE]
        ):
            raise Garbled

    def _signature(self, message: bytes) -> bytes:
        return hmac.digest(self._key, message, "sha256")[:16]


def _signing_key(session_key: bytes, context: bytes) -> bytes:
    """Return the key that both sides derive (NIST SP 800-108, counter mode, one round)."""
    label = b"SMBSigningKey\0"
    said = b"\0\0\0\1" + label + b"\0" + context + (128).to_bytes(4, "big")
    return hmac.digest(session_key, said, "sha256")[:16]


def must_succeed(answers: list[Message]) -> None:
    """Return only if every request of a compound was carried out.

    Raises:
        Refused: one was not; the first one tells why.
    """
    for answer in answers:
        if answer.status:
            raise Refused(answer.status)
