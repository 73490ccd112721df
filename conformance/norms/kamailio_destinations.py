"""A dispatcher.list as found on a PBX or SIP proxy: the servers to which Kamailio gives calls."""

import dataclasses
import re
from collections.abc import Mapping

from topologies.errors import UsageError

DISABLED, PROBING, UNRESOLVED, UNPROBED = 4, 8, 16, 32
"""Flags of a destination."""


@dataclasses.dataclass(frozen=True)
class Destination:
    """A line of a dispatcher.list: a server that is given calls."""

    set_id: int
    uri: str
    flags: int = 0
    priority: int = 0
    attributes: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def host(self) -> str:
        """Return the address, or name, at which it is reached."""
        return re.sub(r"^sips?:(?:[^@]*@)?|[:;].*$", "", self.uri)

    @property
    def name(self) -> str:
        """Return what it is called: its `duid`, or its address where it has none."""
        return self.attributes.get("duid", self.host)


def parse_destinations(text: str) -> tuple[Destination, ...]:
    """Read a dispatcher.list: set, address, flags, priority, attributes.

    Raises:
        UsageError: it cannot be read; the message names the line.
    """
    found = []
    for line, written in enumerate(text.splitlines(), start=1):
        words = written.partition("#")[0].split()
        if not words:
            continue
        numbers = [words[0], *words[2:4]]
        if len(words) == 1 or not all(re.fullmatch(r"\d+", word) for word in numbers):
            raise UsageError(
                f"dispatcher.list line {line}: not of the form `set address flags priority attributes`"
            )
        flags, priority = (int(word) for word in (*words[2:4], "0", "0")[:2])
        pairs = (pair.partition("=") for pair in "".join(words[4:]).split(";") if pair)
        attributes = {name: value for name, _, value in pairs}
        found.append(Destination(int(words[0]), words[1], flags, priority, attributes))
    return tuple(found)
