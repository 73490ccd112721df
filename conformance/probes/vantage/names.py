"""Names at the vantage: its own hosts table, read again when it changes, and never DNS in the loop.

A query to a name server can block for seconds and would stall every operation of the probe.
"""

from __future__ import annotations

import os
import pathlib
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

FAMILIES = (socket.AF_INET, socket.AF_INET6)


def is_address(name: str) -> bool:
    """Tell whether *name* is an address already."""
    for family in FAMILIES:
        try:
            socket.inet_pton(family, name)
        except OSError:
            continue
        return True
    return False


class HostsTable:
    """Where a name leads according to a hosts file; a change of the file shows at the next look."""

    def __init__(self, name: str, path: str = "/etc/hosts") -> None:
        self._name = name
        self._path = path
        self._fixed = name if is_address(name) else None
        self._seen: tuple[int, int, int] | None = None
        self._found: str | None = None

    def address(self) -> str | None:
        """Return the address of the name, or None where the table does not know it."""
        if self._fixed is not None:
            return self._fixed
        stat = os.stat(self._path)  # noqa: PTH116 -- in every operation, and cheaper so
        version = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
        if version != self._seen:
            self._seen, self._found = version, self._look_up()
        return self._found

    def _look_up(self) -> str | None:
        wanted = self._name.lower()
        with pathlib.Path(self._path).open(encoding="utf-8", errors="replace") as table:
            for line in table:
                fields = line.partition("#")[0].lower().split()
                if wanted in fields[1:]:
                    return fields[0]
        return None


class SystemNames:
    """Where a name leads according to the whole resolver (DNS too), asked once, before the loop begins."""

    def __init__(self, name: str) -> None:
        self._found: str | None = None
        try:
            answers = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
        except socket.gaierror:
            answers = []  # every operation will then say `no such name`
        if answers:
            self._found = str(answers[0][4][0])

    def address(self) -> str | None:
        """Return the address of the name, or None where it had none."""
        return self._found


def names_of(settings: dict[str, Any]) -> HostsTable | SystemNames:
    """Return what resolves the target of a probe, as its *settings* say."""
    return (SystemNames if settings["names"] == "system" else HostsTable)(settings["target"])
