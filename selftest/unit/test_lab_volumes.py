"""Size-limited volumes: which nodes have one, where, and who holds it."""

from typing import Any

import pytest

from topologies import disks
from topologies.errors import TopologyError
from topologies.lab import identity, volumes
from topologies.lab.owner import Owner
from topologies.loading import load
from topologies.model import Topology

LABELS = identity.Labels("simple-3fa9c1", "simple", Owner.this_process(), kept=False)


def topology_with(disk_mb: int | None, *, on: str = "dbm1") -> Topology:
    simple = load("simple")
    node = simple.nodes[on].model_copy(update={"disk_mb": disk_mb})
    return simple.model_copy(update={"nodes": {**simple.nodes, on: node}})


def test_size_in_the_file_is_a_limit_of_the_data_directory() -> None:
    assert disks.limited(topology_with(96)) == {"dbm1": "/var/lib/mysql"}
    assert disks.limited(topology_with(None)) == {}


def test_node_that_keeps_no_data_needs_no_disk() -> None:
    with pytest.raises(
        TopologyError, match=r"^simple: nodes\.web1\.disk-mb: a node of role web keeps no data"
    ):
        disks.limited(topology_with(96, on="web1"))


def test_node_and_sidecar_mount_the_same_volume() -> None:
    (of_node,) = volumes.of_node(topology_with(96), LABELS, "dbm1")
    (beside,) = volumes.of_sidecar(topology_with(96), LABELS)
    assert of_node["Source"] == beside["Source"] == "jtel-simple-3fa9c1-dbm1"
    assert (of_node["Target"], beside["Target"]) == ("/var/lib/mysql", "/srv/dbm1")
    assert options(of_node)["DriverConfig"] == options(beside)["DriverConfig"]


def test_volume_is_limited_and_labelled_whoever_makes_it() -> None:
    for mount in (
        *volumes.of_node(topology_with(96), LABELS, "dbm1"),
        *volumes.of_sidecar(topology_with(96), LABELS),
    ):
        assert options(mount)["DriverConfig"]["Options"] == {
            "type": "tmpfs",
            "device": "tmpfs",
            "o": "size=96m",
        }
        assert identity.lab_of(options(mount)["Labels"]) == "simple-3fa9c1"


def test_only_the_node_fills_and_writes_it() -> None:
    (of_node,) = volumes.of_node(topology_with(96), LABELS, "dbm1")
    (beside,) = volumes.of_sidecar(topology_with(96), LABELS)
    assert (of_node["ReadOnly"], beside["ReadOnly"]) == (False, True)
    assert (options(of_node).get("NoCopy", False), options(beside)["NoCopy"]) == (False, True)


def test_without_a_limit_nothing_is_mounted() -> None:
    assert volumes.of_node(topology_with(None), LABELS, "dbm1") == []
    assert volumes.of_node(topology_with(96), LABELS, "web1") == []
    assert volumes.of_sidecar(topology_with(None), LABELS) == []


def options(mount: Any) -> dict[str, Any]:
    return dict(mount["VolumeOptions"])
