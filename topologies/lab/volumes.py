"""Size-limited volumes: in memory, outliving their nodes' power losses, but not the lab.

What is in such a volume is there as long as a running container mounts it. So the sidecar mounts all of them
before their nodes are made: what the engine then copies into it, the image's data directory, stays there.
"""

from typing import Final

from docker.types import DriverConfig, Mount

from topologies import disks
from topologies.lab import identity
from topologies.model import Topology

_BESIDE: Final = "/srv"
"""Where the sidecar has them, one folder per node."""


def of_node(topology: Topology, labels: identity.Labels, name: str) -> list[Mount]:
    """Return what node *name* mounts: a volume at its data directory, if the volume is limited."""
    directory = disks.limited(topology).get(name)
    return [_mount(topology, labels, name, target=directory)] if directory else []


def of_sidecar(topology: Topology, labels: identity.Labels) -> list[Mount]:
    """Return what the sidecar mounts: every volume of the lab, without touching it."""
    return [
        _mount(topology, labels, name, target=f"{_BESIDE}/{name}", only_held=True)
        for name in disks.limited(topology)
    ]


def _mount(
    topology: Topology, labels: identity.Labels, name: str, *, target: str, only_held: bool = False
) -> Mount:
    """Return a mount that makes the volume, size and labels included, where there is none yet."""
    size = f"size={topology.nodes[name].disk_mb}m"
    return Mount(
        target,
        identity.volume_name(labels.lab_id, name),
        type="volume",
        read_only=only_held,
        no_copy=only_held,
        labels=labels.on(),
        driver_config=DriverConfig("local", {"type": "tmpfs", "device": "tmpfs", "o": size}),
    )
