"""Configuration is read from the nodes, and kept with the case."""

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from conformance.case import Case
from conformance.found import found, found_databases, found_exchanges, found_routers
from topologies.errors import UsageError
from topologies.lab import Lab
from topologies.lab.credentials import Secrets
from topologies.lab.rendering import render
from topologies.loading import load


def lab(replace: tuple[str, str] = ("", ""), name: str = "multi-master-semisync") -> Lab:
    """Return as much of a lab as is asked for: files of nodes, with *replace* made in each."""
    topology = load(name)
    secrets = Secrets()

    def node(name: str) -> SimpleNamespace:
        files = {
            file.path: file.content.decode().replace(*replace) for file in render(name, topology, secrets)
        }
        return SimpleNamespace(read_file=files.__getitem__)

    nodes = {name: node(name) for name in topology.nodes}
    return cast("Lab", SimpleNamespace(topology=topology, nodes=nodes, secrets=secrets))


def test_every_database_server_is_read(tmp_path: Path) -> None:
    with Case(tmp_path, "found") as case:
        databases = found_databases(lab(), case)

    assert {name: database.health.writer for name, database in databases.items()} == {
        "dbm1": True,
        "dbm2": True,
        "dbs1": False,
        "dbs2": False,
    }
    assert databases["dbm2"].server.acknowledgement_s == 0.5
    kept = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert any("my.cnf" in name for name in kept)
    assert any("health.toml" in name for name in kept)


def test_rules_that_are_missing_are_told(tmp_path: Path) -> None:
    with (
        Case(tmp_path, "found") as case,
        pytest.raises(UsageError, match=r"health.toml: max_lag_s: Field required"),
    ):
        found_databases(lab(("max_lag_s", "max_age_s")), case)


@pytest.mark.parametrize(
    ("name", "nodes"), [("nn-sip", {"pbx1", "pbx2"}), ("sip-proxy", {"pbx1", "sp1", "sp2"})]
)
def test_every_exchange_and_proxy_is_read(tmp_path: Path, name: str, nodes: set[str]) -> None:
    system = lab(name=name)
    with Case(tmp_path, "found") as case:
        exchanges = found_exchanges(system, case)

    assert set(exchanges) == nodes
    givers = nodes - {"pbx1"} if name == "sip-proxy" else nodes
    for node in givers:
        assert {"tel1", "tel2"} <= {one.name for one in exchanges[node].destinations}
    kept = {path for path in tmp_path.rglob("*") if path.name in {"kamailio.cfg", "dispatcher.list"}}
    assert len(kept) == 2 * len(nodes)


def test_line_of_a_dispatcher_list_that_is_wrong_is_told(tmp_path: Path) -> None:
    with (
        Case(tmp_path, "found") as case,
        pytest.raises(UsageError, match=r"dispatcher.list line \d+: not of the form"),
    ):
        found_exchanges(lab(("1 sip:", "one sip:"), "nn-sip"), case)


@pytest.mark.parametrize(("name", "nodes"), [("redundant-lb", ["lb1", "lb2"]), ("sip-proxy", ["sp1", "sp2"])])
def test_virtual_router_of_every_candidate_is_found(tmp_path: Path, name: str, nodes: list[str]) -> None:
    system = lab(name=name)
    (vip,) = system.topology.virtual_ips.values()
    with Case(tmp_path, "found") as case:
        routers = found_routers(system, case, vip)
        balancers = found(system, case)

    assert list(routers) == nodes
    assert all(router and str(vip.address) in router.addresses for router in routers.values())
    if name == "redundant-lb":
        assert {node: balancers.instance(node, vip) for node in nodes} == routers
    else:
        assert not balancers.keepalived, "a balancer that is no candidate needs no keepalived"


def test_candidate_that_is_not_configured_to_hold_the_address_is_told(tmp_path: Path) -> None:
    system = lab(("198.18.3.100", "198.18.3.111"), "sip-proxy")
    with Case(tmp_path, "found") as case:
        routers = found_routers(system, case, system.topology.virtual_ips["trunk"])

    assert routers == {"sp1": None, "sp2": None}
