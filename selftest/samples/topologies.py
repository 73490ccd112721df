"""Crafted topologies: those that are to come, and harder ones, to see whether they can be drawn."""

from collections.abc import Iterable, Mapping
from typing import Any

from topologies.model import Topology

USER, INSIDE, VOICE = "user", "inside", "voice"
NETWORKS = {USER: "198.18.1.0/24", INSIDE: "198.18.2.0/24", VOICE: "198.18.3.0/24"}
RING = {"dbm1": ["dbm2"], "dbm2": ["dbm1"], "dbs1": ["dbm1", "dbm2"], "dbs2": ["dbm1", "dbm2"]}


def crafted(
    name: str,
    title: str,
    nodes: Mapping[str, Iterable[str]],
    **more: Any,
) -> Topology:
    """Return a topology; each of *nodes* is given as its role and its networks."""
    hosts: dict[str, Any] = {}
    for number, (node, (role, *networks)) in enumerate(nodes.items(), 10):
        addresses = {net: NETWORKS[net].replace("0/24", str(number)) for net in NETWORKS if net in networks}
        hosts[node] = {"role": role, "addresses": addresses}
    used = {
        net: at for net, at in NETWORKS.items() if any(net in host["addresses"] for host in hosts.values())
    }
    return Topology.model_validate(
        {"name": name, "title": title, "variants": {}, "networks": used, "nodes": hosts, **more}
    )


def everything() -> Topology:
    """Return two of each: balancers and proxies with virtual IPs on both sides, databases behind them."""
    between = dict.fromkeys(("lb1", "lb2"), ("balancer", USER, INSIDE))
    between |= dict.fromkeys(("sip1", "sip2"), ("sip-proxy", USER, INSIDE))
    inside = dict.fromkeys(("web1", "web2"), ("web", INSIDE))
    inside |= dict.fromkeys(("tel1", "tel2"), ("telephony", INSIDE)) | {"store1": ("storage", INSIDE)}
    inside |= dict.fromkeys(RING, ("database", INSIDE))
    data = ["acd-dbm", "acd-dbs", "acd-dbr", "acd-store"]
    routes = zip(data, (3306, 3307, 3308), (["dbm1", "dbm2"], ["dbs1"], ["dbs2"]), strict=False)
    return crafted(
        "everything",
        "Two load balancers, two SIP proxies, two web servers, two masters and two slaves on a virtual IP",
        {"client": ("client", USER), "pbx1": ("pbx", USER), "pbx2": ("pbx", USER), **between, **inside},
        **{"virtual-ips": {
            "front": _vip("198.18.1.100", USER, ["lb1", "lb2"], ["acd-lb"]),
            "sip": _vip("198.18.1.101", USER, ["sip1", "sip2"], ["acd-sip"]),
            "data": _vip("198.18.2.100", INSIDE, ["lb1", "lb2"], data),
        }},
        aliases={"acd-tel1": "tel1", "acd-tel2": "tel2"},
        database={
            "network": INSIDE,
            "sources": RING,
            "routes": {alias: {"port": port, "servers": servers} for alias, port, servers in routes},
        },
    )  # fmt: skip


def many_to_many() -> Topology:
    """Return two telephony servers between two networks, each with an alias, and two PBXs behind them."""
    return crafted(
        "many-to-many",
        "Two PBXs and two telephony servers",
        {
            "client": ("client", USER),
            "lb1": ("balancer", USER, INSIDE),
            **dict.fromkeys(("web1", "web2"), ("web", INSIDE)),
            "dbm1": ("database", INSIDE),
            "store1": ("storage", INSIDE),
            **dict.fromkeys(("tel1", "tel2"), ("telephony", INSIDE, VOICE)),
            **dict.fromkeys(("pbx1", "pbx2"), ("pbx", VOICE)),
        },
        aliases={"acd-lb": "lb1", "acd-store": "store1", "acd-tel1": "tel1", "acd-tel2": "tel2"}
        | dict.fromkeys(("acd-dbm", "acd-dbs", "acd-dbr"), "dbm1"),
    )


def proxies() -> Topology:
    """Return a balancer beside two proxies that share a virtual IP, each of them with an alias of its own."""
    return crafted(
        "proxies",
        "Two SIP proxies with a virtual IP",
        {
            "client": ("client", USER),
            "pbx1": ("pbx", USER),
            "lb1": ("balancer", USER, INSIDE),
            **dict.fromkeys(("sip1", "sip2"), ("sip-proxy", USER, INSIDE)),
            **dict.fromkeys(("web1", "web2"), ("web", INSIDE)),
            **dict.fromkeys(("tel1", "tel2"), ("telephony", INSIDE)),
            "dbm1": ("database", INSIDE),
        },
        **{"virtual-ips": {"sip": _vip("198.18.1.100", USER, ["sip1", "sip2"], ["acd-sip"])}},
        aliases={"acd-lb": "lb1", "acd-sip1": "sip1", "acd-sip2": "sip2", "acd-dbm": "dbm1"},
    )


def direct() -> Topology:
    """Return databases with several aliases each, arcs on both sides, and two virtual IPs of one pair."""
    pair = ["lb1", "lb2"]
    return crafted(
        "direct",
        "Databases without a balancer",
        {
            "client": ("client", USER),
            **dict.fromkeys(pair, ("balancer", USER, INSIDE)),
            **dict.fromkeys(RING, ("database", INSIDE)),
        },
        **{"virtual-ips": {
            "front": _vip("198.18.1.100", USER, pair, ["acd-lb"]),
            "store": _vip("198.18.1.101", USER, pair, ["acd-store"]),
        }},
        aliases={"acd-dbm": "dbm1", "acd-dbx": "dbm2", "acd-dbs": "dbs1", "acd-dby": "dbs1"}
        | dict.fromkeys(("acd-dbr", "acd-dbv", "acd-dbw"), "dbs2"),
        database={"network": INSIDE, "sources": RING | {"dbm1": ["dbm2", "dbs2"]}},
    )  # fmt: skip


def many_databases() -> Topology:
    """Return more databases than fit into a row, so that replication goes from row to row."""
    slaves = [f"dbs{number}" for number in range(1, 6)]
    return crafted(
        "many-databases",
        "A master and five slaves",
        {"client": ("client", USER), "lb1": ("balancer", USER, INSIDE)}
        | dict.fromkeys(["dbm1", *slaves], ("database", INSIDE)),
        aliases={"acd-lb": "lb1", "acd-dbm": "dbm1"},
        database={"network": INSIDE, "sources": dict.fromkeys(slaves, ("dbm1",))},
    )


def _vip(address: str, network: str, candidates: list[str], carries: list[str]) -> dict[str, Any]:
    return {"address": address, "network": network, "candidates": candidates, "carries": carries}
