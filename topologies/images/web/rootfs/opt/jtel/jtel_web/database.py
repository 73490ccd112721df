"""The database as the stand-in uses it: one connection per thread, made anew when it broke."""

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import pymysql

from .settings import DatabaseSettings

if TYPE_CHECKING:
    from pymysql.connections import Connection

TIMEOUT_S = 1.0
"""How long a statement, or a connection attempt, may take."""
STATISTICS_TIMEOUT_S = 0.3
"""The same for statistics: whoever waits for them is told before the balancer gives this server up."""
BEAT_S = 0.2
FRESH_S = 1.0
"""A database that answered within this time counts as reachable."""

BROKEN = (pymysql.OperationalError, pymysql.InterfaceError)
"""What is raised when a connection broke, or could not be had."""

Row = tuple[object, ...]


class Database:
    """Statements that commit by themselves, from any thread."""

    def __init__(
        self,
        settings: DatabaseSettings,
        *,
        timeout_s: float = TIMEOUT_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._timeout_s = timeout_s
        self._clock = clock
        self._own = threading.local()

    def execute(self, statement: str, *parameters: str) -> Row | None:
        """Run *statement* and return its first row, if it has one.

        A connection that broke, because the database was restarted or the balancer ended it, is made anew
        once, unless the time is used up by then. So a statement can run twice: write it so that this does
        no harm.

        Raises:
            pymysql.MySQLError: the database refused, or is out of reach.
        """
        fresh = not hasattr(self._own, "connection")
        asked_s = self._clock()
        try:
            return self._run(statement, parameters)
        except BROKEN:
            if fresh or self._clock() - asked_s >= self._timeout_s:
                raise
        return self._run(statement, parameters)

    def execute_once(self, statement: str, *parameters: str) -> Row | None:
        """Run *statement*, which must not run twice, and return its first row, if it has one.

        A connection that broke while nobody looked is found by a question that does no harm.

        Raises:
            pymysql.MySQLError: the database refused, or is out of reach; nobody knows whether it did run.
        """
        if hasattr(self._own, "connection"):
            self.execute("SELECT 1")
        return self._run(statement, parameters)

    def _run(self, statement: str, parameters: tuple[str, ...]) -> Row | None:
        try:
            connection: Connection = getattr(self._own, "connection", None) or self._connect()
            with connection.cursor() as cursor:
                cursor.execute(statement, parameters)
                return cursor.fetchone()
        except BROKEN:
            self._forget()
            raise

    def _connect(self) -> "Connection":
        connection = pymysql.connect(
            host=self._settings.host,
            port=self._settings.port,
            user=self._settings.user,
            password=self._settings.password,
            database=self._settings.schema,
            autocommit=True,
            connect_timeout=self._timeout_s,
            read_timeout=self._timeout_s,
            write_timeout=self._timeout_s,
        )
        self._own.connection = connection
        return connection

    def _forget(self) -> None:
        if connection := self._own.__dict__.pop("connection", None):
            connection._force_close()  # noqa: SLF001 - close() would first write to the connection that broke


class Heartbeat(threading.Thread):
    """Asks the database five times a second, so that /health can say the truth without waiting for it."""

    def __init__(self, ping: Callable[[], object], clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(name="heartbeat", daemon=True)
        self._ping = ping
        self._clock = clock
        self._answered_s: float | None = None

    def run(self) -> None:
        """Beat until the process ends."""
        pause = threading.Event()
        while not pause.wait(BEAT_S if self._answered_s is not None else BEAT_S / 10):
            self.beat()

    def beat(self) -> None:
        """Ask once."""
        asked_s = self._clock()
        try:
            self._ping()
        except pymysql.MySQLError:
            return  # the silence is what /health reports
        self._answered_s = asked_s

    def is_fresh(self) -> bool:
        """Tell whether the database answered a question of the last second."""
        return self._answered_s is not None and self._clock() - self._answered_s <= FRESH_S
