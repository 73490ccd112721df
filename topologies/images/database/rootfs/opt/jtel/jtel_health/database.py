"""The server as it sees itself, asked over its own socket.

Not by SHOW ALL SLAVES STATUS: with several sources it waits as long as one applying thread waits for another
one (*tried*, MariaDB 11.8 with `gtid_ignore_duplicates`). The list of threads never waits.
"""

import contextlib
from typing import Any

import pymysql
import pymysql.cursors

from .usable import Sample

SOCKET = "/run/mysqld/mysqld.sock"
ACCOUNT = "jtel_health"
STATE = "SELECT UNIX_TIMESTAMP(SYSDATE(6)) AS now_s, @@read_only AS read_only"
THREADS = (
    "SELECT command, state FROM information_schema.processlist WHERE command IN ('Slave_IO', 'Slave_SQL')"
)
IDLE = "Slave has read all relay log"
"""How the state of an applying thread begins that has nothing left to do."""
HEARTBEATS = "SELECT server, UNIX_TIMESTAMP(beaten_at) AS beaten_s FROM heartbeat"
BEAT = (
    "INSERT INTO heartbeat (server, beaten_at) VALUES (%s, SYSDATE(6)) "
    "ON DUPLICATE KEY UPDATE beaten_at = VALUES(beaten_at)"
)


class Database:
    """One connection, made anew when it broke; for one thread at a time."""

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._connection: Any = None

    def sample(self) -> Sample:
        """Return the state of this moment.

        Raises:
            pymysql.MySQLError: the server does not answer in time.
        """
        (state,) = self._rows(STATE)
        threads = self._rows(THREADS)
        applying = [str(row["state"]) for row in threads if row["command"] == "Slave_SQL"]
        return Sample(
            now_s=float(state["now_s"]),
            read_only=bool(state["read_only"]),
            receiving=len(threads) - len(applying),
            applying=len(applying),
            is_idle=all(thread.startswith(IDLE) for thread in applying),
            heartbeats={row["server"]: float(row["beaten_s"]) for row in self._rows(HEARTBEATS)},
        )

    def beat(self, server: str) -> None:
        """Write the heartbeat of *server*.

        Raises:
            pymysql.MySQLError: it could not be written in time.
        """
        self._rows(BEAT, server)

    def _rows(self, statement: str, *parameters: str) -> list[dict[str, Any]]:
        try:
            self._connection = self._connection or self._connect()
            with self._connection.cursor() as cursor:
                cursor.execute(statement, parameters)
                return list(cursor.fetchall())
        except pymysql.MySQLError:
            self._forget()
            raise

    def _connect(self) -> Any:  # noqa: ANN401 -- generic in its cursor
        return pymysql.connect(
            unix_socket=SOCKET,
            user=ACCOUNT,
            database="jtel",
            autocommit=True,
            connect_timeout=self._timeout_s,
            read_timeout=self._timeout_s,
            write_timeout=self._timeout_s,
            cursorclass=pymysql.cursors.DictCursor,
        )

    def _forget(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(OSError):  # it is broken already
                connection._force_close()  # noqa: SLF001 - close() would first write to it
