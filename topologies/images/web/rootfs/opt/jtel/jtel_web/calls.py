"""Call records: how one is written, and the figures that are read about all of them."""

import asyncio
import dataclasses
from concurrent.futures import ThreadPoolExecutor
from typing import cast

from .database import Database

THREADS = 4
"""Of each page, so that a database that hangs holds up nobody who asks another one."""


@dataclasses.dataclass(frozen=True)
class Recorded:
    """A call record that was written."""

    database: str
    """The database server that took it, by its own word."""
    id: int


@dataclasses.dataclass(frozen=True)
class Figures:
    """What a page of statistics shows."""

    database: str
    """The database server that was asked, by its own word."""
    calls: int
    newest: int | None
    """The largest id of a call; None without any."""


class Calls:
    """Where calls are recorded."""

    def __init__(self, database: Database, server: str) -> None:
        self._database = database
        self._server = server
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="calls")

    async def record(self, caller: str) -> Recorded:
        """Write the record of a call that ended now.

        Raises:
            pymysql.MySQLError: the database refused, or is out of reach; the record may be there anyway.
        """
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._insert, caller)

    def _insert(self, caller: str) -> Recorded:
        row = self._database.execute_once(
            "INSERT INTO calls (caller, server) VALUES (%s, %s) RETURNING @@hostname, id",
            caller,
            self._server,
        )
        return Recorded(*cast("tuple[str, int]", row))


class Statistics:
    """What one page of statistics is read from."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="statistics")

    async def read(self) -> Figures:
        """Return the figures as the database has them now.

        Raises:
            pymysql.MySQLError: the database refused, or is out of reach.
        """
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._select)

    def _select(self) -> Figures:
        row = self._database.execute("SELECT @@hostname, COUNT(*), MAX(id) FROM calls")
        return Figures(*cast("tuple[str, int, int | None]", row))
