"""Probes of databases as values: marks that are left in a table, looked at, and logins."""

import dataclasses
from collections.abc import Mapping
from typing import Any, Literal

from conformance.probes.client import Client


@dataclasses.dataclass(frozen=True, kw_only=True)
class SqlProbe(Client):
    """The same statement every *interval_ms*, on kept connections (or on a new one each time).

    `insert` leaves a mark in table `marks` and is told its id; `read` asks for the newest mark of *client*;
    `login` only asks who let it in. Each tells the server that executed it. `touch` is a write that changes
    nothing, to see whether writes are taken; nobody is told who took it.
    """

    what: Literal["insert", "read", "login", "touch"]
    target: str = "acd-dbm"
    port: int = 3306
    """Where the target listens for the alias; several aliases on one address have a port each."""
    client: str = ""
    """Whose marks: ASCII, at most 64 characters, unique per case; a login and a touch need none."""
    account: str = "jtel_web"
    password: str = dataclasses.field(repr=False)
    schema: str | None = "jtel"
    """None selects no schema, as an account has to that may see none."""
    interval_ms: float = 4.0
    keep_alive: bool = True
    """Whether connections are used again; a login is always made on a new one."""
    ready_after: int = 20

    def __post_init__(self) -> None:
        """Refuse marks that nobody could tell from those of others.

        Raises:
            ValueError: a probe of marks has no client.
        """
        if self.what in {"insert", "read"} and not self.client:
            raise ValueError(f"probe {self.name}: {self.what!r} needs a client, whose marks they are")

    def settings(self) -> Mapping[str, Any]:
        """Return what the program at the vantage needs to know; the password is among it."""
        keep_alive = self.keep_alive and self.what != "login"
        return {
            **self._loop_settings(interval_ms=self.interval_ms, keep_alive=keep_alive),
            "scheme": "mysql",
            "port": self.port,
            "plan": self.what,
            "client": self.client,
            "account": self.account,
            "password": self.password,
            "schema": self.schema,
        }
