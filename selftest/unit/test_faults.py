"""The faults, on a system in memory: what they do, how they show, how they are undone."""

from typing import TYPE_CHECKING, cast

import pytest

from chaos import canary
from chaos.crash import Crash, live_programs
from chaos.cut_cable import CutCable
from chaos.disk_full import DiskFull
from chaos.fault import Fault, described, stage_for
from chaos.freeze import Freeze
from chaos.isolate import Isolate
from chaos.name_service_loss import NameServiceLoss
from chaos.power_loss import PowerLoss
from chaos.registry import FAULTS, fault_named
from chaos.reject_calls import RejectCalls
from chaos.replica_lag import ReplicaLag
from chaos.replica_stop import ReplicaStop
from chaos.replication_cut import ReplicationCut
from chaos.silent_calls import SilentCalls
from chaos.stop import Stop
from chaos.together import Together
from chaos.udp_loss import UdpLoss
from selftest.unit.fake_stage import FakeStage
from topologies.errors import FaultDidNotTakeHold, LabError, UsageError
from topologies.system import Direction

if TYPE_CHECKING:
    from topologies.system import System

ALL: tuple[tuple[Fault, str, str], ...] = (
    (PowerLoss("lb1"), "power loss", "drop_frames lb1 both, power_off lb1"),
    (Crash("lb1", "haproxy"), "crash of haproxy", "signal lb1 haproxy 9"),
    (Stop("lb1"), "stop", "stop lb1"),
    (Freeze("lb1"), "freeze", "freeze lb1"),
    (CutCable("lb1"), "cut cable", "link_down lb1 user, link_down lb1 inside"),
    (CutCable("lb1", ("user",)), "cut cable", "link_down lb1 user"),
    (Isolate("lb1"), "isolation", "drop_frames lb1 both"),
    (Isolate("lb1", "in"), "isolation", "drop_frames lb1 in"),
    (Isolate("lb1", peers=("198.18.1.12",)), "isolation", "drop_frames lb1 both"),
    (NameServiceLoss(("lb1", "lb2")), "loss of DNS", "drop_port lb1, drop_port lb2"),
    (UdpLoss("lb1"), "loss of UDP", "drop_udp lb1 both 100"),
    (UdpLoss("lb1", "in"), "loss of incoming UDP", "drop_udp lb1 in 100"),
    (UdpLoss("lb1", "out"), "loss of outgoing UDP", "drop_udp lb1 out 100"),
    (UdpLoss("lb1", percent=5), "loss of 5 % of UDP", "drop_udp lb1 both 5"),
    (ReplicationCut("dbm1"), "replication link cut", "drop_frames dbm1 both"),
    (ReplicationCut("dbs1", ("dbm1",)), "replication link cut", "drop_frames dbs1 both"),
    (ReplicaStop("dbs1"), "replica stop", "stop_slaves dbs1"),
    (ReplicaLag("dbs1"), "replica lag", "lock_tables dbs1"),
    (DiskFull("dbm1"), "disk full", "dd dbm1"),
    (RejectCalls("tel1"), "rejection of calls", "sed tel1, signal tel1 jtel-telephony 1"),
    (SilentCalls("tel1"), "calls left unanswered", "sed tel1, signal tel1 jtel-telephony 1"),
)
ids = [repr(fault) for fault, _, _ in ALL]


@pytest.mark.parametrize(("fault", "name", "does"), ALL, ids=ids)
def test_fault_does_what_it_is_called_and_shows(fault: Fault, name: str, does: str) -> None:
    system = FakeStage()
    assert fault.name == name
    assert not fault.took_hold(system)
    fault.inject(system)
    assert ", ".join(system.done) == does
    assert fault.took_hold(system)


@pytest.mark.parametrize(("fault", "name", "does"), ALL, ids=ids)
def test_healing_undoes_it_and_may_be_repeated(fault: Fault, name: str, does: str) -> None:
    system, untouched = FakeStage(), FakeStage()
    fault.heal(system)
    fault.inject(system)
    fault.heal(system)
    fault.heal(system)
    assert system.conditions == untouched.conditions, f"{name} after {does}"


@pytest.mark.parametrize(("fault", "name", "does"), ALL, ids=ids)
def test_fault_that_did_nothing_does_not_show(fault: Fault, name: str, does: str) -> None:
    system = FakeStage(deaf=[step.split()[0] for step in does.split(", ")])
    fault.inject(system)
    assert not fault.took_hold(system), name


@pytest.mark.parametrize(("fault", "name", "does"), ALL, ids=ids)
def test_every_fault_tells_what_the_peers_experience(fault: Fault, name: str, does: str) -> None:
    assert any(word in (type(fault).__doc__ or "") for word in ("peers", "Peers")), (name, does)


def test_losing_the_frames_alone_is_no_power_loss() -> None:
    system = FakeStage(deaf=["power_off"])
    PowerLoss("lb1").inject(system)
    assert not PowerLoss("lb1").took_hold(system)


