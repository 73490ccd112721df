"""Which ports are open from which network, compared with what is documented."""

from collections.abc import Sequence
from typing import ClassVar, Literal, NamedTuple

from conformance.checkers.check import Check
from conformance.checkers.facts import decided, moment, observed
from conformance.checkers.findings import many
from conformance.history import History
from conformance.verdict import CheckResult
from topologies.model import Topology


class Way(NamedTuple):
    """A way in: from a network to a port of an address."""

    source: str
    """The network."""
    to: str
    """The node or alias, for people."""
    address: str
    port: int

    def __str__(self) -> str:
        return f"port {self.port} of {self.to} ({self.address}) from the network {self.source}"


def documented_ways(topology: Topology) -> tuple[Way, ...]:
    """Return every way in that *topology* documents under `reachable`."""
    found = []
    for entry in topology.reachable:
        if vip := topology.virtual_ip_of(entry.to):
            address = vip.address
        else:
            addresses = topology.nodes[topology.aliases.get(entry.to, entry.to)].addresses
            address = addresses.get(entry.source, next(iter(addresses.values())))
        found += [Way(entry.source, entry.to, str(address), port) for port in entry.ports]
    return tuple(found)


def all_ways(topology: Topology, ports: Sequence[int]) -> tuple[Way, ...]:
    """Return every combination of network, address and port (*ports* and the documented ones) to be tried."""
    documented = documented_ways(topology)
    tried = sorted({*ports, *(way.port for way in documented)})
    targets = [
        (name, str(address)) for name, node in topology.nodes.items() for address in node.addresses.values()
    ]
    targets += [(name, str(vip.address)) for name, vip in topology.virtual_ips.items()]
    found = [
        Way(network, name, address, port)
        for network in topology.networks
        for name, address in targets
        for port in tried
    ]
    return tuple(found)


class PortMatrix(Check):
    """Open is exactly what is documented.

    Reads `observed` lines "port" (node: who tried; value: from (network), to, address, port, result: `open`,
    `refused`, `silent` or `no route`).
    """

    title: ClassVar[str] = "only documented ports are open"
    documented: tuple[Way, ...]
    sources: tuple[str, ...]
    """The networks from which the matrix has to be filled."""
    samples: int = 10
    """So many undocumented ways must have been tried from each of them."""
    direction: Literal["both", "beyond", "missing"] = "both"
    """beyond: judge only what is open and not documented; missing: only what is documented and closed."""

    def judge(self, history: History) -> CheckResult:
        """Return what *history* says; no data is UNKNOWN."""
        wanted = {(way.source, way.address, way.port): way for way in self.documented}
        beyond: dict[Way, str] = {}
        opened: set[tuple[str, str, int]] = set()
        tried: set[Way] = set()
        for line in observed(history, "port"):
            value = line["value"]
            way = Way(value["from"], value["to"], value["address"], value["port"])
            if way.source not in self.sources:
                continue
            tried.add(way)
            if value["result"] != "open":
                continue
            opened.add((way.source, way.address, way.port))
            if (way.source, way.address, way.port) not in wanted:
                beyond.setdefault(
                    way, f"{way} was open at {moment(history, line['at_ns'])}, tried by {line['node']}"
                )
        keys = {(way.source, way.address, way.port) for way in tried}
        mine = {key: way for key, way in wanted.items() if way.source in self.sources}
        missing = [
            f"{way} is documented, but was not open" for key, way in mine.items() if key in keys - opened
        ]
        violations = {
            "both": [*beyond.values(), *missing],
            "beyond": list(beyond.values()),
            "missing": missing,
        }
        doubts = [f"{way} is documented, but was not tried" for key, way in mine.items() if key not in keys]
        doubts += [
            f"{many(few, 'undocumented way')} tried from {source}, at least {self.samples} are needed"
            for source in self.sources
            if (few := sum(key[0] == source for key in keys - set(wanted))) < self.samples
        ]
        good = f"{many(len(keys), 'way')} tried, {many(len(opened), 'open way')}, all of them documented"
        return decided(self, violations=violations[self.direction], doubts=doubts, good=good)
