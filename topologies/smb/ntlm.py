"""NTLMv2: what an account says to prove its password, and the key that comes of it (MS-NLMP)."""

from __future__ import annotations

import hmac
import os
import struct
from typing import NamedTuple

from topologies.smb.md4 import md4
from topologies.smb.trouble import Garbled

MARK = b"NTLMSSP\0"
FLAGS = 0x00000001 | 0x00000004 | 0x00000010 | 0x00000200 | 0x00008000 | 0x00080000 | 0x00800000 | 0x20000000
"""Unicode, target wanted, signing, NTLM, always sign, extended security, target information, 128 bits."""
ANONYMOUS = 0x00000800
END, COMPUTER, TIMESTAMP = 0, 1, 7
"""Kinds of what a server tells about itself."""
FIXED = 64
"""Bytes of the last message before what it points to."""


class Challenge(NamedTuple):
    """What a server wants to have answered."""

    nonce: bytes
    information: bytes
    """All that it tells about itself, to be said again in the answer."""
    computer: str
    """The name by which it goes."""
    timestamp: bytes


class Proof(NamedTuple):
    """The answer to a challenge."""

    message: bytes
    key: bytes
    """The key of the session."""


class Login:
    """An account and its password; without an account, a guest."""

    __slots__ = ("_hash", "account")

    def __init__(self, account: str, password: str) -> None:
        self.account = account
        self._hash = md4(password.encode("utf-16-le"))

    @staticmethod
    def hello() -> bytes:
        """Return the first message."""
        return struct.pack("<8sII16x", MARK, 1, FLAGS)

    def proof(self, challenge: Challenge) -> Proof:
        """Return the answer to *challenge*."""
        if not self.account:
            return Proof(_answer(b"\0", b"", b"", FLAGS | ANONYMOUS), bytes(16))
        account = self.account.encode("utf-16-le")
        owner = hmac.digest(self._hash, self.account.upper().encode("utf-16-le"), "md5")
        blob = b"".join(
            (b"\1\1", bytes(6), challenge.timestamp, os.urandom(8), bytes(4), challenge.information, bytes(4))
        )
        proven = hmac.digest(owner, challenge.nonce + blob, "md5")
        return Proof(_answer(bytes(24), proven + blob, account, FLAGS), hmac.digest(owner, proven, "md5"))


def read_challenge(message: bytes) -> Challenge:
    """Return what the second message says.

    Raises:
        Garbled: it is none.
    """
    try:
        mark, kind = struct.unpack_from("<8sI", message)
        nonce = message[24:32]
        length, at = struct.unpack_from("<H2xI", message, 40)
        information = message[at : at + length]
        pairs = _pairs(information)
    except struct.error:
        raise Garbled from None
    if mark != MARK or kind != 2 or len(information) != length:  # noqa: PLR2004 -- the second message
        raise Garbled
    computer = pairs.get(COMPUTER, b"").decode("utf-16-le", "replace").lower()
    return Challenge(nonce, information, computer, pairs.get(TIMESTAMP, bytes(8)))


def _pairs(information: bytes) -> dict[int, bytes]:
    pairs: dict[int, bytes] = {}
    at = 0
    while at < len(information):
        kind, length = struct.unpack_from("<HH", information, at)
        if kind == END:
            break
        pairs[kind] = information[at + 4 : at + 4 + length]
        at += 4 + length
    return pairs


def _answer(lan_manager: bytes, response: bytes, account: bytes, flags: int) -> bytes:
    pointers, payload = b"", b""
    for field in (lan_manager, response, b"", account, b"", b""):  # domain, workstation, and key are empty
        pointers += struct.pack("<HHI", len(field), len(field), FIXED + len(payload))
        payload += field
    return MARK + struct.pack("<I", 3) + pointers + struct.pack("<I", flags) + payload
