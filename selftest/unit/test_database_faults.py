"""What the faults of databases refuse, whom they hit, and how they are undone."""

import pytest

from chaos import database
from chaos.disk_full import DiskFull
from chaos.injection import injected
from chaos.replica_lag import ReplicaLag
from chaos.replica_stop import ReplicaStop
from chaos.replication_cut import ReplicationCut
from selftest.unit.fake_mariadb import Server
from selftest.unit.fake_stage import FakeStage
from topologies.errors import FaultDidNotTakeHold, LabError


def server(system: FakeStage, node: str) -> Server:
    found = system.conditions[node].server
    assert found
    return found


def test_rows_come_by_the_names_of_their_columns() -> None:
    assert database.connections(FakeStage(), "dbs1") == [
        {"Connection_name": "dbm1", "Slave_IO_Running": "Yes", "Slave_SQL_Running": "Yes"}
    ]
    assert database.connections(FakeStage(), "dbm1") == []


@pytest.mark.parametrize(("node", "peer"), [("dbm1", "198.18.3.41"), ("dbs1", "198.18.3.31")])
def test_link_is_cut_towards_sources_and_replicas(node: str, peer: str) -> None:
    system = FakeStage()
    ReplicationCut(node).inject(system)
    assert system.conditions[node].lost == {peer}


def test_link_to_somebody_else_cannot_be_cut() -> None:
    with pytest.raises(LabError, match="dbs1: it does not replicate with lb1; take some of dbm1"):
        ReplicationCut("dbs1", ("lb1", "dbm1")).inject(FakeStage())
    with pytest.raises(LabError, match="lb1: it replicates with nobody in fake"):
        ReplicationCut("lb1").inject(FakeStage())


def test_what_replicates_from_nobody_cannot_be_stopped() -> None:
    system = FakeStage()
    with pytest.raises(FaultDidNotTakeHold, match="dbm1 replicates from nobody"):
        ReplicaStop("dbm1").inject(system)
    assert system.done == []


def test_replica_without_sources_is_not_taken_for_a_stopped_one() -> None:
    assert not ReplicaStop("dbm1").took_hold(FakeStage())


def test_lag_ends_with_the_session_that_causes_it_and_with_no_other() -> None:
    system = FakeStage()
    ReplicaLag("dbs1").heal(system)
    assert server(system, "dbs1").killed == []
    ReplicaLag("dbs1").inject(system)
    holder = server(system, "dbs1").holder
    ReplicaLag("dbs1").heal(system)
    assert server(system, "dbs1").killed == [holder]


def test_lock_that_holds_nobody_up_is_no_lag() -> None:
    system = FakeStage(deaf=["lock_tables"])
    ReplicaLag("dbs1").inject(system)
    assert server(system, "dbs1").holder is not None
    assert not ReplicaLag("dbs1").took_hold(system)


def test_disk_of_the_engine_is_never_filled() -> None:
    system = FakeStage()
    with (
        pytest.raises(LabError, match="disk full on dbs1: its volume has no limit; give the node a disk-mb"),
        injected(DiskFull("dbs1"), system, lambda _: None),
    ):
        pytest.fail("it was filled")
    assert system.done == []


def test_server_is_restarted_once_there_is_room_again() -> None:
    system = FakeStage()
    DiskFull("dbm1").inject(system)
    DiskFull("dbm1").heal(system)
    assert system.done == ["dd dbm1", "signal dbm1 mariadbd 9", "start_service dbm1 mariadbd"]


def test_replica_that_gave_up_is_started_again() -> None:
    system = FakeStage()
    server(system, "dbs1").receives = False
    DiskFull("dbm1").heal(system)
    assert server(system, "dbs1").receives


def test_server_whose_disk_was_not_filled_keeps_running() -> None:
    system = FakeStage()
    DiskFull("dbm1").heal(system)
    assert "signal dbm1 mariadbd 9" not in system.done
