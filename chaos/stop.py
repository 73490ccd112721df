"""Orderly stop."""

import dataclasses

from chaos import canary
from chaos.fault import CONTROLS_AND_WITNESSES, Capability, Stage


@dataclasses.dataclass(frozen=True)
class Stop:
    """SIGTERM to the node's init. The peers get a goodbye: VRRP priority 0, closed connections."""

    node: str

    @property
    def name(self) -> str:
        """What it is called in reports."""
        return "stop"

    @property
    def nodes(self) -> tuple[str, ...]:
        """The node."""
        return (self.node,)

    @property
    def needs(self) -> tuple[Capability, ...]:
        """It is done from outside, and looked at from a neighbour."""
        return CONTROLS_AND_WITNESSES

    def inject(self, system: Stage) -> None:
        """Ask the node to stop, and wait until it has."""
        system.stop(self.node)

    def took_hold(self, system: Stage) -> bool:
        """Tell whether it is down and nobody hears it."""
        return not system.is_running(self.node) and canary.is_silent(system, self.node)

    def heal(self, system: Stage) -> None:
        """Start it."""
        system.power_on(self.node)
