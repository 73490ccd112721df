"""A size-limited volume: what the image brought is on it, it outlives power losses, and goes with its lab."""

from collections.abc import Iterator

import pytest

from chaos import database
from selftest.leftovers import Before, leftovers
from topologies.lab import Lab, bring_up, identity
from topologies.loading import load
from topologies.model import Topology
from topologies.waiting import wait_until

DATA = "/var/lib/mysql"
SIZE_MB = 96
NOBODY = "0:0:0"
"""An owner of no lab."""


def limited() -> Topology:
    simple = load("simple")
    database = simple.nodes["dbm1"].model_copy(update={"disk_mb": SIZE_MB})
    return simple.model_copy(update={"nodes": {**simple.nodes, "dbm1": database}})


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with bring_up(limited()) as lab:
        yield lab


def test_volume_has_its_size_and_belongs_to_the_database(lab: Lab) -> None:
    node = lab.nodes["dbm1"]
    size = node.must_run("df", "--block-size=1M", "--output=size", DATA).split()[-1]
    assert int(size) == SIZE_MB
    assert node.must_run("stat", "--format=%U:%G %a", DATA).strip() == "mysql:mysql 700"


@pytest.mark.parametrize("leaves", ["power_off", "stop"])
def test_data_outlive_the_node(lab: Lab, leaves: str) -> None:
    """A user's row is there before and after; `leaves` is the way in which the node goes down."""
    node = lab.nodes["dbm1"]
    database.ask(lab, "dbm1", "REPLACE INTO jtel.sessions (id, user, server) VALUES ('1', 'x', 'web1')")
    inode = node.must_run("stat", "--format=%i", f"{DATA}/ibdata1")
    getattr(lab, leaves)("dbm1")
    lab.power_on("dbm1")
    node.must_run("ready", "15", timeout_s=20)
    assert node.must_run("stat", "--format=%i", f"{DATA}/ibdata1") == inode
    assert database.ask(lab, "dbm1", "SELECT user FROM jtel.sessions WHERE id = '1'") == [{"user": "x"}]


def test_nothing_of_it_is_left() -> None:
    before = Before.now()
    with bring_up(limited()) as lab:
        volume = f"volume {identity.volume_name(lab.lab_id, 'dbm1')}"
        assert volume in leftovers(lab.engine, NOBODY, {lab.lab_id}, before)
    wait_until(  # the kernel takes a virtual cable away a moment after its container
        "nothing is left",
        lambda: leftovers(lab.engine, NOBODY, {lab.lab_id}, before),
        lambda left: not left,
        patience_s=5.0,
    )
