"""The probe process: settings in, history lines out."""

from __future__ import annotations

import contextlib
import os
from typing import Any

from conformance.probes.vantage.loop import OpenLoop
from conformance.probes.vantage.output import Output
from conformance.probes.vantage.plan import Plan, SameRequest
from conformance.probes.vantage.sessions import NewUsers, StayingUsers

PLANS: dict[str, type[Plan]] = {"request": SameRequest, "staying": StayingUsers, "new": NewUsers}

PREFERRED = -15
"""The measure runs before what is measured."""


def main(settings: dict[str, Any]) -> None:
    """Run the probe that *settings* describe until stdin is closed."""
    with contextlib.suppress(PermissionError):  # a container may not: then it is as late as everybody else
        os.setpriority(os.PRIO_PROCESS, 0, PREFERRED)
    plan: Any = PLANS[settings["plan"]]
    OpenLoop(settings, plan(settings), Output()).run()
