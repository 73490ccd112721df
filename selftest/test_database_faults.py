"""The faults of databases on a lab: each takes hold, peers experience what it is called, and it is healed."""

import dataclasses
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from chaos import database
from chaos.disk_full import DiskFull
from chaos.fault import Fault
from chaos.injection import injected
from chaos.replica_lag import ReplicaLag
from chaos.replica_stop import ReplicaStop
from chaos.replication_cut import ReplicationCut
from topologies.databases import PORT
from topologies.lab import Lab, bring_up
from topologies.loading import load
from topologies.waiting import wait_until

Lines = list[Mapping[str, Any]]
PATIENCE_S = 15.0
HANGS_S = 1.0
"""A write that is not done after so long waits for something."""
TIMED_OUT = 124
SERVERS = ("dbm1", "dbm2", "dbs1", "dbs2")

FAULTS = (
    ReplicationCut("dbm1"),
    ReplicationCut("dbm2", ("dbm1",)),
    ReplicationCut("dbs1"),
    ReplicaStop("dbs1"),
    ReplicaStop("dbm2"),
    ReplicaLag("dbs1"),
    DiskFull("dbs1"),
    DiskFull("dbm1"),
)


@dataclasses.dataclass
class Marks:
    """Numbered rows of one test."""

    lab: Lab
    client: str = dataclasses.field(default_factory=lambda: uuid.uuid4().hex)
    last: int = 0

    def write(self, server: str) -> int:
        """Write the next one on a server; return its number."""
        self.last += 1
        values = f"('{self.client}', {self.last}, @@hostname)"
        insert = f"INSERT INTO jtel.marks (client, sequence, server) VALUES {values}"  # noqa: S608 -- ours
        database.ask(self.lab, server, insert)
        return self.last

    def newest(self, server: str) -> int:
        """Return the number of the newest that a server shows; 0 without any."""
        where = f"client = '{self.client}'"
        question = f"SELECT COALESCE(MAX(sequence), 0) AS newest FROM jtel.marks WHERE {where}"  # noqa: S608 -- ours
        (row,) = database.ask(self.lab, server, question)
        return int(row["newest"])

    def wait_until_shown(self, number: int, *servers: str) -> None:
        """Return when each of the servers shows that mark."""
        wait_until(
            f"mark {number} is on {', '.join(servers)}",
            lambda: [self.newest(server) for server in servers],
            lambda seen: set(seen) == {number},
            patience_s=PATIENCE_S,
        )


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with bring_up(load("multi-master-db")) as lab:
        yield lab


@pytest.fixture
def marks(lab: Lab) -> Marks:
    return Marks(lab)


@pytest.fixture
def lines() -> Lines:
    return []


@pytest.mark.parametrize("fault", FAULTS, ids=repr)
def test_fault_takes_hold_and_replication_works_again(
    lab: Lab, lines: Lines, marks: Marks, fault: Fault
) -> None:
    with injected(fault, lab, lines.append):
        assert fault.took_hold(lab)

    assert [line["t"] for line in lines] == ["fault", "healed"]
    assert lines[0]["took_hold"]
    assert not fault.took_hold(lab)
    for server in SERVERS:
        lab.nodes[server].must_run("ready", "15", timeout_s=20)
    for master in ("dbm1", "dbm2"):
        marks.wait_until_shown(marks.write(master), *SERVERS)


def test_only_the_named_peer_is_cut_off(lab: Lab, lines: Lines, marks: Marks) -> None:
    own, peer = (str(lab.topology.nodes[name].addresses["inside"]) for name in ("dbm1", "dbm2"))
    with injected(ReplicationCut("dbm1", ("dbm2",)), lab, lines.append):
        assert lab.try_connect("dbm2", own, PORT) == "silent"
        assert lab.try_connect("dbm1", peer, PORT) == "silent"
        assert lab.try_connect("lb1", own, PORT) == "open"
        number = marks.write("dbm1")
        marks.wait_until_shown(number, "dbs1", "dbs2")
        assert marks.newest("dbm2") == 0
    marks.wait_until_shown(number, "dbm2")


@pytest.mark.parametrize("fault", [ReplicaStop("dbs1"), ReplicaLag("dbs1")], ids=repr)
def test_replica_answers_with_old_data(lab: Lab, lines: Lines, marks: Marks, fault: Fault) -> None:
    old = marks.write("dbm1")
    marks.wait_until_shown(old, "dbs1")
    with injected(fault, lab, lines.append):
        new = marks.write("dbm1")
        marks.wait_until_shown(new, "dbs2")
        assert marks.newest("dbs1") == old
    marks.wait_until_shown(new, "dbs1")


def test_lag_ends_by_itself(lab: Lab) -> None:
    lag = ReplicaLag("dbs1", at_most_s=1.5)
    lag.inject(lab)
    wait_until("the replica waits", lambda: lag.took_hold(lab), patience_s=PATIENCE_S)
    wait_until("it goes on", lambda: not lag.took_hold(lab), patience_s=PATIENCE_S, in_a_row=5)


def test_full_disk_stops_writes_but_not_reads(lab: Lab, lines: Lines, marks: Marks) -> None:
    old = marks.write("dbm1")
    with injected(DiskFull("dbm1"), lab, lines.append):
        wait_until("a write hangs", lambda: hangs(lab, "dbm1"), patience_s=PATIENCE_S)
        assert marks.newest("dbm1") == old
    marks.wait_until_shown(marks.write("dbm1"), *SERVERS)


def hangs(lab: Lab, server: str) -> bool:
    """Tell whether a row of a table that this file does not look at cannot be written."""
    insert = "INSERT INTO jtel.calls (caller, server) VALUES ('nobody', @@hostname)"
    ended = lab.nodes[server].run("timeout", str(HANGS_S), *database.CLIENT, "--execute", insert)
    return ended.status == TIMED_OUT


def test_server_that_lost_power_with_a_full_disk_recovers(lab: Lab, marks: Marks) -> None:
    full = DiskFull("dbs2")
    full.inject(lab)
    lab.power_off("dbs2")
    lab.power_on("dbs2")
    assert full.took_hold(lab)
    full.heal(lab)
    assert not full.took_hold(lab)
    marks.wait_until_shown(marks.write("dbm1"), "dbs2")
