"""Datagrams as end points recorded them: one JSON line each, in a file beside the history.

A line is an object with `probe` (the end point), `at_ns` (CLOCK_MONOTONIC, nanoseconds), `peer`
(`ADDRESS:PORT`), `direction` (`in` or `out`, as the end point saw it) and `text` (the octets, each as the
character of its number: latin-1).
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, Self

Direction = Literal["sent", "received"]
DIRECTIONS: Final[Mapping[str, Direction]] = {"in": "received", "out": "sent"}


class Datagram(NamedTuple):
    """One datagram."""

    at_ns: int
    peer: str
    direction: Direction
    payload: bytes

    @classmethod
    def of(cls, line: Mapping[str, Any]) -> Self:
        """Return the datagram of a line.

        Raises:
            KeyError: the line lacks something.
            ValueError: the direction is none of the two, or the text is not latin-1.
        """
        if line["direction"] not in DIRECTIONS:
            raise ValueError(f"direction {line['direction']!r}, expected in or out")
        direction = DIRECTIONS[line["direction"]]
        return cls(int(line["at_ns"]), str(line["peer"]), direction, line["text"].encode("latin-1"))

    @property
    def peer_host(self) -> str:
        """The address of the peer, without its port."""
        return self.peer.rpartition(":")[0].strip("[]") or self.peer


def read_datagrams(path: Path) -> dict[str, list[Datagram]]:
    """Return the datagrams of a file by end point, in order of their stamps; a torn last line is left out.

    Raises:
        OSError: the file cannot be read.
        ValueError: a line is not what it has to be.
    """
    text = path.read_text(encoding="utf-8")
    whole = text[: text.rfind("\n") + 1]
    found: dict[str, list[Datagram]] = {}
    for line in (json.loads(written) for written in whole.split("\n") if written):
        found.setdefault(line["probe"], []).append(Datagram.of(line))
    return {probe: sorted(mine, key=_stamp) for probe, mine in found.items()}


def _stamp(datagram: Datagram) -> int:
    return datagram.at_ns
