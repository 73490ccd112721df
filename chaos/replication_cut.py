"""Cut replication link."""

import dataclasses
from typing import ClassVar

from chaos.fault import OneNode, Stage
from chaos.isolate import Isolate
from topologies import databases
from topologies.errors import LabError


@dataclasses.dataclass(frozen=True)
class ReplicationCut(OneNode):
    """Frames between a database server and those it replicates with are lost, both ways; all others pass.

    These peers and the server find each other silent, while clients and the balancer reach all of them: each
    goes on working with what it has.
    """

    name: ClassVar[str] = "replication link cut"
    peers: tuple[str, ...] = ()
    """Names of the servers from which it is cut off; empty means all its sources and replicas."""

    def inject(self, system: Stage) -> None:
        """Lose the frames."""
        self._isolation(system).inject(system)

    def took_hold(self, system: Stage) -> bool:
        """Tell whether none of these peers hears the node, which has its carrier."""
        return self._isolation(system).took_hold(system)

    def heal(self, system: Stage) -> None:
        """Let all frames pass again, those of other faults of this node too."""
        Isolate(self.node).heal(system)

    def _isolation(self, system: Stage) -> Isolate:
        topology = system.topology
        every = (*databases.sources_of(topology, self.node), *databases.replicas_of(topology, self.node))
        peers = self.peers or tuple(dict.fromkeys(every))
        if topology.database is None or not every:
            raise LabError(f"{self.name} on {self.node}: it replicates with nobody in {topology.name}")
        if strangers := [peer for peer in peers if peer not in every]:
            raise LabError(
                f"{self.name} on {self.node}: it does not replicate with {', '.join(strangers)}; "
                f"take some of {', '.join(dict.fromkeys(every))}"
            )
        network = topology.database.network
        return Isolate(self.node, peers=tuple(str(topology.nodes[peer].addresses[network]) for peer in peers))
