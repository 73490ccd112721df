"""A share as the stand-ins use it: from any thread, over one connection that is made anew where it broke."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, TypeVar

from topologies.smb.link import PORT, Access
from topologies.smb.share import Share
from topologies.smb.trouble import UNREACHABLE

if TYPE_CHECKING:
    from collections.abc import Callable

TIMEOUT_S = 2.0
"""How long an operation may take, whatever it takes for that."""

T = TypeVar("T")


class Store:
    """A share of a server. Every operation returns, beside what it found, which server has answered."""

    def __init__(  # noqa: PLR0913 -- where, who, how long
        self,
        host: str,
        share: str,
        *,
        account: str,
        password: str,
        port: int = PORT,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._access = Access(host, share, account, password, port)
        self._timeout_s = timeout_s
        self._lock = threading.Lock()
        self._kept: Share | None = None

    def write(self, name: str, content: bytes) -> str:
        """Write the whole of a file, replacing what was there, and return which server has it on its disk.

        Raises:
            ValueError: the content is longer than `share.LARGEST`.
            Trouble: as its kinds say; after `UNREACHABLE` the file may be there anyway.
        """
        return self._done(lambda share, until_s: share.write(name, content, until_s, anew=False))[1]

    def read(self, name: str) -> tuple[bytes, str]:
        """Return the content of a file, and which server has sent it.

        Raises:
            Trouble: as its kinds say.
        """
        return self._done(lambda share, until_s: share.read(name, until_s))

    def names(self) -> tuple[list[str], str]:
        """Return the names of all files, and which server has told them.

        Raises:
            Trouble: as its kinds say.
        """
        return self._done(lambda share, until_s: share.names(until_s))

    def _done(self, operation: Callable[[Share, float], T]) -> tuple[T, str]:
        """Carry out *operation*; once more where a kept connection turns out to be broken.

        Every one of them may be repeated.
        """
        with self._lock:
            until_s = time.monotonic() + self._timeout_s
            kept = self._kept if self._kept and self._kept.is_alive else None
            share = self._kept = kept or Share(self._access)
            try:
                return operation(share, until_s), share.server or ""
            except UNREACHABLE:
                if kept is None or time.monotonic() >= until_s:
                    raise
            share = self._kept = Share(self._access)
            return operation(share, until_s), share.server or ""
