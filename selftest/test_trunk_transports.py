"""The trunk between PBX and SIP proxies over UDP, TCP and TLS: calls get through, nothing else is spoken."""

import dataclasses
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import trustme

from conformance.probes.recorder import Recorder
from conformance.probes.running import running
from conformance.probes.sip import CallProbe
from selftest.samples.trunks import over
from selftest.sipp.calls import Calls
from selftest.sipp.counters import Placed
from selftest.sipp.wire import Spoken, spoken
from topologies.defect import Defect, Edit
from topologies.lab import Lab, bring_up
from topologies.lab.certificates import CA_PATH, SERVER_PATH
from topologies.model import Role
from topologies.system import Capture
from topologies.trunk import Transport
from topologies.waiting import wait_until

CALLS = 100
TRANSPORTS: tuple[Transport, ...] = ("udp", "tcp", "tls")


@dataclasses.dataclass(frozen=True)
class Seen:
    """What came of calls, and what was spoken on the trunk meanwhile."""

    placed: Placed
    udp: Spoken
    tcp: Spoken


@pytest.fixture(scope="module", params=TRANSPORTS)
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    with bring_up(over(request.param)) as lab:
        yield lab


@pytest.fixture(scope="module")
def seen(lab: Lab) -> Seen:
    """Capture, on the PBX's wire, what goes to the proxies and comes from them."""
    with on_the_trunk(lab, "udp") as udp, on_the_trunk(lab, "tcp") as tcp:
        placed = Calls(at="pbx1", count=CALLS).placed(lab)
    return Seen(placed, spoken(udp.payloads()), spoken(tcp.payloads()))


def on_the_trunk(lab: Lab, protocol: str) -> AbstractContextManager[Capture]:
    proxies = [lab.topology.nodes[name].addresses["voice"] for name in lab.topology.with_role(Role.SIP_PROXY)]
    ends = " or ".join(f"host {address}" for address in [*proxies, lab.topology.virtual_ips["trunk"].address])
    return lab.capture("pbx1", network="voice", filter_=f"{protocol} and ({ends})", seconds=90)


def states(lab: Lab, node: str) -> dict[str, str]:
    """Return every destination of a Kamailio with its state, such as `AP`: it answers; `IP`: given up."""
    said = lab.nodes[node].must_run("kamcmd", "dispatcher.list").splitlines()
    told = [line.strip().partition(": ")[::2] for line in said]
    addresses = [value for key, value in told if key == "URI"]
    return dict(zip(addresses, [value for key, value in told if key == "FLAGS"], strict=True))


def test_every_call_gets_through(seen: Seen) -> None:
    """The phone speaks UDP, whatever the trunk does."""
    assert seen.placed.complaints(CALLS) == []


def test_nothing_but_the_transport_is_spoken_on_the_trunk(lab: Lab, seen: Seen) -> None:
    """Over UDP and TCP the messages can be read, over TLS they cannot; a call has seven of them."""
    match lab.topology.trunk.transport:
        case "udp":
            assert seen.udp.sip > CALLS
            assert seen.tcp.payloads == 0
        case "tcp":
            assert seen.tcp.sip > CALLS
            assert (seen.tcp.tls, seen.udp.payloads) == (0, 0)
        case "tls":
            assert seen.tcp.tls > CALLS
            assert (seen.tcp.sip, seen.udp.payloads) == (0, 0)


def test_both_sides_find_each_other_over_the_transport(lab: Lab) -> None:
    """Everybody's probes of the other side are answered, those of the standby proxy too."""
    trunk, vip = lab.topology.trunk, lab.topology.virtual_ips["trunk"]
    pbx = lab.topology.nodes["pbx1"].addresses["voice"]

    assert states(lab, "pbx1") == {trunk.uri(vip.address): "AP"}
    assert {states(lab, proxy)[trunk.uri(pbx)] for proxy in vip.candidates} == {"AP"}


def test_phone_may_speak_it_too(lab: Lab) -> None:
    """SIPp itself is the other end of the PBX's transport."""
    transport = lab.topology.trunk.transport

    assert Calls(at="pbx1", count=CALLS, transport=transport).placed(lab).complaints(CALLS) == []


def test_phone_is_called_back(lab: Lab, tmp_path: Path) -> None:
    """A call from the telephony server goes the same way back: UDP, the trunk, UDP."""
    address = str(lab.vantage.spec.addresses["voice"])
    password = lab.secrets["sip_phone"]
    probe = CallProbe(
        name="phone", address=address, registrars=("pbx1",), password=password, back_to="201", hold_s=0.5
    )
    with Recorder(tmp_path / "history.jsonl") as recorder:
        with running([probe], lab, recorder) as at_work:
            at_work.watch(3.0)
        history = recorder.history()
    over_and_done = [line for line in history.of_kind("trunk") if "outcome" in line]

    assert len(over_and_done) >= 20
    assert {line["outcome"] for line in over_and_done} == {"ok"}


@pytest.fixture(scope="module")
def impostors() -> Iterator[Lab]:
    """Bring up a trunk over TLS whose proxies show certificates of another authority than the lab's."""
    stranger = trustme.CA(organization_name="somebody else").issue_cert("acd-sip")
    pem = stranger.private_key_and_cert_chain_pem.bytes().decode()
    defect = Defect(
        name="proxies-of-somebody-else",
        title="The proxies show certificates of another authority",
        topology="sip-proxy",
        violates=("SIP-1",),
        why="The PBX breaks off.",
        patch={"trunk": {"transport": "tls"}},
        edits=(Edit(node="sp*", file=SERVER_PATH, find=r"(?s)\A.+\Z", replace=pem),),
    )
    with bring_up(over("tls"), defect=defect) as lab:
        yield lab


def test_proxy_that_cannot_prove_who_it_is_gets_no_call(impostors: Lab) -> None:
    """The PBX takes certificates of the lab's authority alone; once probes failed, it knows no proxy."""
    wait_until(
        "the PBX has given its proxies up",
        lambda: states(impostors, "pbx1"),
        lambda seen: set(seen.values()) == {"IP"},
        patience_s=10,
    )

    placed = Calls(at="pbx1", count=5).placed(impostors)

    assert placed.counters is not None
    assert (placed.counters.successful, placed.counters.failed) == (0, 5)
    assert "503 No Server in Service" in placed.said


@pytest.mark.parametrize(
    ("shown", "is_taken"), [(["-cert", SERVER_PATH, "-key", SERVER_PATH], True), ([], False)]
)
def test_who_shows_no_certificate_is_refused(impostors: Lab, shown: list[str], *, is_taken: bool) -> None:
    """The PBX itself is as it should be: whoever calls it has to prove who they are."""
    verified = ["-CAfile", CA_PATH, "-verify_return_error", "-verify_hostname", "pbx1", "-tls1_2"]
    ended = impostors.vantage.run(
        "sh", "-c", '"$@" </dev/null', "sh", "openssl", "s_client", "-connect", "pbx1:5061", *verified, *shown
    )

    assert (ended.status == 0) == is_taken
    assert ("alert handshake failure" in ended.stderr) != is_taken
