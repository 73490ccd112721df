"""A my.cnf as found on a database server: what durability and replication depend on, defaults filled in.

Read as MariaDB 11.8 reads it: `-` and `_` are the same in names, a later line wins, `skip_x` switches x off,
and a word that is no truth value switches off too. Files named by `!include` and `!includedir` are not
followed: what they say counts as not said.
"""

import dataclasses
import re
from collections.abc import Iterator

from topologies.errors import UsageError

_GROUPS = re.compile(r"(mysqld|server|mariadb|mariadbd)(-\d+\.\d+)?")
_ON = frozenset({"1", "on", "true"})
_SWITCHES = {"skip_": False, "disable_": False, "enable_": True}
_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
_NUMBER = re.compile(r"(\d+)([kmg]?)", re.IGNORECASE)


@dataclasses.dataclass(frozen=True)
class Configuration:
    """What the server is told, in the order of the file."""

    settings: tuple[tuple[str, str | None], ...]
    """Names with `_`, and values; a name alone has None."""

    @property
    def read_only(self) -> bool:
        """Tell whether it refuses the writes of ordinary accounts."""
        return self.is_on("read_only")

    @property
    def waits_for_replica(self) -> bool:
        """Tell whether a write is acknowledged only once a replica has it (semi-synchronous)."""
        return self.is_on("rpl_semi_sync_master_enabled")

    @property
    def acknowledgement_s(self) -> float:
        """Return how long a write waits for a replica, before the server goes on without one."""
        return self.number("rpl_semi_sync_master_timeout", 10_000) / 1000

    @property
    def auto_increment(self) -> tuple[int, int]:
        """Return by how much each new id is larger, and the first one."""
        return self.number("auto_increment_increment", 1), self.number("auto_increment_offset", 1)

    @property
    def gtid_strict(self) -> bool:
        """Tell whether it refuses transactions that would break the order of their domain."""
        return self.is_on("gtid_strict_mode")

    @property
    def sync_binlog(self) -> int:
        """Return after how many transactions its log is forced to disk; 0 leaves that to the kernel."""
        return self.number("sync_binlog", 0)

    @property
    def silent_source_s(self) -> float:
        """Return after what silence a replica connects to its source anew."""
        return float(self.number("slave_net_timeout", 60))

    @property
    def left_out(self) -> tuple[str, ...]:
        """Return the tables, databases and patterns that are filtered out of replication."""
        names = ("ignore_table", "wild_ignore_table", "ignore_db")
        return tuple(value for name in names for value in self.values(f"replicate_{name}"))

    def is_on(self, name: str, *, default: bool = False) -> bool:
        """Return a truth value."""
        found = default
        for told, value in self.settings:
            if told == name:
                found = value is None or value.lower() in _ON
            elif told.endswith(f"_{name}") and (switch := told.removesuffix(name)) in _SWITCHES:
                found = _SWITCHES[switch]
        return found

    def number(self, name: str, default: int) -> int:
        """Return a number.

        Raises:
            UsageError: the value is none.
        """
        if not (told := self.values(name)):
            return default
        if not (match := _NUMBER.fullmatch(told[-1])):
            raise UsageError(f"my.cnf: {name} = {told[-1]!r} is not a number; write one, such as {default}")
        return int(match[1]) * _UNITS[match[2].lower()]

    def values(self, name: str) -> tuple[str, ...]:
        """Return every value that *name* is given; some settings add up, of others the last one counts."""
        return tuple(value or "" for told, value in self.settings if told == name)


def parse(text: str) -> Configuration:
    """Read a my.cnf.

    Raises:
        UsageError: it cannot be read; the message names the line.
    """
    return Configuration(tuple(_settings(text)))


def _settings(text: str) -> Iterator[tuple[str, str | None]]:
    group = None
    for number, written in enumerate(text.splitlines(), start=1):
        line = _without_comment(written).strip()
        if not line or line.startswith(("!", ";")):
            continue
        if line.startswith("["):
            group = line.strip("[] \t")
        elif group is None:
            raise UsageError(f"my.cnf line {number}: {line!r} stands before the first [group]")
        elif _GROUPS.fullmatch(group):
            name, equals, value = line.partition("=")
            yield _normal(name), _unquoted(value.strip()) if equals else None


def _normal(name: str) -> str:
    return name.strip().replace("-", "_").removeprefix("loose_")


def _without_comment(line: str) -> str:
    """Return *line* up to a `#` that stands in no quotes."""
    quote = ""
    for at, char in enumerate(line):
        if char in {'"', "'"} and quote in {"", char}:
            quote = "" if quote else char
        elif char == "#" and not quote:
            return line[:at]
    return line


def _unquoted(value: str) -> str:
    whole = len(value) > 1 and value[0] == value[-1] and value[0] in {'"', "'"}
    return value[1:-1] if whole else value
