"""Names and addresses as the vantage's hosts table has them, in both directions."""

from __future__ import annotations

import pathlib
from typing import TYPE_CHECKING

from conformance.probes.vantage.names import HostsTable, SystemNames

if TYPE_CHECKING:
    from topologies.voice.call import Address

HOSTS = "/etc/hosts"
SIP_PORT = 5060


class Directory:
    """Where names lead; each is looked up anew whenever it is asked for."""

    def __init__(self, names: str = "hosts", table: str = HOSTS, port: int = SIP_PORT) -> None:
        self._port = port
        self._table = table
        self._whole_resolver = names == "system"
        self._known: dict[str, HostsTable | SystemNames] = {}

    def address(self, name: str) -> Address | None:
        """Return where SIP goes for *name*; None where the table does not know it."""
        if name not in self._known:
            if self._whole_resolver:
                self._known[name] = SystemNames(name)
            else:
                self._known[name] = HostsTable(name, self._table)
        found = self._known[name].address()
        return (found, self._port) if found else None

    def name(self, address: str) -> str:
        """Return who has *address*: a name that was asked for, else the table's first, else the address."""
        for name, known in self._known.items():
            if known.address() == address:
                return name
        text = pathlib.Path(self._table).read_text(encoding="utf-8", errors="replace")
        for line in text.splitlines():
            fields = line.partition("#")[0].split()
            if fields and fields[0] == address and fields[1:]:
                return fields[1]
        return address
