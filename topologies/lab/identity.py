"""How everything that belongs to a lab is called and labelled on the engine."""

import dataclasses
import re
import secrets
from collections.abc import Mapping
from typing import Final

from topologies.lab.owner import Owner, seat

LAB: Final = "jtel-conformance.lab"
TOPOLOGY: Final = "jtel-conformance.topology"
NODE: Final = "jtel-conformance.node"
OWNER: Final = "jtel-conformance.owner"
SEAT: Final = "jtel-conformance.seat"
"""The machine and process namespace in which the owner's process id means something."""

KEPT: Final = "kept"
"""Owner of a lab that outlives the command that brought it up."""
SIDECAR: Final = "sidecar"
"""Pseudo node: the container beside the nodes from which they are watched and hurt."""

_LAB_ID = re.compile(r"[a-z][a-z0-9-]*-[0-9a-f]{6}")


def new_lab_id(topology: str) -> str:
    """Return an id that no other lab has, such as `simple-3fa9c1`."""
    return f"{topology}-{secrets.token_hex(3)}"


def is_lab_id(text: str) -> bool:
    """Tell whether *text* has the form of a lab id."""
    return _LAB_ID.fullmatch(text) is not None


def container_name(lab_id: str, node: str) -> str:
    """Return the name of a node's container."""
    return f"jtel-{lab_id}-{node}"


def network_name(lab_id: str, network: str, *, rank: int) -> str:
    """Return the name of a network on the engine.

    Engines number the interfaces of a container in the alphabetical order of its networks' names, so the name
    carries the network's *rank* (see `topologies.lab.wiring`).
    """
    return f"jtel-{lab_id}-{rank:x}-{network}"


def volume_name(lab_id: str, node: str) -> str:
    """Return the name of the volume for a node's data."""
    return f"jtel-{lab_id}-{node}"


@dataclasses.dataclass(frozen=True)
class Labels:
    """The labels of one lab."""

    lab_id: str
    topology: str
    owner: Owner
    kept: bool

    def on(self, node: str | None = None) -> dict[str, str]:
        """Return the labels of an object of the lab; *node* where it belongs to one."""
        labels = {
            LAB: self.lab_id,
            TOPOLOGY: self.topology,
            OWNER: KEPT if self.kept else str(self.owner),
            SEAT: seat(),
        }
        return labels | ({NODE: node} if node else {})


def lab_of(labels: Mapping[str, str] | None) -> str | None:
    """Return the id of the lab to which an object with these *labels* belongs."""
    return (labels or {}).get(LAB)
