"""The SIP proxies could pass speech on, and the reference does not let them."""

import re

import pytest

from topologies.defect import load_defect
from topologies.lab.credentials import Secrets
from topologies.lab.rendering import render
from topologies.loading import load
from topologies.model import Role

SLOT = 3
INTERFACE = re.compile(r"^interface = (.*)$", re.MULTILINE)
PROXIES = list(load("sip-proxy").with_role(Role.SIP_PROXY))


@pytest.mark.parametrize("proxy", PROXIES)
def test_speech_goes_around_the_proxies_of_the_reference(proxy: str) -> None:
    """Its relay has no interface, without which it is not started, and Kamailio does not know of it."""
    files = {file.path: file.content.decode() for file in render(proxy, load("sip-proxy"), Secrets())}
    assert not INTERFACE.search(files["/etc/rtpengine/rtpengine.conf"])
    assert "rtpengine" not in files["/etc/kamailio/kamailio.cfg"]


@pytest.mark.parametrize("proxy", PROXIES)
def test_the_defect_has_each_proxy_pass_speech_on_at_its_own_address(proxy: str) -> None:
    defect = load_defect("proxy-relays-rtp")
    topology = defect.topology_with_patch().relocated(SLOT)
    files = {
        file.path: defect.edited(proxy, file.path, file.content.decode())
        for file in render(proxy, topology, Secrets())
    }
    own = str(topology.nodes[proxy].addresses["voice"])
    assert INTERFACE.findall(files["/etc/rtpengine/rtpengine.conf"]) == [own]
    changed = {
        route: re.search(rf"^{route} {{\n(?:    .*\n|\n)*", files["/etc/kamailio/kamailio.cfg"], re.MULTILINE)
        for route in ("request_route", r"route\[WITHIN_CALL\]", r"onreply_route\[SPEECH\]")
    }
    assert all(found and "rtpengine_manage(" in found[0] for found in changed.values()), changed
