"""How networks are ordered so that every node's interfaces come out as declared: eth0, eth1, ..."""

import graphlib
import itertools

from topologies.errors import LabError, TopologyError
from topologies.model import NodeSpec, Topology


def ranks(topology: Topology) -> dict[str, int]:
    """Return a rank per network that agrees with the order in which every node names its networks.

    Raises:
        TopologyError: two nodes name the same networks in opposite order.
    """
    graph: dict[str, set[str]] = {network: set() for network in topology.networks}
    for node in topology.nodes.values():
        for before, behind in itertools.pairwise(node.addresses):
            graph[behind].add(before)
    try:
        order = list(graphlib.TopologicalSorter(graph).static_order())
    except graphlib.CycleError as error:
        circle = ", ".join(error.args[1][1:])
        raise TopologyError(
            f"{topology.name}: nodes name the networks {circle} in different orders; use one order"
        ) from error
    return {network: rank for rank, network in enumerate(order)}


def must_be_wired(name: str, node: NodeSpec, topology: Topology, route_table: str) -> None:
    """Check that every interface of a node leads to the network that the topology says.

    route_table: the node's /proc/net/route.

    Raises:
        LabError: an interface is missing or leads elsewhere.
    """
    rows = [line.split() for line in route_table.splitlines()[1:] if line.split()]
    found = {(row[0], row[1]) for row in rows}
    for network in node.addresses:
        address = topology.networks[network].network_address
        if (node.interface(network), address.packed[::-1].hex().upper()) not in found:
            seen = ", ".join(sorted({interface for interface, _ in found})) or "none"
            raise LabError(
                f"{name}: {node.interface(network)} does not lead to network {network!r} "
                f"({topology.networks[network]}); its interfaces with routes are {seen}"
            )
