"""Whether what a topology names is there, and where it has to be."""

from typing import TYPE_CHECKING

from topologies.databases import ALIASES
from topologies.places import Place, must_be_known, wrong

if TYPE_CHECKING:
    from topologies.databases import Databases
    from topologies.model import NodeSpec, Topology, VirtualIp
    from topologies.trunk import Trunk


def must_be_attached(topology: "Topology", name: str, node: "NodeSpec") -> None:
    """Check that a node has an address, and each in a network that there is.

    Raises:
        PydanticCustomError: one sentence with the place and the fix.
    """
    if not node.addresses:
        networks = ", ".join(topology.networks)
        raise wrong(("nodes", name), f"has no address; attach it to a network ({networks})")
    for network, address in node.addresses.items():
        place: Place = ("nodes", name, network)
        must_be_known(place, "network", network, topology.networks)
        if address not in topology.networks[network]:
            raise wrong(
                place, f"{address} is not in {topology.networks[network]}; give it an address of {network!r}"
            )


def must_be_databases(topology: "Topology", database: "Databases") -> None:
    """Check that sources and routes of the databases lead somewhere, each alias by a port of its own.

    Raises:
        PydanticCustomError: one sentence with the place and the fix.
    """
    place: Place = ("database",)
    must_be_known((*place, "network"), "network", database.network, topology.networks)
    servers = [name for name, node in topology.nodes.items() if node.role == "database"]
    for server, sources in database.sources.items():
        for name in (server, *sources):
            must_be_known((*place, "sources", server), "database", name, servers)
        if server in sources:
            raise wrong((*place, "sources", server), "replicates from itself; name another server")
    for alias, route in database.routes.items():
        here: Place = (*place, "routes", alias)
        must_be_known(here, "alias", alias, topology.alias_names())
        for name in route.servers:
            must_be_known((*here, "servers"), "database", name, servers)
        provider = topology.aliases.get(alias)
        if provider and database.network not in topology.nodes[provider].addresses:
            raise wrong(
                here, f"{provider!r}, which provides it, has no address in {database.network!r}; give it one"
            )
    if database.routes and (missing := [alias for alias in ALIASES if alias not in database.routes]):
        raise wrong(
            (*place, "routes"), f"has no route for {missing[0]}; give one to each of {', '.join(ALIASES)}"
        )
    ports = [route.port for route in database.routes.values()]
    if len(set(ports)) < len(ports):
        raise wrong((*place, "routes"), f"two aliases share a port ({ports}); give each its own")


def must_be_reachable_by_candidates(topology: "Topology", name: str, vip: "VirtualIp") -> None:
    """Check that a virtual IP lies in its network, and each candidate too.

    Raises:
        PydanticCustomError: one sentence with the place and the fix.
    """
    place: Place = ("virtual-ips", name)
    must_be_known((*place, "network"), "network", vip.network, topology.networks)
    if vip.address not in topology.networks[vip.network]:
        raise wrong(
            (*place, "address"),
            f"{vip.address} is not in {topology.networks[vip.network]}; take an address of {vip.network!r}",
        )
    for candidate in vip.candidates:
        must_be_known((*place, "candidates"), "node", candidate, topology.nodes)
        if vip.network not in topology.nodes[candidate].addresses:
            raise wrong(
                (*place, "candidates"),
                f"{candidate!r} is not attached to network {vip.network!r}; give it an address there",
            )
    if len(set(vip.candidates)) < len(vip.candidates):
        raise wrong(
            (*place, "candidates"), f"a node is named twice in {list(vip.candidates)}; name each once"
        )


def must_have_both_ends(topology: "Topology", trunk: "Trunk") -> None:
    """Check that a trunk that is not UDP leads to a SIP proxy, because telephony servers speak UDP alone.

    Raises:
        PydanticCustomError: one sentence with the place and the fix.
    """
    if trunk.transport != "udp" and topology.variants.get("sip") != "proxy":
        raise wrong(
            ("trunk", "transport"),
            f"{trunk.transport!r} is for the variant `sip: proxy` alone, as telephony servers speak UDP; "
            "take 'udp'",
        )
