"""What the documentation of a variant leads one to expect of a system: shares, addresses, open ports."""

from collections.abc import Mapping

from topologies.loading import load
from topologies.model import LAB_RANGE, SLOT_SIZE, Role, Topology


def weights(topology: Topology) -> Mapping[str, int]:
    """Return the documented relative share of new sessions of every web server."""
    told = topology.documented.weights
    return {name: told.get(name, 1) for name in topology.with_role(Role.WEB)}


def documented(topology: Topology, defect: str | None) -> Topology:
    """Return what the documentation says of a system: without the defect, at the same addresses."""
    if defect is None:
        return topology
    shift = min(int(network.network_address) for network in topology.networks.values())
    return load(topology.name).relocated((shift - int(LAB_RANGE.network_address)) // (SLOT_SIZE * 256))
