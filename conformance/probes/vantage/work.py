"""What every open-loop probe does, whatever its protocol."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Any

from conformance.probes.vantage.loop import OpenLoop
from conformance.probes.vantage.output import Output

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.probes.vantage.plan import Plan
    from conformance.probes.vantage.wire import Wire

PREFERRED = -15
"""The measure runs before what is measured."""


def work(settings: dict[str, Any], plan: Plan, dial: Callable[[str], Wire]) -> None:
    """Carry out *plan* over what *dial* opens, until stdin is closed."""
    prefer()
    OpenLoop(settings, plan, dial, Output()).run()


def prefer() -> None:
    """Have this process run before others, where it may."""
    with contextlib.suppress(PermissionError):  # a container may not: then it is as late as everybody else
        os.setpriority(os.PRIO_PROCESS, 0, PREFERRED)
