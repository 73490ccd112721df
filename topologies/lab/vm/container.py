"""The container around a machine: what it needs of the engine, and what the machine finds in it."""

from collections.abc import Mapping
from typing import Any, Final

from topologies import disks
from topologies.lab.rendering import File
from topologies.model import NodeSpec, Topology

MEMORY_MB: Final = 384
"""Memory of a machine; pages that it never touched cost nothing."""
_SLACK_MB: Final = 64
_SYSCTLS: Final = "/etc/sysctl.d/jtel.conf"


def host_options(node: NodeSpec) -> dict[str, Any]:
    """Return what the engine gives the container beyond that of every node; nothing for other kinds.

    The tap devices need NET_ADMIN, and the memory a file system in memory from which code may run.
    """
    if node.kind != "vm":
        return {}
    return {
        "cap_add": ["NET_ADMIN"],
        "devices": ["/dev/net/tun"],
        "tmpfs": {"/dev/shm": f"rw,exec,size={MEMORY_MB + _SLACK_MB}m"},  # noqa: S108 -- in the container
        "sysctls": {"net.ipv4.ip_forward": "0"},
    }


def environment(name: str, topology: Topology) -> dict[str, str]:
    """Return how large memory and disk of machine *name* are, in MB, for the program that starts it."""
    if topology.nodes[name].kind != "vm":
        return {}
    return {"MACHINE_MEMORY_MB": str(MEMORY_MB), "MACHINE_DISK_MB": str(disks.bare(topology).get(name, 0))}


def files(node: NodeSpec, sysctls: Mapping[str, str]) -> list[File]:
    """Return the settings of a machine's kernel, which no engine can make."""
    if node.kind != "vm":
        return []
    lines = [f"{name} = {value}\n" for name, value in sorted(sysctls.items())]
    return [File(_SYSCTLS, "".join(lines).encode())]


def entering(node: NodeSpec) -> list[str]:
    """Return what precedes a command that is run in the container and meant for the node."""
    return ["inside"] if node.kind == "vm" else []
