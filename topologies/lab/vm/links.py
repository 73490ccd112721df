"""Cutting and mending the cables of a machine: its interfaces lose their carrier, and keep what they have."""

from typing import Final

from topologies.lab.node import LabNode

_CARRIER: Final = "/sys/class/net/{}/carrier"


def cut(node: LabNode, network: str) -> None:
    """Take the carrier of the machine's interface on *network* away.

    The interface below it goes down, so that no frame passes. That one never loses its carrier, and gives it
    to the upper one whenever it goes up or down: so the upper one is told last.
    """
    _change(node, f"{_plug(node, network)} down", f"{node.spec.interface(network)} protodown on")


def mend(node: LabNode, network: str) -> None:
    """Give it back."""
    _change(node, f"{node.spec.interface(network)} protodown off", f"{_plug(node, network)} up")


def has_carrier(node: LabNode, network: str) -> bool:
    """Tell whether the machine itself sees a carrier."""
    path = _CARRIER.format(node.spec.interface(network))
    return node.run("cat", path).stdout.strip() == "1"


def _change(node: LabNode, *settings: str) -> None:
    lines = "".join(f"link set dev {setting}\n" for setting in settings)
    node.must_run("sh", "-c", 'echo "$0" | ip -batch -', lines)


def _plug(node: LabNode, network: str) -> str:
    return f"vec{list(node.spec.addresses).index(network)}"
