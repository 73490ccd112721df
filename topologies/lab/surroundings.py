"""In what surroundings a lab ran: engine, kernel, images, software of every node."""

import concurrent.futures
from collections.abc import Mapping
from typing import Any, Final

from topologies.engine import Engine
from topologies.errors import NodeUnreachable
from topologies.lab.node import LabNode

PACKAGES: Final = (
    "haproxy",
    "keepalived",
    "mariadb-server-core",
    "kamailio",
    "samba",
    "user-mode-linux",
    "openssl",
    "python3",
    "iproute2",
)
"""What a judgement may depend on; a node tells of those that it has."""

_ASK: Final = "dpkg-query --show --showformat '${Package} ${Version}\\n' %s 2>/dev/null; true"


def surroundings(engine: Engine, images: Mapping[str, str], nodes: Mapping[str, LabNode]) -> dict[str, Any]:
    """Return what a verdict has to say about where it was reached."""
    version, info = engine.client.version(), engine.client.info()
    with concurrent.futures.ThreadPoolExecutor(max(len(nodes), 1)) as pool:
        software = dict(zip(nodes, pool.map(_software, nodes.values()), strict=True))
    used = sorted({node.spec.image for node in nodes.values()})
    return {
        "engine": {
            "version": version["Version"],
            "api_version": version["ApiVersion"],
            "kind": engine.kind,
            "storage_driver": info.get("Driver"),
            "cgroup_version": info.get("CgroupVersion"),
            "cgroup_driver": info.get("CgroupDriver"),
            "operating_system": info.get("OperatingSystem"),
            "cpus": info.get("NCPU"),
            "memory_bytes": info.get("MemTotal"),
        },
        "kernel": version["KernelVersion"],
        "images": {
            name: {"tag": images[name], "digest": engine.client.images.get(images[name]).id} for name in used
        },
        "nodes": software,
    }


def _software(node: LabNode) -> dict[str, str]:
    """Return the version of every package of interest that a node has."""
    try:
        listed = node.must_run("sh", "-c", _ASK % " ".join(PACKAGES))
    except NodeUnreachable as error:
        return {"unknown": str(error)}
    return dict(line.split(" ", 1) for line in sorted(listed.splitlines()) if not line.endswith(" "))
