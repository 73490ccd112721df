"""The packets of SMB 3.1.1: heads, requests, and how answers are taken apart (MS-SMB2, 2.2).

Several requests that belong together travel as one *compound*, each after the first about the same file. A
compound is made before the connection is known that will carry it; the conversation seals it then.
"""

from __future__ import annotations

import os
import struct
from typing import TYPE_CHECKING, NamedTuple

from topologies.smb.trouble import Garbled

if TYPE_CHECKING:
    from collections.abc import Iterator

NEGOTIATE, SESSION_SETUP, TREE_CONNECT = 0, 1, 3
CREATE, CLOSE, FLUSH, READ, WRITE, LIST = 5, 6, 7, 8, 9, 14
MARK = b"\xfeSMB"
HEAD = struct.Struct("<4sHHIHHIIQIIQ16s")
"""Mark, size, charge, status, command, credits, flags, next, message, process, tree, session, signature."""
SIZE = HEAD.size
FRAME = 4
"""Bytes of length before each message or compound."""
LONGEST = 1 << 20
"""No answer of these exchanges is longer; a longer one is another protocol."""
LARGEST = 65536
"""Bytes that a file may have here: what one request carries."""
ANSWER, ASYNC, RELATED, SIGNED = 0x1, 0x2, 0x4, 0x8
PENDING, MORE = 0x103, 0xC0000016
END_OF_FILE, NO_MORE_FILES = 0xC0000011, 0x80000006
CREDITS = 32
DIALECT = 0x0311
ALL_ONES = 0xFFFFFFFF
SAME_FILE = b"\xff" * 16
SIGN_ALWAYS = 3
READS, WRITES = 0x00120089, 0x00120116
"""Generic access, as the standard spells it out."""
OPEN, NEW, OVERWRITE = 1, 2, 5
FOLDER, NO_FOLDER = 0x01, 0x40
NAMES = 12
"""Lists tell names and nothing else."""


class Message(NamedTuple):
    """One answer."""

    number: int
    command: int
    status: int
    session: int
    tree: int
    is_signed: bool
    body: bytes
    raw: bytes
    """The whole of it, as it was signed."""


def framed(content: bytes) -> bytes:
    """Return *content* as it is sent."""
    return len(content).to_bytes(FRAME, "big") + content


def frame(buffer: bytes, at: int = 0) -> bytes | None:
    """Return the content of the frame that begins at *at*, None while it is not whole.

    Raises:
        Garbled: it is none of this protocol's.
    """
    length = int.from_bytes(buffer[at : at + FRAME], "big")
    if length > LONGEST:
        raise Garbled
    if len(buffer) < at + FRAME or len(buffer) < at + FRAME + length:
        return None
    return buffer[at + FRAME : at + FRAME + length]


def messages(content: bytes) -> Iterator[Message]:
    """Yield the answers in the content of a frame.

    Raises:
        Garbled: there are none.
    """
    at = 0
    while True:
        try:
            head = HEAD.unpack_from(content, at)
        except struct.error:
            raise Garbled from None
        mark, _, _, status, command, _, flags, step, number, _, tree, session, _ = head
        raw = content[at : at + step] if step else content[at:]
        if mark != MARK or not flags & ANSWER or (step and step < SIZE):
            raise Garbled
        yield Message(number, command, status, session, tree, bool(flags & SIGNED), raw[SIZE:], raw)
        if not step:
            return
        at += step


def compound(*requests: tuple[int, bytes]) -> bytes:
    """Return requests, each a command and its body, as one compound that is not sealed yet."""
    parts = []
    for index, (command, body) in enumerate(requests):
        is_last = index == len(requests) - 1
        padding = b"" if is_last else bytes(-len(body) % 8)
        step = 0 if is_last else SIZE + len(body) + len(padding)
        flags = RELATED if index else 0
        head = HEAD.pack(MARK, SIZE, 1, 0, command, CREDITS, flags, step, 0, 0xFEFF, 0, 0, bytes(16))
        parts.append(head + body + padding)
    return b"".join(parts)


