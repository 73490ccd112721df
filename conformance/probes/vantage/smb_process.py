"""The process of a probe of files: settings in, history lines out."""

from __future__ import annotations

from typing import Any

from conformance.probes.vantage.smb_plans import Logins, Reads, Writes
from conformance.probes.vantage.smb_wire import dialler
from conformance.probes.vantage.work import work

PLANS: dict[str, Any] = {"write": Writes, "read": Reads, "login": Logins}


def main(settings: dict[str, Any]) -> None:
    """Run the probe that *settings* describe until stdin is closed."""
    work(settings, PLANS[settings["plan"]](settings), dialler(settings))
