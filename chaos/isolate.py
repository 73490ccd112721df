"""Isolation."""

import dataclasses
from typing import ClassVar

from chaos import canary
from chaos.fault import OneNode, Stage
from topologies.errors import LabError
from topologies.system import Direction

UNUSED_PORT = 9
"""Discard: nobody serves it, so that a reachable node refuses it at once."""


@dataclasses.dataclass(frozen=True)
class Isolate(OneNode):
    """Frames are lost on their way, in one or both directions, while every carrier stays.

    The peers experience silence, and so does the node itself, which sees no cause for it: either side may
    believe that the other is dead. With *peers* the node's broadcasts still reach them.
    """

    name: ClassVar[str] = "isolation"
    direction: Direction = "both"
    """Seen from the node: `in`, `out` or `both`."""
    peers: tuple[str, ...] = ()
    """IPv4 addresses from or to which frames are lost; empty means all."""

    def inject(self, system: Stage) -> None:
        """Lose the frames."""
        system.drop_frames(self.node, direction=self.direction, peers=self.peers)

    def took_hold(self, system: Stage) -> bool:
        """Tell whether the carrier is there, and nobody from whom it is cut off hears the node."""
        networks = system.topology.nodes[self.node].addresses
        if not all(system.has_carrier(self.node, network) for network in networks):
            return False
        if not self.peers:
            return canary.is_silent(system, self.node)
        return all(self._is_cut_off_from(system, peer) for peer in self.peers)

    def heal(self, system: Stage) -> None:
        """Let all frames pass again, those of other faults of this node too."""
        system.restore_frames(self.node)

    def _is_cut_off_from(self, system: Stage, peer: str) -> bool:
        nodes = system.topology.nodes
        for name, node in nodes.items():
            for network, address in node.addresses.items():
                if str(address) == peer and network in nodes[self.node].addresses:
                    own = str(nodes[self.node].addresses[network])
                    return system.try_connect(name, own, UNUSED_PORT) == "silent"
        raise LabError(f"isolation of {self.node}: {peer} is no node's address on a network that both share")
