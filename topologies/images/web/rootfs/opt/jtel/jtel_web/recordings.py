"""Recordings on the storage: listed, played, and left there."""

import asyncio
import dataclasses
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from topologies.smb.store import Store

from .settings import StorageSettings

READ_TIMEOUT_S = 0.3
"""Whoever wants to hear a recording is told before the balancer gives this server up."""
WRITE_TIMEOUT_S = 1.0

T = TypeVar("T")


@dataclasses.dataclass(frozen=True)
class Recording:
    """A recording as it was read."""

    content: bytes
    storage: str
    """The storage that sent it, by its own word."""


class Recordings:
    """The share, by a thread each for reading and for writing: nobody who asks for a page waits for it."""

    def __init__(self, settings: StorageSettings) -> None:
        self._reading = _store(settings, READ_TIMEOUT_S)
        self._writing = _store(settings, WRITE_TIMEOUT_S)
        self._readers = ThreadPoolExecutor(1, thread_name_prefix="playing")
        self._writers = ThreadPoolExecutor(1, thread_name_prefix="recording")

    async def names(self) -> tuple[list[str], str]:
        """Return the names of recordings, and the storage that told them.

        Raises:
            Trouble: see `Store.names`.
        """
        return await _in(self._readers, self._reading.names)

    async def play(self, name: str) -> Recording:
        """Return a recording.

        Raises:
            Trouble: see `Store.read`.
        """
        return Recording(*await _in(self._readers, lambda: self._reading.read(name)))

    async def keep(self, name: str, content: bytes) -> str:
        """Write a recording, and return the storage that has it on its disk.

        Raises:
            Trouble: see `Store.write`.
        """
        return await _in(self._writers, lambda: self._writing.write(name, content))


def _store(settings: StorageSettings, timeout_s: float) -> Store:
    return Store(
        settings.host, settings.share, account=settings.user, password=settings.password, timeout_s=timeout_s
    )


async def _in(threads: ThreadPoolExecutor, do: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(threads, do)
