"""Segregation: no way around the load balancer, no unprotected way to manage it."""

from concurrent.futures import ThreadPoolExecutor

from conformance.case import Case
from conformance.checkers.management import ControlSocketsProtected, LoginsRefused, StatsProtected
from conformance.checkers.segregation import PortMatrix, Way, all_ways, documented_ways
from conformance.checkers.tls import TlsFloor
from conformance.expected import documented
from conformance.found import Found, found
from conformance.looks import look
from conformance.marks import requirement
from conformance.norms.haproxy import Configuration
from conformance.plugin.fixtures import Judge, OpenCase
from conformance.scenarios import replication_accounts
from topologies.lab import Lab
from topologies.model import Role

ALIAS = "acd-lb"
AT_ONCE = 24
"""Connections that are tried at the same time; most of them wait for an answer that never comes."""
PORTS = (22, 80, 139, 443, 445, 3306, 5060, 8080, 8404, 8443, 9100, 9999)
"""Worth a try on every address, beside what is documented and what some node listens on."""


@requirement("SEC-1")
def test_only_documented_ports_are_open(system: Lab, open_case: OpenCase, judge: Judge) -> None:
    """From every network exactly the documented ports are open; none leads around the balancer."""
    told = documented(system.topology, system.defect)
    with open_case("which ports are open") as case:
        ways = all_ways(system.topology, sorted({*PORTS, *_listening(system)}))
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for _ in pool.map(lambda way: _try(system, case, way), ways):
                pass

        judge(case, PortMatrix(documented=documented_ways(told), sources=tuple(told.networks)))


@requirement("SEC-2")
def test_management_is_protected(system: Lab, open_case: OpenCase, judge: Judge) -> None:
    """Statistics, control sockets and replication accounts are closed to users; TLS below 1.2 is refused."""
    with open_case("ways to manage the system") as case:
        configured = found(system, case)
        _record_statistics(system, case, configured)
        for balancer, proxies in configured.haproxy.items():
            sockets = proxies.control_sockets
            case.observed("control-sockets", at_ns=system.now_ns(), node=balancer, value=len(sockets))
            for socket in sockets:
                value = {"address": socket.address, "mode": socket.mode}
                case.observed("control-socket", at_ns=system.now_ns(), node=balancer, value=value)
        _record_tls_versions(system, case)
        services = replication_accounts.record(system, case)

        judge(
            case,
            StatsProtected(),
            ControlSocketsProtected(nodes=tuple(configured.haproxy)),
            TlsFloor(),
            *([LoginsRefused(services=services)] if services else []),
        )


def _try(system: Lab, case: Case, way: Way) -> None:
    """Record what becomes of a connection."""
    asking = _observer(system, way.source, way.to)
    result = system.try_connect(asking, way.address, way.port)
    value = {"from": way.source, **way._asdict(), "result": result}
    del value["source"]
    case.observed("port", at_ns=system.now_ns(), node=asking, value=value)


def _listening(system: Lab) -> set[int]:
    """Return every TCP port on which some node listens for others."""
    found_ports = set()
    for node in system.nodes.values():
        for line in node.must_run("ss", "-tlnH").splitlines():
            address, _, port = line.split()[3].rpartition(":")
            if not address.startswith(("127.", "[::1]")):
                found_ports.add(int(port))
    return found_ports


def _observer(system: Lab, network: str, target: str) -> str:
    """Return a node of *network* to try from: one of the least rights, and not the target itself.

    Who is in other networks too has their ways in as well, so it comes last.
    """
    rank = [
        *(Role.CLIENT, Role.WEB, Role.DATABASE, Role.STORAGE),
        *(Role.TELEPHONY, Role.PBX, Role.SIP_PROXY, Role.BALANCER),
    ]
    nodes = system.topology.nodes
    there = [name for name, node in nodes.items() if network in node.addresses]
    there.sort(key=lambda name: (len(nodes[name].addresses), rank.index(nodes[name].role)))
    return next((name for name in there if name != target), there[0])


def _record_statistics(system: Lab, case: Case, configured: Found) -> None:
    for network in system.topology.networks:
        asking = system.nodes[_observer(system, network, "")]
        attempts = [
            (f"http://{address}:{port}/", word, user, password)
            for balancer, proxies in configured.haproxy.items()
            for port in sorted(_ports(proxies))
            for address in map(str, system.topology.nodes[balancer].addresses.values())
            if _is_open(system, case, asking.name, network, address, port)
            for word, user, password in (
                ("none", None, None),
                ("wrong", "stats", "not-the-password"),
                ("right", "stats", system.secrets["stats"]),
            )
        ]
        asked = [{"url": url, "user": user, "password": password} for url, _, user, password in attempts]
        for (url, word, _, _), said in zip(attempts, look(asking, "http", requests=asked), strict=True):
            answer = {"status": said} if isinstance(said, int) else {"error": said}
            value = {"url": url, "network": network, "credentials": word, **answer}
            case.observed("http", at_ns=system.now_ns(), node=asking.name, value=value)


def _is_open(  # noqa: PLR0913, PLR0917 -- from where to where
    system: Lab, case: Case, asking: str, network: str, address: str, port: int
) -> bool:
    """Tell whether there is somebody to ask; where not, that is an attempt without credentials too."""
    result = system.try_connect(asking, address, port)
    if result != "open":
        value = {
            "url": f"http://{address}:{port}/",
            "network": network,
            "credentials": "none",
            "error": result,
        }
        case.observed("http", at_ns=system.now_ns(), node=asking, value=value)
    return result == "open"


def _ports(proxies: Configuration) -> set[int]:
    """Return the ports on which statistics are shown."""
    return {int(bind.rpartition(":")[2]) for page in proxies.stats_pages for bind in page.binds}


def _record_tls_versions(system: Lab, case: Case) -> None:
    client = system.vantage
    asked = {"address": ALIAS, "port": 443, "name": ALIAS, "ca": system.ca_pem}
    for version, result in look(client, "tls", **asked)["versions"].items():
        value = {"alias": ALIAS, "version": version, "result": result}
        case.observed("tls-version", at_ns=system.now_ns(), node=client.name, value=value)
