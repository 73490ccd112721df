"""Probes of a storage as values: files that are written, read back, and logins."""

import dataclasses
from collections.abc import Mapping
from typing import Any, Literal

from conformance.probes.client import Client
from topologies import storage
from topologies.smb.packets import LARGEST


@dataclasses.dataclass(frozen=True, kw_only=True)
class SmbProbe(Client):
    """An operation on a share every *interval_ms*, on kept connections (or on a new one each time).

    `write` leaves a file of its own in every slot, flushed to the disk before it is acknowledged; `read`
    reads *files*, each once; `login` gets to the share and looks into it. Each tells who
    answered, by the name that the server gives itself.
    """

    what: Literal["write", "read", "login"]
    target: str = storage.ALIAS
    port: int = storage.PORT
    share: str = storage.SHARE
    client: str = ""
    """Whose files: they are named `<client>-<slot>`; unique per case."""
    files: tuple[str, ...] = ()
    """What is to be read."""
    size: int = 4096
    """Bytes of each file that is written."""
    account: str
    """Empty: nobody, an anonymous login."""
    password: str = dataclasses.field(repr=False)
    interval_ms: float = 20.0
    keep_alive: bool = True
    """Whether connections are used again; a login is always made on a new one."""
    ready_after: int = 5

    def __post_init__(self) -> None:
        """Refuse files that nobody could tell from those of others, or that do not fit into a request.

        Raises:
            ValueError: a writer has no client, or its files are too large.
        """
        if self.what == "write" and not self.client:
            raise ValueError(f"probe {self.name}: 'write' needs a client, whose files they are")
        if not 0 < self.size <= LARGEST:
            raise ValueError(f"probe {self.name}: a file has 1 to {LARGEST} bytes, not {self.size}")

    def settings(self) -> Mapping[str, Any]:
        """Return what the program at the vantage needs to know; the password is among it."""
        keep_alive = self.keep_alive and self.what != "login"
        return {
            **self._loop_settings(interval_ms=self.interval_ms, keep_alive=keep_alive),
            "program": "smb",
            "scheme": "smb",
            "port": self.port,
            "share": self.share,
            "plan": self.what,
            "client": self.client,
            "files": list(self.files),
            "size": self.size,
            "account": self.account,
            "password": self.password,
        }
