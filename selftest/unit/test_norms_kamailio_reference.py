"""The reference configurations of PBX and SIP proxy give the times of the documentation."""

from collections import defaultdict

import pytest

from conformance.norms import kamailio, keepalived
from conformance.norms.call_outage import call_delay, new_call_outage, recovery, takeover_delay
from conformance.norms.kamailio_detection import Failure as ServerFailure
from conformance.norms.kamailio_detection import detection, recovery_norm, rescue_norm
from conformance.norms.takeover import Failure, takeover_norm
from topologies.lab.rendering import render
from topologies.loading import load
from topologies.model import Role, Topology

DELAYS_S: dict[ServerFailure, float] = {"silent": 3.0625, "rejecting": 0.0, "hanging": 3.0625}


def files(name: str, topology: Topology) -> dict[str, str]:
    """Return the configuration of a node by path."""
    secrets: dict[str, str] = defaultdict(lambda: "secret")
    return {file.path: file.content.decode() for file in render(name, topology, secrets)}


def found(name: str, topology: Topology) -> kamailio.Configuration:
    own = files(name, topology)
    return kamailio.parse(own["/etc/kamailio/kamailio.cfg"], own["/etc/kamailio/dispatcher.list"])


@pytest.mark.parametrize(("topology", "role"), [("nn-sip", Role.PBX), ("sip-proxy", Role.SIP_PROXY)])
def test_loss_of_a_telephony_server(topology: str, role: Role) -> None:
    """Out after 1.5 s at the latest; a call pays half a second; back after a second."""
    told = load(topology)
    for node in told.with_role(role):
        config = found(node, told)
        assert {destination.host for destination in config.destinations if destination.set_id == 1} == {
            str(told.resolve(server, seen_from=node)) for server in told.with_role(Role.TELEPHONY)
        }
        for server in told.with_role(Role.TELEPHONY):
            assert detection(config, server).seconds == 1.5
            assert rescue_norm(config, server).seconds == 0.5625
            assert rescue_norm(config, server, "rejecting").seconds == 0.0
            assert rescue_norm(config, server, "hanging").seconds == 3.0625
            assert recovery_norm(config, server).seconds == 1.0


@pytest.mark.parametrize("name", ["nn-sip", "sip-proxy"])
def test_documented_times_of_telephony(name: str) -> None:
    """The norms of all that give calls, a PBX before proxies among them, are those documented."""
    told = load(name)
    exchanges = [found(node, told) for role in (Role.PBX, Role.SIP_PROXY) for node in told.with_role(role)]
    for server in told.with_role(Role.TELEPHONY):
        outage = new_call_outage(exchanges, server, "silent").seconds
        assert outage == told.documented.telephony_detection_s
        assert recovery(exchanges, server).seconds == told.documented.telephony_recovery_s
        for failure, delay_s in DELAYS_S.items():
            assert call_delay(exchanges, server, failure).seconds == delay_s
        assert told.documented.call_setup_s is not None
        assert 0 <= told.documented.call_setup_s - max(DELAYS_S.values()) < 0.05


@pytest.mark.parametrize("failure", ["silence", "goodbye", "process-death"])
def test_loss_of_a_proxy(failure: Failure) -> None:
    """The other one has the virtual IP in time, and until then the PBX repeats a call."""
    told = load("sip-proxy")
    assert told.documented.takeover_s is not None
    vip = told.virtual_ips["trunk"]
    one, other = (
        keepalived.parse(files(node, told)["/etc/keepalived/keepalived.conf"]).holding(str(vip.address))
        for node in vip.candidates
    )
    pbx = found("pbx1", told)
    for active, standby in ((one, other), (other, one)):
        gap = takeover_norm(failure, standby=standby, active=active, program="kamailio")
        assert gap.seconds <= told.documented.takeover_s, gap.formula
        assert takeover_delay(pbx, "acd-sip", gap).seconds <= 1.5
        assert gap.seconds < detection(pbx, "acd-sip").seconds, "the virtual IP is not given up meanwhile"


def test_only_the_active_proxy_is_answered_on_the_virtual_ip() -> None:
    """So both probe from their own address, and calls leave from the virtual one."""
    told = load("sip-proxy")
    for node in told.virtual_ips["trunk"].candidates:
        config = found(node, told)
        own = told.nodes[node].addresses["voice"]
        assert config.parameter("dispatcher", "ds_default_socket", "") == f"udp:{own}:5060"
        assert files(node, told)["/etc/kamailio/kamailio.cfg"].count('$fs = "udp:198.18.3.100:5060"') == 3
