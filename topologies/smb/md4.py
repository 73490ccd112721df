"""MD4 (RFC 1320), which NTLM hashes passwords with and OpenSSL has left behind."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence

_Mix = Callable[[int, int, int], int]
_ROUNDS: Sequence[tuple[_Mix, int, tuple[int, ...], tuple[int, ...]]] = (
    (lambda x, y, z: (x & y) | (~x & z), 0x00000000, tuple(range(16)), (3, 7, 11, 19)),
    (
        lambda x, y, z: (x & y) | (x & z) | (y & z),
        0x5A827999,
        (0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15),
        (3, 5, 9, 13),
    ),
    (
        lambda x, y, z: x ^ y ^ z,
        0x6ED9EBA1,
        (0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15),
        (3, 9, 11, 15),
    ),
)
_MASK = 0xFFFFFFFF


def md4(data: bytes) -> bytes:
    """Return the 16 bytes of the digest."""
    padded = data + b"\x80" + b"\0" * ((55 - len(data)) % 64) + struct.pack("<Q", 8 * len(data))
    state = [0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476]
    for at in range(0, len(padded), 64):
        words = struct.unpack_from("<16I", padded, at)
        a, b, c, d = state
        for mix, constant, order, shifts in _ROUNDS:
            for step, index in enumerate(order):
                total = (a + mix(b, c, d) + words[index] + constant) & _MASK
                by = shifts[step % 4]
                a, b, c, d = d, ((total << by) | (total >> (32 - by))) & _MASK, b, c
        state = [(one + other) & _MASK for one, other in zip(state, (a, b, c, d))]  # noqa: B905 -- Python 3.9
    return struct.pack("<4I", *state)
