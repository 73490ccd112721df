"""A database as the web stand-in sees it, that can go away, come back and hang."""

from typing import Any, Self

import pymysql

from topologies.images.web.rootfs.opt.jtel.jtel_web.settings import DatabaseSettings

SETTINGS = DatabaseSettings(host="acd-dbm", port=3306, user="jtel_web", password="secret", schema="jtel")  # noqa: S106
Row = tuple[Any, ...]


class FakeServer:
    """What `pymysql.connect` leads to; every connection shares its rows."""

    def __init__(self, name: str = "dbm1") -> None:
        self.name = name
        self.users: dict[str, str] = {}
        self.callers: list[str] = []
        self.connections: list[FakeConnection] = []
        self.asked_of_it: list[dict[str, Any]] = []
        """How each connection was asked for."""
        self.is_up = True
        self.answers_to_inserts = True

    def connect(self, **how: Any) -> "FakeConnection":
        """Stand for `pymysql.connect`."""
        self.asked_of_it.append(how)
        if not self.is_up:
            raise pymysql.OperationalError(2003, "Can't connect to MySQL server")
        self.connections.append(FakeConnection(self))
        return self.connections[-1]

    def restart(self) -> None:
        """Break every connection."""
        for connection in self.connections:
            connection.is_broken = True

    def answer(self, statement: str, parameters: tuple[str, ...]) -> Row | None:
        """Carry out one of the statements of the stand-in."""
        match statement.split()[:3]:
            case ["INSERT", "INTO", "sessions"]:
                self.users[parameters[0]] = parameters[1]
                return None
            case ["INSERT", "INTO", "calls"]:
                self.callers.append(parameters[0])
                if not self.answers_to_inserts:
                    raise LOST
                return self.name, len(self.callers)
            case ["SELECT", "user", "FROM"]:
                return (self.users[parameters[0]],) if parameters[0] in self.users else None
            case ["SELECT", "@@hostname,", "COUNT(*),"]:
                return self.name, len(self.callers), len(self.callers) or None
            case _:
                return (1,)


class FakeConnection:
    """One connection; a restart of its server breaks it."""

    def __init__(self, server: FakeServer) -> None:
        self.server = server
        self.is_broken = False

    def cursor(self) -> "FakeCursor":
        """Return a cursor."""
        return FakeCursor(self)

    def _force_close(self) -> None:
        self.is_broken = True


class FakeCursor:
    """Enough of a cursor for the statements of the stand-in."""

    def __init__(self, connection: FakeConnection) -> None:
        self._connection = connection

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    def execute(self, statement: str, parameters: tuple[str, ...]) -> None:
        """Carry out *statement*, unless the connection broke."""
        if self._connection.is_broken:
            raise LOST
        self._row = self._connection.server.answer(statement, parameters)

    def fetchone(self) -> Row | None:
        """Return the row that was looked up."""
        return self._row


LOST = pymysql.OperationalError(2013, "Lost connection to MySQL server during query")
