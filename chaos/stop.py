"""Orderly stop."""

import dataclasses
from typing import ClassVar

from chaos import canary
from chaos.fault import OneNode, Stage


@dataclasses.dataclass(frozen=True)
class Stop(OneNode):
    """SIGTERM to the node's init. The peers get a goodbye: VRRP priority 0, closed connections."""

    name: ClassVar[str] = "stop"

    def inject(self, system: Stage) -> None:
        """Ask the node to stop, and wait until it has."""
        system.stop(self.node)

    def took_hold(self, system: Stage) -> bool:
        """Tell whether it is down and nobody hears it."""
        return not system.is_running(self.node) and canary.is_silent(system, self.node)

    def heal(self, system: Stage) -> None:
        """Start it."""
        system.power_on(self.node)
