"""Every fault on a lab: it takes hold, the peers experience what it is called, and it is healed."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from chaos.crash import Crash
from chaos.cut_cable import CutCable
from chaos.fault import Fault
from chaos.freeze import Freeze
from chaos.injection import injected
from chaos.isolate import Isolate
from chaos.name_service_loss import NameServiceLoss
from chaos.power_loss import PowerLoss
from chaos.stop import Stop
from chaos.together import Together
from topologies.lab import Lab, bring_up, pcap
from topologies.loading import load
from topologies.waiting import wait_until

Lines = list[Mapping[str, Any]]
PATIENCE_S = 15.0


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with bring_up(load("redundant-lb")) as lab:
        yield lab


@pytest.fixture
def lines() -> Lines:
    return []


def virtual_ip(lab: Lab) -> str:
    return str(next(iter(lab.topology.virtual_ips.values())).address)


def pair(lab: Lab) -> tuple[str, str]:
    """Return the active balancer and the standby, once there is exactly one of each."""
    owners = wait_until(
        "exactly one balancer owns the virtual IP",
        lambda: lab.owners(virtual_ip(lab)),
        lambda found: len(found) == 1,
        patience_s=PATIENCE_S,
        in_a_row=3,
    ).value
    (active,) = owners
    return active, "lb2" if active == "lb1" else "lb1"


def watching(lab: Lab, seen: Lines) -> contextlib.AbstractContextManager[None]:
    """Watch the virtual IP from both balancers and the client."""
    wire = lab.vantage.name
    return lab.watch(seen.append, owners=["lb1", "lb2"], wire=wire, addresses=[virtual_ip(lab)])


@contextlib.contextmanager
def adverts_of(lab: Lab, active: str, *, heard_by: str) -> Iterator[Callable[[], list[int]]]:
    """Capture VRRP adverts; give a function that returns the priorities heard so far: one at least."""
    sender = str(lab.topology.nodes[active].addresses["user"])
    with lab.capture(heard_by, network="user", filter_="ip proto 112", seconds=60) as capture:

        def priorities() -> list[int]:
            frames = [(frame, 14 + (frame[14] & 0x0F) * 4) for frame in pcap.frames(capture.pcap())]
            return [frame[at + 2] for frame, at in frames if ".".join(map(str, frame[26:30])) == sender]

        wait_until(f"an advert of {active}", priorities, patience_s=PATIENCE_S, poll_s=0.02)
        yield priorities


FAULTS = (
    PowerLoss("lb1"),
    PowerLoss("web1"),
    Crash("lb1", "haproxy"),
    Crash("lb1", "keepalived"),
    Crash("web1", "jtel-web"),
    Stop("lb1"),
    Stop("web1"),
    Freeze("lb1"),
    Freeze("web1"),
    CutCable("lb1"),
    CutCable("lb1", ("user",)),
    CutCable("web1"),
    Isolate("lb1"),
    Isolate("web1", "in"),
    Isolate("web1", "out"),
    NameServiceLoss(("lb1", "web1")),
    Together((PowerLoss("web1"), PowerLoss("web2"))),
)


@pytest.mark.parametrize("fault", FAULTS, ids=repr)
def test_fault_takes_hold_and_the_node_works_again(lab: Lab, lines: Lines, fault: Fault) -> None:
    before = {node: lab.nodes[node].must_run("ip", "-4", "route") for node in fault.nodes}

    with injected(fault, lab, lines.append) as injection:
        assert fault.took_hold(lab)

    assert [line["t"] for line in lines] == ["fault"] * len(fault.nodes) + ["healed"] * len(fault.nodes)
    assert all(line["took_hold"] for line in lines if line["t"] == "fault")
    assert injection.began_ns < injection.ended_ns
    assert not fault.took_hold(lab)
    for node in fault.nodes:
        lab.nodes[node].must_run("ready", "15", timeout_s=20)
        assert lab.nodes[node].must_run("ip", "-4", "route") == before[node]
        assert lab.frames_dropped(node) == 0


def test_only_the_peer_that_was_named_is_cut_off(lab: Lab, lines: Lines) -> None:
    nodes = lab.topology.nodes
    peer, own = str(nodes["lb1"].addresses["inside"]), str(nodes["web1"].addresses["inside"])

    with injected(Isolate("web1", peers=(peer,)), lab, lines.append):
        assert lab.try_connect("lb1", own, 8080) == "silent"
        assert lab.try_connect("lb2", own, 8080) == "open"


def test_power_loss_says_no_goodbye(lab: Lab, lines: Lines) -> None:
    active, standby = pair(lab)
    seen: Lines = []

    with (
        adverts_of(lab, active, heard_by=standby) as priorities,
        watching(lab, seen),
        injected(PowerLoss(active), lab, lines.append) as loss,
    ):
        wait_until("takeover", lambda: standby in lab.owners(virtual_ip(lab)), patience_s=PATIENCE_S)
        assert 0 not in priorities()

    after = [fact for fact in seen if fact["at_ns"] > loss.began_ns]
    assert any(f["t"] == "address" and (f["node"], f["state"]) == (standby, "added") for f in after)
    assert any(f["t"] == "arp" and f["gratuitous"] for f in after)
    assert (loss.ended_ns - loss.began_ns) / 1e6 < 250


def test_stop_says_goodbye(lab: Lab, lines: Lines) -> None:
    active, standby = pair(lab)

    with (
        adverts_of(lab, active, heard_by=standby) as priorities,
        injected(Stop(active), lab, lines.append),
    ):
        assert priorities()[-1] == 0


def test_frozen_node_accepts_and_never_answers(lab: Lab, lines: Lines) -> None:
    own = str(lab.topology.nodes["web1"].addresses["inside"])

    with injected(Freeze("web1"), lab, lines.append):
        assert lab.try_connect("lb1", own, 8080) == "open"
        asked = lab.nodes["lb1"].run(
            "sh", "-c", f"printf 'GET / HTTP/1.0\\r\\n\\r\\n' | timeout 1 socat - TCP:{own}:8080"
        )
        assert asked.stdout == ""


def test_crash_is_a_refusal_and_not_silence(lab: Lab, lines: Lines) -> None:
    own = str(lab.topology.nodes["web1"].addresses["inside"])

    with injected(Crash("web1", "jtel-web"), lab, lines.append):
        assert lab.try_connect("lb1", own, 8080) == "refused"
        assert lab.arp_answers("lb1", own)


def test_isolated_standby_becomes_owner_and_nobody_hears_of_it(lab: Lab, lines: Lines) -> None:
    _, standby = pair(lab)
    heard: Lines = []
    macs = set(lab.arp_answers(lab.vantage.name, virtual_ip(lab)))

    with (
        injected(Isolate(standby), lab, lines.append),
        watching(lab, heard),
    ):
        wait_until("two owners", lambda: len(lab.owners(virtual_ip(lab))) == 2, patience_s=PATIENCE_S)
        answered = set(lab.arp_answers(lab.vantage.name, virtual_ip(lab)))

    assert answered == macs
    assert {fact["sender_mac"] for fact in heard if fact["t"] == "arp"} <= macs
    pair(lab)


def test_names_of_the_system_do_not_need_dns(lab: Lab, lines: Lines) -> None:
    with injected(NameServiceLoss(tuple(lab.nodes)), lab, lines.append):
        assert virtual_ip(lab) in lab.nodes["client"].must_run("getent", "ahostsv4", "acd-lb")


def test_frozen_node_can_lose_power(lab: Lab) -> None:
    lab.freeze("web1")
    lab.power_off("web1")
    assert not lab.is_running("web1")
    lab.power_on("web1")
    lab.nodes["web1"].must_run("ready", "15", timeout_s=20)


def test_watching_a_node_does_not_keep_it_alive(lab: Lab) -> None:
    """A namespace that somebody holds open goes on answering ARP for a node that is dead."""
    own = str(lab.topology.nodes["web1"].addresses["inside"])
    ignored: Lines = []
    with (
        lab.watch(ignored.append, owners=["web1"], wire="web1", addresses=[own]),
        lab.capture("web1", network="inside", filter_="arp", seconds=60),
    ):
        lab.power_off("web1")  # its frames are not lost: only its end can make it silent
        wait_until("silence", lambda: lab.arp_answers("lb1", own), lambda macs: not macs, patience_s=2)
    assert [(fact["t"], fact.get("state")) for fact in ignored] == [
        ("address", "present"),
        ("address", "removed"),
    ]
    lab.power_on("web1")
    lab.nodes["web1"].must_run("ready", "15", timeout_s=20)


def test_restarted_node_is_watched_again(lab: Lab) -> None:
    own = str(lab.topology.nodes["web1"].addresses["inside"])
    seen: Lines = []
    with lab.watch(seen.append, owners=["web1"], wire="lb1", addresses=[own]):
        lab.stop("web1")
        lab.power_on("web1")
    states = [fact["state"] for fact in seen if fact["t"] == "address"]
    assert states == ["present", "removed", "added"]
    lab.nodes["web1"].must_run("ready", "15", timeout_s=20)
