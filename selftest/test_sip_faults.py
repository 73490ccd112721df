"""The faults of telephony on a lab: each takes hold, peers experience what it is called, and it is healed."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from chaos import telephony
from chaos.fault import Fault
from chaos.injection import injected
from chaos.reject_calls import RejectCalls
from chaos.silent_calls import SilentCalls
from chaos.together import Together
from chaos.udp_loss import UdpLoss
from topologies.lab import Lab, bring_up
from topologies.loading import load
from topologies.waiting import wait_until

Lines = list[Mapping[str, Any]]
PATIENCE_S = 15.0
SIP_STATUS = "/usr/local/lib/jtel/sip-status"
IN_SERVICE = "AP"
"""Kamailio's flags of a destination that is active and probed."""

FAULTS = (
    UdpLoss("tel1"),
    UdpLoss("pbx1", "in"),
    UdpLoss("tel1", "out"),
    UdpLoss("web1"),
    UdpLoss("tel1", percent=5),
    UdpLoss("tel1", "out", 30),
    RejectCalls("tel1"),
    SilentCalls("tel2"),
    Together((RejectCalls("tel1"), RejectCalls("tel2"))),
)


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with bring_up(load("nn-sip")) as lab:
        yield lab


@pytest.fixture
def lines() -> Lines:
    return []


def address_of(lab: Lab, node: str) -> str:
    return str(lab.topology.nodes[node].addresses["voice"])


def in_service(lab: Lab, pbx: str) -> set[str]:
    """Return the addresses of the telephony servers to which a PBX gives calls."""
    words = lab.nodes[pbx].must_run("kamcmd", "dispatcher.list").split()
    uris = [words[at + 1] for at, word in enumerate(words) if word == "URI:"]
    flags = [words[at + 1] for at, word in enumerate(words) if word == "FLAGS:"]
    told = zip(uris, flags, strict=True)
    return {uri.split(":")[1] for uri, flag in told if flag == IN_SERVICE}


def wait_until_all_are_in_service(lab: Lab) -> None:
    """Return when each PBX gives calls to both telephony servers."""
    servers = {address_of(lab, "tel1"), address_of(lab, "tel2")}
    wait_until(
        "every trunk is in service",
        lambda: [in_service(lab, pbx) for pbx in ("pbx1", "pbx2")],
        lambda found: found == [servers, servers],
        patience_s=PATIENCE_S,
    )


def options(lab: Lab, asker: str, asked: str) -> str:
    """Return the status of an OPTIONS from one node to another; nothing without an answer."""
    return lab.nodes[asker].run(SIP_STATUS, address_of(lab, asked)).stdout.strip()


@pytest.mark.parametrize("fault", FAULTS, ids=repr)
def test_fault_takes_hold_and_the_node_works_again(lab: Lab, lines: Lines, fault: Fault) -> None:
    with injected(fault, lab, lines.append):
        assert fault.took_hold(lab)

    assert [line["t"] for line in lines] == ["fault"] * len(fault.nodes) + ["healed"] * len(fault.nodes)
    assert all(line["took_hold"] for line in lines if line["t"] == "fault")
    assert not fault.took_hold(lab)
    for node in fault.nodes:
        lab.nodes[node].must_run("ready", "15", timeout_s=20)
        assert lab.frames_dropped(node) == 0
    wait_until_all_are_in_service(lab)


def test_loss_of_udp_hits_calls_and_nothing_else(lab: Lab, lines: Lines) -> None:
    address = address_of(lab, "tel1")
    assert options(lab, "pbx1", "tel1") == "200"
    with injected(UdpLoss("tel1"), lab, lines.append):
        assert options(lab, "pbx1", "tel1") == ""
        assert lab.try_connect("pbx1", address, 5060) == "refused"
        assert lab.arp_answers("pbx1", address)
        assert (
            lab.nodes["tel1"].run("socat", "-u", "EXEC:echo x", f"UDP4:{address_of(lab, 'pbx1')}:9").status
            == 0
        )
        wait_until("tel1 is out", lambda: address not in in_service(lab, "pbx1"), patience_s=PATIENCE_S)
    wait_until_all_are_in_service(lab)


def test_a_deaf_server_speaks_and_a_mute_one_hears(lab: Lab, lines: Lines) -> None:
    """The packet filter counts what leaves a mute node, and nothing that comes to a deaf one."""
    with injected(UdpLoss("tel1", "out"), lab, lines.append), lab.count_datagrams("tel1") as counts:
        wait_until("probes", lambda: counts.read()["sip_packets"], lambda seen: seen >= 4, patience_s=10)
        assert options(lab, "pbx2", "tel1") == ""
    with (
        injected(UdpLoss("web1", "in"), lab, lines.append),
        lab.count_datagrams("web1") as deaf,
    ):
        target = str(lab.topology.nodes["web1"].addresses["inside"])
        lab.nodes["lb1"].must_run("socat", "-u", "EXEC:echo lost", f"UDP4:{target}:4000")
        assert deaf.read()["packets"] == 0
        other = str(lab.topology.nodes["lb1"].addresses["inside"])
        lab.nodes["web1"].must_run("socat", "-u", "EXEC:echo said", f"UDP4:{other}:4000")
        assert deaf.read()["packets"] == 1


@pytest.mark.parametrize(("fault", "heard"), [(RejectCalls("tel1"), "503"), (SilentCalls("tel1"), "100")])
def test_server_that_mistreats_calls_answers_options(
    lab: Lab, lines: Lines, fault: Fault, heard: str
) -> None:
    wait_until_all_are_in_service(lab)
    assert telephony.status_of_call(lab, "tel1") == "488"
    with injected(fault, lab, lines.append):
        assert telephony.status_of_call(lab, "tel1") == heard
        assert telephony.status_of_call(lab, "tel2") == "488"
        assert options(lab, "pbx1", "tel1") == options(lab, "tel1", "tel1") == "200"
        assert address_of(lab, "tel1") in in_service(lab, "pbx1")
    assert telephony.status_of_call(lab, "tel1") == "488"


def test_strangers_are_refused_by_a_telephony_server(lab: Lab) -> None:
    assert options(lab, "tel2", "tel1") == "403"
    assert options(lab, "pbx2", "tel1") == "200"


def test_speech_goes_before_the_load(lab: Lab) -> None:
    """Also the threads of a telephony server have its priority."""
    told = lab.nodes["tel1"].must_run("ps", "-L", "-C", "jtel-telephony", "-o", "nice=").split()
    assert len(told) >= 3
    assert set(told) == {"-10"}
