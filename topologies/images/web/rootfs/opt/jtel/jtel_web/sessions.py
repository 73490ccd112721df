"""Where a login is kept."""

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from .database import Database

THREADS = 8


class Sessions(Protocol):
    """Logins by session id."""

    async def open(self, user: str) -> str:
        """Log *user* in and return the id of the new session."""
        ...

    async def user_of(self, session: str) -> str | None:
        """Return who is logged in under *session*, if somebody is."""
        ...


class LocalSessions:
    """Logins that only this server knows, and that it takes to its grave."""

    def __init__(self) -> None:
        self._users: dict[str, str] = {}

    async def open(self, user: str) -> str:
        """Log *user* in and return the id of the new session."""
        session = secrets.token_hex(16)
        self._users[session] = user
        return session

    async def user_of(self, session: str) -> str | None:
        """Return who is logged in under *session*, if somebody is."""
        return self._users.get(session)


class DatabaseSessions:
    """Logins that every web server knows."""

    def __init__(self, database: Database, server: str) -> None:
        self._database = database
        self._server = server
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="sessions")

    async def open(self, user: str) -> str:
        """Log *user* in and return the id of the new session.

        Raises:
            pymysql.MySQLError: the database refused, or is out of reach.
        """
        session = secrets.token_hex(16)
        await asyncio.get_running_loop().run_in_executor(self._threads, self._insert, session, user)
        return session

    def _insert(self, session: str, user: str) -> None:
        self._database.execute(
            "INSERT INTO sessions (id, user, server) VALUES (%s, %s, %s) ON DUPLICATE KEY UPDATE user = user",
            session,
            user,
            self._server,
        )

    async def user_of(self, session: str) -> str | None:
        """Return who is logged in under *session*, if somebody is.

        Raises:
            pymysql.MySQLError: the database refused, or is out of reach.
        """
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._select, session)

    def _select(self, session: str) -> str | None:
        row = self._database.execute("SELECT user FROM sessions WHERE id = %s", session)
        return str(row[0]) if row else None
