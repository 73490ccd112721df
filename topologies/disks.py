"""Where a role keeps its data: what a size-limited volume is mounted at, and what a full disk fills."""

from collections.abc import Mapping
from typing import Final

from topologies.errors import TopologyError
from topologies.model import Role, Topology

DATA_DIRECTORIES: Final[Mapping[Role, str]] = {Role.DATABASE: "/var/lib/mysql"}
"""Absolute path on the node, per role."""


def limited(topology: Topology) -> dict[str, str]:
    """Return the data directory of every node whose volume is limited (`disk-mb`), by node.

    Raises:
        TopologyError: the role of such a node keeps no data, and it is no machine either.
    """
    found = {}
    for name, node in topology.nodes.items():
        if node.disk_mb is None or name in bare(topology):
            continue
        if node.role not in DATA_DIRECTORIES:
            raise TopologyError(
                f"{topology.name}: nodes.{name}.disk-mb: a node of role {node.role} keeps no data; drop it"
            )
        found[name] = DATA_DIRECTORIES[node.role]
    return found


def bare(topology: Topology) -> dict[str, int]:
    """Return the size in MB of every bare disk, by node: a machine has it beside its root."""
    return {
        name: node.disk_mb
        for name, node in topology.nodes.items()
        if node.disk_mb is not None and node.kind == "vm" and node.role not in DATA_DIRECTORIES
    }
