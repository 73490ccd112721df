"""Cutting and mending the cables of a machine: its interfaces lose their carrier, and keep what they have."""

from typing import Final

from topologies.lab.node import LabNode

_CARRIER: Final = "/sys/class/net/{}/carrier"


def cut(node: LabNode, network: str) -> None:
    """Take the carrier of the machine's interface on *network* away."""
    node.must_run("ip", "link", "set", "dev", _plug(node, network), "down")


def mend(node: LabNode, network: str) -> None:
    """Give it back."""
    node.must_run("ip", "link", "set", "dev", _plug(node, network), "up")


def has_carrier(node: LabNode, network: str) -> bool:
    """Tell whether the machine itself sees a carrier."""
    path = _CARRIER.format(node.spec.interface(network))
    return node.run("cat", path).stdout.strip() == "1"


def _plug(node: LabNode, network: str) -> str:
    return f"vec{list(node.spec.addresses).index(network)}"
