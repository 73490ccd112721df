"""Reading the answers to statements: an error, or a few rows."""

from __future__ import annotations

from typing import Any

from conformance.probes.vantage.failures import Torn
from conformance.probes.vantage.sql_packets import ERROR, HEAD, OK, Packet, first

LEAVES_OPEN = frozenset({1053, 1180, 1317, 1927})
"""Shutting down, trouble at the commit, interrupted, killed: a server that says so may have committed."""
NULL, TWO, THREE, EIGHT = 0xFB, 0xFC, 0xFD, 0xFE
LENGTHS = {TWO: 2, THREE: 3, EIGHT: 8}
"""How many bytes of length follow the byte that announces them."""

Row = list[Any]
"""The fields of a row: str, or None."""


class SqlAnswer:
    """A whole answer."""

    __slots__ = ("error", "rows")

    def __init__(self, rows: list[Row], error: int | None = None) -> None:
        self.rows = rows
        self.error = error
        """The server's code, where it refused."""

    def facts(self) -> dict[str, Any]:
        """Return what the history is told of every answer: nothing that its plan does not tell."""
        return {}


def read(buffer: bytes) -> SqlAnswer | None:
    """Return the answer in *buffer* once it is whole, None while more is to come.

    Raises:
        Torn: it is no answer to a statement.
    """
    packets: list[Packet] = []
    at = 0
    while True:
        packet = first(buffer, at)
        if packet is None:
            return None
        at += HEAD + len(packet.body)
        if packet.kind == ERROR:
            return SqlAnswer([], packet.error())
        if not packets and packet.kind == OK:
            return SqlAnswer([])
        if not packets and (len(packet.body) != 1 or packet.kind >= NULL):
            raise Torn
        packets.append(packet)
        first_row = packets[0].kind + 2  # behind the number of columns, the columns, and their end
        if packet.is_end and len(packets) != first_row:
            if len(packets) < first_row:
                raise Torn
            return SqlAnswer([_row(one.body, packets[0].kind) for one in packets[first_row:-1]])


def _row(body: bytes, columns: int) -> Row:
    row: Row = []
    at = 0
    for _ in range(columns):
        if at >= len(body):
            raise Torn
        length, at = _length(body, at)
        if length is None:
            row.append(None)
            continue
        row.append(body[at : at + length].decode("utf-8", "replace"))
        at += length
    if at != len(body):
        raise Torn
    return row


def _length(body: bytes, at: int) -> tuple[int | None, int]:
    """Return the length of the field at *at* (None: it is NULL), and where its bytes begin."""
    size = LENGTHS.get(body[at], 0)
    at += 1
    if not size:
        return None if body[at - 1] == NULL else body[at - 1], at
    return int.from_bytes(body[at : at + size], "little"), at + size
