"""The probe process: settings in, history lines out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.probes.vantage import http_wire, sql_wire
from conformance.probes.vantage.http_plans import SameRequest
from conformance.probes.vantage.sessions import NewUsers, StayingUsers
from conformance.probes.vantage.sql_plans import Inserts, Logins, Reads, Touches
from conformance.probes.vantage.work import work

if TYPE_CHECKING:
    from conformance.probes.vantage.plan import Plan

PLANS: dict[str, type[Plan]] = {
    "request": SameRequest,
    "staying": StayingUsers,
    "new": NewUsers,
    "insert": Inserts,
    "read": Reads,
    "login": Logins,
    "touch": Touches,
}

DIALLERS: dict[str, Any] = {
    "http": http_wire.dialler,
    "https": http_wire.dialler,
    "mysql": sql_wire.dialler,
}
"""By scheme: what makes, of settings, what opens a connection to an address."""


def main(settings: dict[str, Any]) -> None:
    """Run the probe that *settings* describe until stdin is closed."""
    plan: Any = PLANS[settings["plan"]]
    work(settings, plan(settings), DIALLERS[settings["scheme"]](settings))
