"""Interfaces come out in the order in which a node names its networks."""

import pytest

from topologies.errors import LabError, TopologyError
from topologies.lab.identity import network_name
from topologies.lab.wiring import must_be_wired, ranks
from topologies.loading import load
from topologies.model import NodeSpec, Topology

REDUNDANT = load("redundant-lb")
ROUTES = """\
Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
{user}\t000112C6\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
{inside}\t000212C6\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
"""


def turned(topology: Topology, name: str) -> Topology:
    """Return *topology* with the networks of one node named in the opposite order."""
    node = topology.nodes[name]
    other: NodeSpec = node.model_copy(update={"addresses": dict(reversed(list(node.addresses.items())))})
    return topology.model_copy(update={"nodes": {**topology.nodes, name: other}})


def test_names_sort_as_declared() -> None:
    names = [network_name("x-000000", network, rank=rank) for network, rank in ranks(REDUNDANT).items()]
    assert names == sorted(names) == ["jtel-x-000000-0-user", "jtel-x-000000-1-inside"]


def test_opposite_orders_are_refused() -> None:
    with pytest.raises(TopologyError, match=r"redundant-lb: nodes name the networks .* in different orders"):
        ranks(turned(REDUNDANT, "lb2"))


def test_right_and_wrong_wires() -> None:
    node = REDUNDANT.nodes["lb1"]
    must_be_wired("lb1", node, REDUNDANT, ROUTES.format(user="eth0", inside="eth1"))
    with pytest.raises(LabError, match=r"lb1: eth0 does not lead to network 'user' \(198\.18\.1\.0/24\)"):
        must_be_wired("lb1", node, REDUNDANT, ROUTES.format(user="eth1", inside="eth0"))
    with pytest.raises(LabError, match="interfaces with routes are none"):
        must_be_wired("lb1", node, REDUNDANT, "Iface\n")