def test_what_does_not_run_cannot_crash() -> None:
    with pytest.raises(FaultDidNotTakeHold, match="lb1 runs no mariadbd"):
        Crash("lb1", "mariadbd").inject(FakeStage())


def test_zombies_are_not_alive_and_names_may_hold_anything() -> None:
    table = "1 (tini) S 0 1\n8 (haproxy) Z 1 1\n9 (a) b (c) R 1\n"
    assert live_programs(table) == {"tini", "a) b (c"}


def test_isolation_from_a_stranger_is_refused() -> None:
    fault = Isolate("lb1", peers=("198.18.9.9",))
    with pytest.raises(LabError, match=r"198\.18\.9\.9 is no node's address"):
        fault.took_hold(FakeStage())


@pytest.mark.parametrize(("asked", "done"), [("in", "out"), ("out", "in"), ("in", "both"), ("both", "out")])
def test_loss_of_udp_in_another_direction_is_not_the_one_asked_for(asked: Direction, done: Direction) -> None:
    system = FakeStage()
    UdpLoss("lb1", done).inject(system)
    assert not UdpLoss("lb1", asked).took_hold(system)


def test_a_share_of_udp_is_neither_all_nor_nothing() -> None:
    system = FakeStage()
    UdpLoss("lb1").inject(system)
    assert not UdpLoss("lb1", percent=50).took_hold(system)
    UdpLoss("lb1", percent=50).inject(system)
    assert UdpLoss("lb1", percent=50).took_hold(system)
    assert not UdpLoss("lb1").took_hold(system)


def test_an_isolated_node_has_lost_more_than_udp() -> None:
    system = FakeStage()
    Isolate("lb1").inject(system)
    UdpLoss("lb1").inject(system)
    assert not UdpLoss("lb1").took_hold(system)


@pytest.mark.parametrize("percent", [0, 101])
def test_a_share_of_udp_is_from_1_to_100(percent: int) -> None:
    with pytest.raises(UsageError, match=f"{percent} percent is not from 1 to 100"):
        UdpLoss("lb1", percent=percent)


@pytest.mark.parametrize("kind", [RejectCalls, SilentCalls])
def test_only_a_telephony_server_can_mistreat_calls(kind: type[RejectCalls | SilentCalls]) -> None:
    system = FakeStage()
    with pytest.raises(FaultDidNotTakeHold, match="lb1 is no telephony server"):
        kind("lb1").inject(system)
    kind("lb1").heal(system)
    system.signal("tel1", "jtel-telephony", 9)
    with pytest.raises(FaultDidNotTakeHold, match="tel1 runs no jtel-telephony"):
        kind("tel1").inject(system)


def test_refused_calls_and_unanswered_ones_are_told_apart() -> None:
    system = FakeStage()
    SilentCalls("tel1").inject(system)
    assert not RejectCalls("tel1").took_hold(system)
    RejectCalls("tel1").inject(system)
    assert not SilentCalls("tel1").took_hold(system)


def test_one_deaf_part_means_that_not_all_took_hold() -> None:
    system = FakeStage()
    both = Together((Freeze("lb1"), Freeze("lb2")))
    both.inject(system)
    assert both.took_hold(system)
    Freeze("lb2").heal(system)
    assert not both.took_hold(system)
    assert (both.name, both.nodes) == ("freeze", ("lb1", "lb2"))


def test_all_parts_are_tried_when_one_fails() -> None:
    system = FakeStage()
    both = Together((Crash("lb1", "mariadbd"), Freeze("lb2")))
    with pytest.raises(FaultDidNotTakeHold):
        both.inject(system)
    assert system.is_frozen("lb2")


def test_the_vantage_looks_where_it_can_and_nobody_dead_does() -> None:
    system = FakeStage()
    seen = {(one.network, one.name) for one in canary.neighbours(system, "lb1")}
    assert seen == {("user", "client"), ("inside", "lb2")}
    system.power_off("client")
    system.power_off("lb2")
    with pytest.raises(LabError, match="no running node shares a network with lb1"):
        canary.neighbours(system, "lb1")


def test_a_system_without_the_capability_is_told() -> None:
    class Bare:
        topology = FakeStage().topology

    with pytest.raises(LabError, match="stop on lb1 needs controls and witnesses"):
        stage_for(Stop("lb1"), cast("System", Bare()))


def test_unknown_node_is_told() -> None:
    with pytest.raises(LabError, match="lb9 is no node of fake; take one of client, lb1, lb2"):
        stage_for(Stop("lb9"), FakeStage())


@pytest.mark.parametrize("slug", FAULTS)
def test_every_kind_can_be_asked_for(slug: str) -> None:
    fault = fault_named(slug, "lb1", "haproxy")
    assert described(fault).endswith(" on lb1")
    assert FAULTS[slug].summary


def test_wrong_names_are_told() -> None:
    with pytest.raises(UsageError, match="there is no fault 'fire'; take one of power-loss"):
        fault_named("fire", "lb1")
    with pytest.raises(UsageError, match="which program"):
        fault_named("crash", "lb1")
