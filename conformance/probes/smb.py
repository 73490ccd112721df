"""Probes of a storage as values: files that are written, appended to, read back, and logins."""

import dataclasses
from collections.abc import Mapping
from typing import Any, Literal

from conformance.probes.client import Client
from topologies import storage

LARGEST = 32768
"""Bytes of a file, or of a record's content, at most: what is written goes into one request."""
MOST_AT_ONCE = 400
"""Operations in flight at most: each has a thread and a connection of its own."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class SmbProbe(Client):
    """An operation on a share every *interval_ms*, on kept connections (or on a new one each time).

    `write` leaves a file of its own in every slot, `append` a record at the end of a file of its connection;
    both are flushed to the disk before they are acknowledged. `read` reads *files*, each once; `login` gets
    to the share and looks into it. Each tells who answered, by the name that the server gives itself.
    """

    what: Literal["write", "append", "read", "login"]
    target: str = storage.ALIAS
    port: int = storage.PORT
    share: str = storage.SHARE
    client: str = ""
    """Whose files: they are named `<client>-<slot>`, or `<client>-of-<connection>`; unique per case."""
    files: tuple[str, ...] = ()
    """What is to be read."""
    size: int = 4096
    """Bytes of each file, or of the content of each record, that is written."""
    account: str
    password: str = dataclasses.field(repr=False)
    signed: bool = True
    """Whether being taken for a guest, who cannot sign, is a failure."""
    interval_ms: float = 20.0
    keep_alive: bool = True
    """Whether connections are used again; a login is always made on a new one."""
    ready_after: int = 5

    def __post_init__(self) -> None:
        """Refuse what cannot be told from the work of others, or cannot be done.

        Raises:
            ValueError: a writer has no client, its files are too large, nobody is to log in, or an outage
                would have more operations in flight than there are threads.
        """
        if self.what in {"write", "append"} and not self.client:
            raise ValueError(f"probe {self.name}: {self.what!r} needs a client, whose files they are")
        if not 0 < self.size <= LARGEST:
            raise ValueError(f"probe {self.name}: a file has 1 to {LARGEST} bytes, not {self.size}")
        if not self.account:
            raise ValueError(f"probe {self.name}: smbprotocol logs nobody in without an account")
        if self.deadline_ms / self.interval_ms > MOST_AT_ONCE:
            raise ValueError(
                f"probe {self.name}: a deadline of {self.deadline_ms:g} ms at an operation each "
                f"{self.interval_ms:g} ms may have more than {MOST_AT_ONCE} in flight"
            )

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
            "signed": self.signed,
        }
