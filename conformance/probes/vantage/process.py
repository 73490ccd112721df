"""The probe process: settings in, history lines out."""

from __future__ import annotations

from typing import Any

from conformance.probes.vantage.loop import OpenLoop
from conformance.probes.vantage.output import Output
from conformance.probes.vantage.plan import Plan, SameRequest
from conformance.probes.vantage.sessions import NewUsers, StayingUsers

PLANS: dict[str, type[Plan]] = {"request": SameRequest, "staying": StayingUsers, "new": NewUsers}


def main(settings: dict[str, Any]) -> None:
    """Run the probe that *settings* describe until stdin is closed."""
    plan: Any = PLANS[settings["plan"]]
    OpenLoop(settings, plan(settings), Output()).run()
