"""Call records: written by a thread of its own, so that no call waits for a database."""

import queue
import threading
from typing import Any

import pymysql

from .settings import DatabaseSettings

INSERT = "INSERT INTO calls (caller, server) VALUES (%s, %s)"
TIMEOUT_S = 2.0
AGAIN_AFTER_S = 1.0
BACKLOG = 100_000
"""Records that wait for a database at most; further ones are lost."""
CALLER_WIDTH = 64
"""Characters that the column takes."""


class Records(threading.Thread):
    """Writes the record of every call that has ended, in their order, each at least once."""

    def __init__(self, settings: DatabaseSettings, server: str, again_after_s: float = AGAIN_AFTER_S) -> None:
        super().__init__(name="records", daemon=True)
        self._settings = settings
        self._server = server
        self._again_after_s = again_after_s
        self._waiting: queue.Queue[str] = queue.Queue(BACKLOG)
        self._connection: Any = None
        self._pause = threading.Event()

    def add(self, caller: str) -> None:
        """Have a call recorded; never waits."""
        try:
            self._waiting.put_nowait(caller[:CALLER_WIDTH])
        except queue.Full:
            return

    def run(self) -> None:
        """Write until the process ends."""
        while True:
            self.write(self._waiting.get())

    def write(self, caller: str) -> None:
        """Write one record, however long it takes to find a database that takes it."""
        while not self._is_written(caller):
            self._pause.wait(self._again_after_s)

    def _is_written(self, caller: str) -> bool:
        try:
            self._connection = self._connection or self._connect()
            with self._connection.cursor() as cursor:
                cursor.execute(INSERT, (caller, self._server))
        except pymysql.MySQLError:
            if self._connection is not None:
                self._connection._force_close()  # noqa: SLF001 - close() would first write to what broke
            self._connection = None
            return False
        return True

    def _connect(self) -> Any:  # noqa: ANN401 -- generic in its cursor
        return pymysql.connect(
            host=self._settings.host,
            port=self._settings.port,
            user=self._settings.user,
            password=self._settings.password,
            database=self._settings.schema,
            autocommit=True,
            connect_timeout=TIMEOUT_S,
            read_timeout=TIMEOUT_S,
            write_timeout=TIMEOUT_S,
        )
