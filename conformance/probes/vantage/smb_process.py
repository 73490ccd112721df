"""The process of a probe of files: settings in, history lines out."""

from __future__ import annotations

from typing import Any

from conformance.probes.vantage.output import Output
from conformance.probes.vantage.smb_loop import FileLoop
from conformance.probes.vantage.smb_plans import Appends, Logins, Reads, Writes
from conformance.probes.vantage.work import prefer

PLANS: dict[str, Any] = {"write": Writes, "append": Appends, "read": Reads, "login": Logins}


def main(settings: dict[str, Any]) -> None:
    """Run the probe that *settings* describe until stdin is closed."""
    prefer()
    FileLoop(settings, PLANS[settings["plan"]](settings), Output()).run()
