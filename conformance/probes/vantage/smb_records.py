"""Records in a file that is appended to: each a line that tells whose it is, which, and whether it is whole.

A line is CLIENT SEQUENCE SIZE SHA256 CONTENT, in ASCII; SIZE and SHA256 are of CONTENT.
"""

from __future__ import annotations

import hashlib
import random
from typing import Any

FIELDS = 5
OF = "-of-"
"""Between the client and the number of its connection, in the name of a file of records."""


def file_of(client: str, connection: int) -> str:
    """Return the name of the file to which *client* appends on that connection."""
    return f"{client}{OF}{connection}"


def client_of(name: str) -> str | None:
    """Return whose records the file holds that has this name; None: it holds none."""
    return name.rpartition(OF)[0] or None


def content_of(name: str, size: int) -> bytes:
    """Return *size* bytes that no file of another name has."""
    return random.Random(name).randbytes(size)  # noqa: S311 -- unlike others, not secret


def digest(content: bytes) -> str:
    """Return the checksum of a file."""
    return hashlib.sha256(content).hexdigest()


def record(client: str, sequence: int, size: int) -> bytes:
    """Return the record of *client* with that number, whose content has *size* bytes."""
    content = content_of(f"{client}-{sequence}", (size + 1) // 2).hex()[:size].encode()
    return b"%b %d %d %b %b\n" % (client.encode(), sequence, size, digest(content).encode(), content)


def examined(client: str, content: bytes) -> dict[str, Any]:
    """Return what a file holds: sequences of *client* in their order, and how much else.

    torn: how many lines are not, or not wholly, a record; foreign: how many are somebody else's.
    """
    lines = content.split(b"\n")
    sequences: list[int] = []
    torn, foreign = (1 if lines.pop() else 0), 0
    for line in lines:
        fields = line.split(b" ")
        if not _is_whole(fields):
            torn += 1
        elif fields[0] != client.encode():
            foreign += 1
        else:
            sequences.append(int(fields[1]))
    return {"sequences": sequences, "torn": torn, "foreign": foreign}


def _is_whole(fields: list[bytes]) -> bool:
    if len(fields) != FIELDS or not (fields[1].isdigit() and fields[2].isdigit()):
        return False
    return int(fields[2]) == len(fields[4]) and fields[3] == digest(fields[4]).encode()
