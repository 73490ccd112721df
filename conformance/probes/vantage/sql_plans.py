"""Statements, and what their answers mean: marks that are left, looked at, and logins alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.probes.vantage.plan import Judged, Plan, Request, lost
from conformance.probes.vantage.sql_answers import LEAVES_OPEN
from conformance.probes.vantage.sql_packets import query

if TYPE_CHECKING:
    from conformance.probes.vantage.sql_answers import Row, SqlAnswer


class SqlPlan(Plan):
    """Judges by the server's error code, else by the one row that every statement here gives."""

    def answered(self, request: Request, answer: SqlAnswer) -> Judged:
        """Judge a whole answer; one with other rows than asked for is torn."""
        if answer.error is not None:
            outcome = lost(request) if answer.error in LEAVES_OPEN else "failed"
            return Judged(outcome, f"sql {answer.error}", None, {})
        try:
            (row,) = answer.rows
            server, found = self.told(row)
        except (TypeError, ValueError):
            return Judged(lost(request), "torn answer", None, {})
        return Judged("ok", None, server, found)

    def told(self, row: Row) -> tuple[str | None, dict[str, Any]]:
        """Return the server, and further fields for the history, that *row* tells.

        Raises:
            TypeError, ValueError: it is not the row that was asked for.
        """
        raise NotImplementedError


class Inserts(SqlPlan):
    """A mark in every slot; its sequence is the number of the slot."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._client: str = settings["client"]
        self._quoted = quoted(self._client)

    def request(self, slot: int) -> Request:
        """Return the insert of the slot's mark."""
        statement = (
            "INSERT INTO marks (client, sequence, server) "  # noqa: S608 -- the client is quoted
            f"VALUES ({self._quoted}, {slot}, @@hostname) RETURNING id, server"
        )
        about = {"what": "insert", "client": self._client, "sequence": slot}
        return Request(query(statement), writes=True, about=about)

    def told(self, row: Row) -> tuple[str | None, dict[str, Any]]:
        """Return who executed it, and the number it gave to the mark."""
        number, server = row
        return server, {"id": int(number)}


class Reads(SqlPlan):
    """The newest mark of a client."""

    def __init__(self, settings: dict[str, Any]) -> None:
        client = quoted(settings["client"])
        statement = f"SELECT @@hostname, MAX(sequence) FROM marks WHERE client = {client}"  # noqa: S608 -- quoted
        self._request = Request(query(statement), writes=False, about={"what": "read"})

    def request(self, slot: int) -> Request:  # noqa: ARG002 -- the same in every slot
        """Return the question."""
        return self._request

    def told(self, row: Row) -> tuple[str | None, dict[str, Any]]:
        """Return who was asked, and the newest sequence it sees (None: no mark of the client)."""
        server, newest = row
        return server, {"newest": None if newest is None else int(newest)}


class Touches(SqlPlan):
    """A write that changes nothing: whoever takes writes takes it, and whoever is read-only refuses."""

    def __init__(self, settings: dict[str, Any]) -> None:  # noqa: ARG002 -- as every plan is made
        statement = "DELETE FROM marks WHERE FALSE"
        self._request = Request(query(statement), writes=False, about={"what": "touch"})

    def request(self, slot: int) -> Request:  # noqa: ARG002 -- the same in every slot
        """Return the write."""
        return self._request

    def answered(self, request: Request, answer: SqlAnswer) -> Judged:
        """Judge a whole answer: there is no row, so it is accepted unless there is an error."""
        if answer.error is None:
            return Judged("ok", None, None, {})
        return super().answered(request, answer)


class Logins(SqlPlan):
    """A login, and only the question who let us in."""

    def __init__(self, settings: dict[str, Any]) -> None:  # noqa: ARG002 -- as every plan is made
        self._request = Request(query("SELECT @@hostname"), writes=False, about={"what": "login"})

    def request(self, slot: int) -> Request:  # noqa: ARG002 -- the same in every slot
        """Return the question."""
        return self._request

    def told(self, row: Row) -> tuple[str | None, dict[str, Any]]:
        """Return who let us in."""
        (server,) = row
        return server, {}


def quoted(text: str) -> str:
    """Return *text* as a string of SQL."""
    escaped = text.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"
