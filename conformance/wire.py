"""Who is who on the wire: the MAC addresses of nodes."""

from collections.abc import Iterable

from topologies.lab import Lab


def mac_of(lab: Lab, node: str, network: str) -> str:
    """Return the MAC address of a node's interface on *network*."""
    return lab.nodes[node].must_run("cat", f"/sys/class/net/{lab.interface(node, network)}/address").strip()


def macs_of(lab: Lab, nodes: Iterable[str], network: str) -> dict[str, str]:
    """Return the MAC address of each of *nodes* on *network*."""
    return {node: mac_of(lab, node, network) for node in nodes}
