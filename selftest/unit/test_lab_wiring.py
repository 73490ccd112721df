"""Interfaces come out in the order in which a node names its networks."""

import pytest

from topologies.errors import LabError, TopologyError
from topologies.lab.identity import network_name
from topologies.lab.wiring import must_be_wired, ranks
from topologies.loading import load, names
from topologies.model import NodeSpec, Topology

REDUNDANT = load("redundant-lb")
ROUTES = """\
Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
{user}\t000112C6\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
{inside}\t000212C6\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
"""
USER_AND_VOICE = ROUTES.replace("{inside}\t000212C6", "{voice}\t000312C6")


def turned(topology: Topology, name: str) -> Topology:
    """Return *topology* with the networks of one node named in the opposite order."""
    node = topology.nodes[name]
    other: NodeSpec = node.model_copy(update={"addresses": dict(reversed(list(node.addresses.items())))})
    return topology.model_copy(update={"nodes": {**topology.nodes, name: other}})


def test_names_sort_as_declared() -> None:
    named = [network_name("x-000000", network, rank=rank) for network, rank in ranks(REDUNDANT).items()]
    assert (
        named
        == sorted(named)
        == [
            "jtel-x-000000-0-user",
            "jtel-x-000000-1-inside",
            "jtel-x-000000-2-voice",
        ]
    )


@pytest.mark.parametrize("name", names())
def test_every_node_of_every_topology_names_its_networks_by_rank(name: str) -> None:
    topology = load(name)
    order = list(ranks(topology))
    assert sorted(order) == sorted(topology.networks)
    for node in topology.nodes.values():
        assert list(node.addresses) == [network for network in order if network in node.addresses]


def test_opposite_orders_are_refused() -> None:
    with pytest.raises(TopologyError, match=r"redundant-lb: nodes name the networks .* in different orders"):
        ranks(turned(REDUNDANT, "lb2"))


def test_order_that_contradicts_two_others_together_is_refused() -> None:
    with pytest.raises(TopologyError, match="different orders"):
        ranks(turned(REDUNDANT, "client"))


def test_ranks_follow_the_nodes_not_the_list_of_networks() -> None:
    assert list(ranks(REDUNDANT)) == ["user", "inside", "voice"]
    assert list(ranks(turned(REDUNDANT, "tel1"))) == ["user", "voice", "inside"]


def test_right_and_wrong_wires() -> None:
    node = REDUNDANT.nodes["lb1"]
    must_be_wired("lb1", node, REDUNDANT, ROUTES.format(user="eth0", inside="eth1"))
    with pytest.raises(LabError, match=r"lb1: eth0 does not lead to network 'user' \(198\.18\.1\.0/24\)"):
        must_be_wired("lb1", node, REDUNDANT, ROUTES.format(user="eth1", inside="eth0"))
    client = REDUNDANT.nodes["client"]
    must_be_wired("client", client, REDUNDANT, USER_AND_VOICE.format(user="eth0", voice="eth1"))
    with pytest.raises(LabError, match=r"client: eth1 does not lead to network 'voice' \(198\.18\.3\.0/24\)"):
        must_be_wired("client", client, REDUNDANT, ROUTES.format(user="eth0", inside="eth1"))
    with pytest.raises(LabError, match="interfaces with routes are none"):
        must_be_wired("lb1", node, REDUNDANT, "Iface\n")
