"""The schema of a topology: what it refuses, and what it computes."""

from ipaddress import IPv4Address, IPv4Network
from typing import Any

import pytest
from pydantic import ValidationError

from topologies.loading import load, names
from topologies.model import SLOTS, Role, Topology
from topologies.places import dotted


def declared(**changes: Any) -> dict[str, Any]:
    """Return a small valid topology with *changes* to its top level."""
    return {
        "name": "small",
        "title": "Two balancers",
        "variants": {"user-access": "some"},
        "networks": {"user": "198.18.1.0/24", "inside": "198.18.2.0/24"},
        "virtual-ips": {
            "front": {
                "address": "198.18.1.100",
                "network": "user",
                "candidates": ["lb1", "lb2"],
                "carries": ["acd-lb"],
            }
        },
        "nodes": {
            "lb1": {"role": "balancer", "addresses": {"user": "198.18.1.11", "inside": "198.18.2.11"}},
            "lb2": {"role": "balancer", "addresses": {"user": "198.18.1.12", "inside": "198.18.2.12"}},
            "dbm1": {"role": "database", "addresses": {"inside": "198.18.2.31"}},
            "client": {"role": "client", "addresses": {"user": "198.18.1.10"}},
        },
        "aliases": {"acd-dbm": "dbm1"},
        **changes,
    }


def refused(**changes: Any) -> str:
    """Return what the schema says against a topology with *changes*."""
    with pytest.raises(ValidationError) as caught:
        Topology.model_validate(declared(**changes))
    return str(caught.value.errors()[0]["msg"])


def vip(**changes: Any) -> dict[str, Any]:
    return {"front": {**declared()["virtual-ips"]["front"], **changes}}


def nodes(**changes: Any) -> dict[str, Any]:
    return {**declared()["nodes"], **changes}


def test_interfaces_follow_the_order_of_the_addresses() -> None:
    node = Topology.model_validate(declared()).nodes["lb1"]
    assert (node.interface("user"), node.interface("inside")) == ("eth0", "eth1")


def test_an_address_given_twice_is_refused_with_both_places() -> None:
    web = {"role": "web", "addresses": {"inside": "198.18.2.11"}}
    said = refused(nodes=nodes(web1=web))
    assert (
        said == "nodes.web1.inside: address 198.18.2.11 is already that of nodes.lb1.inside; give it another"
    )


def test_a_virtual_ip_that_is_a_nodes_address_is_refused() -> None:
    assert "198.18.1.11 is already that of nodes.lb1.user" in refused(
        **{"virtual-ips": vip(address="198.18.1.11")}
    )


@pytest.mark.parametrize("last", [0, 1, 255])
def test_addresses_of_network_bridge_and_broadcast_are_refused(last: int) -> None:
    web = {"role": "web", "addresses": {"inside": f"198.18.2.{last}"}}
    assert "take one from .2 to .254" in refused(nodes=nodes(web1=web))


def test_a_node_without_address_is_refused() -> None:
    assert "attach it to a network (user, inside)" in refused(
        nodes=nodes(web1={"role": "web", "addresses": {}})
    )


def test_an_address_of_another_network_is_refused() -> None:
    web = {"role": "web", "addresses": {"inside": "198.18.1.21"}}
    assert "198.18.1.21 is not in 198.18.2.0/24" in refused(nodes=nodes(web1=web))


def test_an_unknown_candidate_is_refused_with_the_closest_name() -> None:
    assert "unknown node 'lb9'; did you mean 'lb" in refused(
        **{"virtual-ips": vip(candidates=["lb1", "lb9"])}
    )


def test_a_candidate_without_the_network_is_refused() -> None:
    assert "'dbm1' is not attached to network 'user'" in refused(
        **{"virtual-ips": vip(candidates=["lb1", "dbm1"])}
    )


def test_a_candidate_named_twice_is_refused() -> None:
    assert "name each once" in refused(**{"virtual-ips": vip(candidates=["lb1", "lb1"])})


def test_an_alias_that_is_carried_cannot_be_provided_too() -> None:
    assert "'acd-lb' is already carried by the virtual IP 'front'" in refused(aliases={"acd-lb": "lb1"})


def test_an_alias_cannot_have_the_name_of_a_node() -> None:
    assert "already the name of a node" in refused(aliases={"lb1": "lb2"})


def test_a_way_in_must_lead_somewhere() -> None:
    way = {"source": "user", "to": "acd-db", "ports": [3306]}
    assert "reachable[0].to: unknown node or alias 'acd-db'; did you mean 'acd-dbm'?" in refused(
        reachable=[way]
    )


def test_a_weight_must_belong_to_a_node() -> None:
    assert "documented.weights.web7: unknown node" in refused(documented={"weights": {"web7": 2}})


def test_an_alias_for_dns_alone_must_exist() -> None:
    assert "dns-only: unknown alias 'acd-store'" in refused(**{"dns-only": ["acd-store"]})


@pytest.mark.parametrize("network", ["10.0.0.0/24", "198.18.0.0/16", "198.18.16.0/24"])
def test_networks_come_from_slot_0_of_the_benchmark_range(network: str) -> None:
    assert network in refused(networks={"user": network, "inside": "198.18.2.0/24"})


def test_an_alias_leads_to_the_virtual_ip_that_carries_it() -> None:
    topology = Topology.model_validate(declared())
    assert topology.resolve("acd-lb", seen_from="client") == IPv4Address("198.18.1.100")


def test_an_alias_leads_to_the_address_on_the_network_that_both_share() -> None:
    topology = Topology.model_validate(declared())
    assert topology.resolve("lb1", seen_from="dbm1") == IPv4Address("198.18.2.11")
    assert topology.resolve("acd-dbm", seen_from="client") == IPv4Address("198.18.2.31")
    with pytest.raises(KeyError):
        topology.resolve("acd-store", seen_from="client")


def test_every_node_has_an_alias_of_its_own() -> None:
    assert Topology.model_validate(declared()).alias_names() == [
        "acd-lb",
        "acd-dbm",
        "lb1",
        "lb2",
        "dbm1",
        "client",
    ]


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("slot", [0, 1, SLOTS - 1])
def test_relocation_moves_every_address_and_nothing_else(name: str, slot: int) -> None:
    topology = load(name)
    moved = topology.relocated(slot)
    shift = slot * 4096
    assert [*moved.networks] == [*topology.networks]
    for network, subnet in topology.networks.items():
        assert int(moved.networks[network].network_address) == int(subnet.network_address) + shift
        assert moved.networks[network].subnet_of(IPv4Network("198.18.0.0/15"))
    for node, spec in topology.nodes.items():
        assert moved.nodes[node].addresses == {
            net: address + shift for net, address in spec.addresses.items()
        }
        assert list(moved.nodes[node].addresses) == list(spec.addresses)
    for vip_name, spec_ in topology.virtual_ips.items():
        assert moved.virtual_ips[vip_name].address == spec_.address + shift
    assert (moved.aliases, moved.reachable, moved.documented) == (
        topology.aliases,
        topology.reachable,
        topology.documented,
    )


def test_a_relocated_topology_survives_a_round_trip_through_its_file_form() -> None:
    topology = load("redundant-lb")
    assert Topology.model_validate_json(topology.model_dump_json(by_alias=True)) == topology


def test_nodes_of_a_role_keep_the_order_of_the_file() -> None:
    assert list(Topology.model_validate(declared()).with_role(Role.BALANCER)) == ["lb1", "lb2"]


def test_places_are_written_as_people_write_them() -> None:
    assert dotted(("reachable", 0, "to")) == "reachable[0].to"
