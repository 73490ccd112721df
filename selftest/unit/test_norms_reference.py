"""The reference configurations keep what the documentation of their variants promises."""

from collections import defaultdict

import pytest

from conformance.norms import haproxy, keepalived
from conformance.norms.detection import Failure as LossOfServer
from conformance.norms.detection import detection
from conformance.norms.takeover import Failure as LossOfBalancer
from conformance.norms.takeover import return_norm, takeover_norm
from topologies.lab.rendering import render
from topologies.loading import load
from topologies.model import Role, Topology

HAPROXY = "/etc/haproxy/haproxy.cfg"
KEEPALIVED = "/etc/keepalived/keepalived.conf"


def rendered(name: str, topology: Topology) -> dict[str, str]:
    """Return the configuration of a node by path."""
    secrets: dict[str, str] = defaultdict(lambda: "secret")
    return {file.path: file.content.decode() for file in render(name, topology, secrets)}


@pytest.mark.parametrize("topology", ["redundant", "redundant-lb"])
@pytest.mark.parametrize("failure", ["silent", "frozen", "refusing"])
def test_every_loss_of_a_web_server_is_noticed_in_time(topology: str, failure: LossOfServer) -> None:
    """By every balancer, for every web server."""
    told = load(topology)
    assert told.documented.detection_s is not None
    for balancer in told.with_role(Role.BALANCER):
        config = haproxy.parse(rendered(balancer, told)[HAPROXY])
        for server in told.with_role(Role.WEB):
            norm = detection(config, server, failure)
            assert norm.seconds <= told.documented.detection_s, norm.formula


@pytest.mark.parametrize("failure", ["silence", "goodbye", "process-death"])
def test_every_failure_of_a_balancer_is_taken_over_in_time(failure: LossOfBalancer) -> None:
    """Whichever of the two is active."""
    told = load("redundant-lb")
    assert told.documented.takeover_s is not None
    vip = told.virtual_ips["front"]
    one, other = (
        keepalived.parse(rendered(node, told)[KEEPALIVED]).holding(str(vip.address))
        for node in vip.candidates
    )
    for active, standby in ((one, other), (other, one)):
        norm = takeover_norm(failure, standby=standby, active=active)
        assert norm.seconds <= told.documented.takeover_s, norm.formula
        assert active.preempts is told.documented.preempt
        assert return_norm(active, standby).seconds == 0.0
    assert one.advert_s * 1000 == pytest.approx(told.documented.advert_ms)
