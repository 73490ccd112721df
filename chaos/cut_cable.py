"""Cut cable."""

import dataclasses
from typing import ClassVar

from chaos import canary
from chaos.fault import OneNode, Stage


@dataclasses.dataclass(frozen=True)
class CutCable(OneNode):
    """The node's own interfaces lose their carrier. The node knows it; its peers experience silence."""

    name: ClassVar[str] = "cut cable"
    networks: tuple[str, ...] = ()
    """Where the cable is cut; empty means everywhere."""

    def inject(self, system: Stage) -> None:
        """Take the links down."""
        for network in self._cut(system):
            system.link_down(self.node, network)

    def took_hold(self, system: Stage) -> bool:
        """Tell whether no cut link has a carrier, and nobody beside it hears the node."""
        cut = self._cut(system)
        if any(system.has_carrier(self.node, network) for network in cut):
            return False
        beside = [one for one in canary.neighbours(system, self.node) if one.network in cut]
        return not any(system.arp_answers(one.name, one.target) for one in beside)

    def heal(self, system: Stage) -> None:
        """Take the links up."""
        for network in self._cut(system):
            system.link_up(self.node, network)

    def _cut(self, system: Stage) -> tuple[str, ...]:
        return self.networks or tuple(system.topology.nodes[self.node].addresses)