def negotiation() -> bytes:
    """Return the request for the dialect, with SHA-512 before the login, and HMAC-SHA256 for signatures."""
    salt = os.urandom(32)
    contexts = _context(1, struct.pack("<HHH", 1, len(salt), 1) + salt) + _context(
        8, struct.pack("<HH", 1, 0)
    )
    body = struct.pack("<HHHHI16sIHH", 36, 1, SIGN_ALWAYS, 0, 0, os.urandom(16), 104, 2, 0)
    return compound((NEGOTIATE, body + struct.pack("<H2x", DIALECT) + contexts))


def _context(kind: int, data: bytes) -> bytes:
    return struct.pack("<HHI", kind, len(data), 0) + data + bytes(-len(data) % 8)


def session_setup(token: bytes) -> bytes:
    """Return a step of the login."""
    body = struct.pack("<HBBIIHHQ", 25, 0, SIGN_ALWAYS, 0, 0, SIZE + 24, len(token), 0)
    return compound((SESSION_SETUP, body + token))


def tree_connect(server: str, share: str) -> bytes:
    """Return the request to use *share*."""
    path = f"\\\\{server}\\{share}".encode("utf-16-le")
    return compound((TREE_CONNECT, struct.pack("<HHHH", 9, 0, SIZE + 8, len(path)) + path))


def write(name: str, content: bytes, *, anew: bool = True) -> bytes:
    """Return the compound that makes a file, writes it, has it brought to the disk, and closes it.

    anew: a file of that name must not exist; otherwise it is replaced.
    """
    return compound(
        (CREATE, _create(name, WRITES, NEW if anew else OVERWRITE, NO_FOLDER)),
        (
            WRITE,
            struct.pack("<HHIQ16sIIHHI", 49, SIZE + 48, len(content), 0, SAME_FILE, 0, 0, 0, 0, 0) + content,
        ),
        (FLUSH, struct.pack("<H6x16s", 24, SAME_FILE)),
        (CLOSE, struct.pack("<HH4x16s", 24, 0, SAME_FILE)),
    )


def read(name: str) -> bytes:
    """Return the compound that opens a file, reads the whole of it, and closes it."""
    return compound(
        (CREATE, _create(name, READS, OPEN, NO_FOLDER)),
        (READ, struct.pack("<HBBIQ16sIIIHHx", 49, 80, 0, LARGEST, 0, SAME_FILE, 0, 0, 0, 0, 0)),
        (CLOSE, struct.pack("<HH4x16s", 24, 0, SAME_FILE)),
    )


def names() -> bytes:
    """Return the compound that lists the names in the share, as far as they fit into one answer."""
    pattern = "*".encode("utf-16-le")
    asked = struct.pack("<HBBI16sHHI", 33, NAMES, 0, 0, SAME_FILE, SIZE + 32, len(pattern), LARGEST) + pattern
    return compound(
        (CREATE, _create("", READS, OPEN, FOLDER)),
        (LIST, asked),
        (CLOSE, struct.pack("<HH4x16s", 24, 0, SAME_FILE)),
    )


def _create(name: str, access: int, how: int, options: int) -> bytes:
    path = name.encode("utf-16-le")
    shared = 7 if access == READS else 1  # who writes alone
    fixed = struct.pack("<HBBIQQIIIII", 57, 0, 0, 2, 0, 0, access, 0, shared, how, options)
    return fixed + struct.pack("<HHII", SIZE + 56, len(path), 0, 0) + (path or b"\0")


def content_of(answer: Message) -> bytes:
    """Return what was read.

    Raises:
        Garbled: the answer does not hold what it says.
    """
    try:
        at, length = struct.unpack_from("<2xBxI", answer.body)
    except struct.error:
        raise Garbled from None
    content = answer.raw[at : at + length]
    if len(content) != length:
        raise Garbled
    return content


def names_of(answer: Message) -> list[str]:
    """Return the names in a list, without those of the folder itself and the one above.

    Raises:
        Garbled: the answer does not hold what it says.
    """
    found = []
    try:
        at, length = struct.unpack_from("<2xHI", answer.body)
        listed = answer.raw[at : at + length]
        at = 0
        while at < len(listed):
            step, size = struct.unpack_from("<I4xI", listed, at)
            found.append(listed[at + 12 : at + 12 + size].decode("utf-16-le"))
            if not step:
                break
            at += step
    except (struct.error, UnicodeDecodeError):
        raise Garbled from None
    return sorted(name for name in found if name not in {".", ".."})
