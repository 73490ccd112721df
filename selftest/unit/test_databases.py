"""What a topology says about its databases, and what it may not say."""

from collections import defaultdict
from typing import Any

import pytest

from selftest.unit.test_model import declared, nodes, refused
from topologies import databases
from topologies.document import Document
from topologies.lab.rendering import render
from topologies.loading import find, load, validated
from topologies.model import Topology

ROUTES = {
    "acd-dbm": {"port": 3306, "servers": ["dbm1", "dbm2"]},
    "acd-dbs": {"port": 3307, "servers": ["dbs1", "dbm2"]},
    "acd-dbr": {"port": 3308, "servers": ["dbs1", "dbm2"]},
}


def told(**changes: Any) -> str:
    """Return what the schema says against databases with *changes*."""
    server = {"role": "database", "addresses": {"inside": "198.18.2.31"}}
    others = {
        name: {**server, "addresses": {"inside": f"198.18.2.{host}"}}
        for name, host in (("dbm2", 32), ("dbs1", 41))
    }
    section = {"network": "inside", "sources": {"dbs1": ["dbm1"]}, "routes": ROUTES, **changes}
    aliases = dict.fromkeys(databases.ALIASES, "lb1")
    return refused(nodes=nodes(dbm1=server, **others), aliases=aliases, database=section)


def test_a_reference_topology_names_roles_ports_and_sources() -> None:
    topology = load("multi-master-db")
    assert databases.masters(topology) == ("dbm1", "dbm2")
    assert databases.slaves(topology) == ("dbs1", "dbs2")
    assert databases.everyone(topology) == ("dbm1", "dbm2", "dbs1", "dbs2")
    assert databases.servers_of(topology, "acd-dbr") == ("dbs2", "dbs1", "dbm2", "dbm1")
    assert [databases.port_of(topology, alias) for alias in databases.ALIASES] == [3306, 3307, 3308]
    assert databases.sources_of(topology, "dbs1") == ("dbm1", "dbm2")
    assert databases.replicas_of(topology, "dbm1") == ("dbm2", "dbs1", "dbs2")


def test_without_a_balancer_an_alias_leads_to_its_server() -> None:
    topology = load("master-slave-db")
    assert databases.servers_of(topology, "acd-dbs") == ("dbs1",)
    assert databases.port_of(topology, "acd-dbs") == databases.PORT


def test_a_topology_without_a_word_about_databases_has_a_master_alone() -> None:
    topology = Topology.model_validate(declared())
    assert (databases.masters(topology), databases.slaves(topology)) == (("dbm1",), ())
    assert databases.sources_of(topology, "dbm1") == databases.replicas_of(topology, "dbm1") == ()


def test_routed_aliases_lead_to_the_balancer_on_the_network_of_the_databases() -> None:
    topology = load("multi-master-db")
    for node in topology.nodes:
        assert str(topology.resolve("acd-dbs", seen_from=node)) == "198.18.2.11"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"network": "insde"}, "unknown network 'insde'"),
        ({"sources": {"dbs1": ["dbm9"]}}, "unknown database 'dbm9'"),
        ({"sources": {"dbs1": ["dbs1"]}}, "replicates from itself"),
        ({"routes": {**ROUTES, "acd-dbx": {"port": 1, "servers": ["dbm1"]}}}, "unknown alias 'acd-dbx'"),
        ({"routes": {**ROUTES, "acd-dbs": {"port": 3307, "servers": ["lb1"]}}}, "unknown database 'lb1'"),
        ({"routes": {**ROUTES, "acd-dbs": {"port": 3306, "servers": ["dbs1"]}}}, "two aliases share a port"),
        ({"routes": {"acd-dbm": ROUTES["acd-dbm"]}}, "has no route for acd-dbs"),
    ],
)
def test_what_leads_nowhere_is_refused(changes: dict[str, Any], sentence: str) -> None:
    assert sentence in told(**changes)


def test_balancers_with_a_virtual_ip_serve_the_databases_there() -> None:
    on_the_virtual_ip = {
        "virtual-ips": {
            "data": {
                "address": "198.18.2.100",
                "network": "inside",
                "candidates": ["lb1", "lb2"],
                "carries": list(databases.ALIASES),
            }
        },
        "nodes": {"lb2": {"role": "balancer", "user": "198.18.1.12", "inside": "198.18.2.12"}},
        "aliases": dict.fromkeys(databases.ALIASES),
    }
    source = find("multi-master-db")
    topology = validated(source.patched(Document(source.path, on_the_virtual_ip, {})))
    for balancer in ("lb1", "lb2"):
        rendered = render(balancer, topology, defaultdict(lambda: "secret"))
        proxies = {file.path: file.content.decode() for file in rendered}["/etc/haproxy/haproxy.cfg"]
        for port in (3306, 3307, 3308):
            assert f"bind 198.18.2.100:{port}\n" in proxies
