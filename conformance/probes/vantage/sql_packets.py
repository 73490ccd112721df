"""The packets of the MariaDB and MySQL protocol: how they are cut, and what a login says.

A packet is its length (3 bytes, little endian), its number within the exchange (1 byte), and its body.
"""

from __future__ import annotations

import hashlib
import struct
from typing import NamedTuple

from conformance.probes.vantage.failures import Torn

HEAD = 4
LONGEST = 1 << 20
"""No packet of these exchanges is longer; a longer one is another protocol."""
OK, ERROR, END = 0x00, 0xFF, 0xFE
QUIT, QUERY = b"\x01", b"\x03"
PROTOCOL = b"\x0a"
PLUGIN = "mysql_native_password"
NONCE = 20
UTF8MB4 = 45
WITH_SCHEMA = 0x00000008
CAPABILITIES = 0x00000001 | 0x00000200 | 0x00002000 | 0x00008000 | 0x00080000
"""Long password, protocol 4.1, transactions, secure connection, authentication plugins."""


class Packet(NamedTuple):
    """A packet without its head."""

    number: int
    body: bytes

    @property
    def kind(self) -> int:
        """The first byte, which tells what it is."""
        return self.body[0] if self.body else -1

    @property
    def is_end(self) -> bool:
        """Whether it ends a list of columns or of rows."""
        return self.kind == END and len(self.body) < 9  # noqa: PLR2004 -- a longer one is a row

    def error(self) -> int:
        """Return the code of an error packet.

        Raises:
            Torn: it has none.
        """
        if len(self.body) < 3:  # noqa: PLR2004 -- the kind, and two bytes of code
            raise Torn
        return int.from_bytes(self.body[1:3], "little")


def packet(number: int, body: bytes) -> bytes:
    """Return the bytes of a packet."""
    return len(body).to_bytes(3, "little") + bytes([number]) + body


def query(statement: str) -> bytes:
    """Return the bytes that have *statement* executed."""
    return packet(0, QUERY + statement.encode())


def first(buffer: bytes, at: int = 0) -> Packet | None:
    """Return the packet that begins at *at*, None while it is not whole.

    Raises:
        Torn: its length is none of this protocol's.
    """
    length = int.from_bytes(buffer[at : at + 3], "little")
    if length > LONGEST:
        raise Torn
    if len(buffer) < at + HEAD + length:
        return None
    return Packet(buffer[at + 3], buffer[at + HEAD : at + HEAD + length])


def nonce_of_greeting(body: bytes) -> bytes:
    """Return the 20 bytes with which a server greets, to be answered with the password.

    Raises:
        Torn: it is no greeting of this protocol.
    """
    version_end = body.find(b"\0", 1)
    if body[:1] != PROTOCOL or version_end < 0:
        raise Torn
    # Behind the version: thread (4), nonce (8), filler (1), abilities, set of characters, status (18), nonce.
    one = version_end + 1 + 4
    two = one + 8 + 1 + 18
    nonce = body[one : one + 8] + body[two : two + NONCE - 8]
    if len(nonce) != NONCE:
        raise Torn
    return nonce


def switch(body: bytes) -> tuple[str, bytes]:
    """Return the plugin and the nonce with which a server asks for another way to log in."""
    plugin, _, nonce = body[1:].partition(b"\0")
    return plugin.decode("latin-1"), nonce[:NONCE]


class Login:
    """An account, and how it answers a greeting."""

    __slots__ = ("_account", "_once", "_schema", "_twice")

    def __init__(self, account: str, password: str, schema: str | None) -> None:
        self._account = account.encode() + b"\0"
        self._schema = schema.encode() + b"\0" if schema else b""
        self._once = _sha1(password.encode()) if password else b""
        self._twice = _sha1(self._once)

    def proof(self, nonce: bytes) -> bytes:
        """Return what proves the password to whoever sent *nonce*."""
        if not self._once:
            return b""
        mask = int.from_bytes(_sha1(nonce + self._twice), "big")
        return (mask ^ int.from_bytes(self._once, "big")).to_bytes(len(self._once), "big")

    def answer(self, nonce: bytes) -> bytes:
        """Return the body of the answer to a greeting."""
        proof = self.proof(nonce)
        capabilities = CAPABILITIES | (WITH_SCHEMA if self._schema else 0)
        return b"".join(
            (
                struct.pack("<IIB23x", capabilities, LONGEST, UTF8MB4),
                self._account,
                bytes([len(proof)]),
                proof,
                self._schema,
                PLUGIN.encode() + b"\0",
            )
        )


def _sha1(data: bytes) -> bytes:
    return hashlib.sha1(data, usedforsecurity=False).digest()
