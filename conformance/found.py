"""Configuration as found on the nodes (balancers, databases, SIP): what norms are computed from."""

import dataclasses
from collections.abc import Iterable, Mapping

from conformance.case import Case
from conformance.norms import haproxy as proxy_norms
from conformance.norms import health, kamailio, mariadb
from conformance.norms import keepalived as router_norms
from conformance.norms.database_outage import Database
from topologies.errors import LabError
from topologies.lab import Lab
from topologies.model import Role, VirtualIp

HAPROXY = "/etc/haproxy/haproxy.cfg"
KEEPALIVED = "/etc/keepalived/keepalived.conf"
MARIADB = "/etc/mysql/my.cnf"
HEALTH = "/etc/jtel/health.toml"
KAMAILIO = "/etc/kamailio/kamailio.cfg"
DISPATCHER = "/etc/kamailio/dispatcher.list"


@dataclasses.dataclass(frozen=True)
class Found:
    """Parsed configurations by node."""

    haproxy: Mapping[str, proxy_norms.Configuration]
    keepalived: Mapping[str, router_norms.Configuration]

    def instance(self, node: str, vip: VirtualIp) -> router_norms.Instance | None:
        """Return the virtual router that holds *vip* on *node*, or None where nothing is configured to."""
        return _holding(self.keepalived[node], vip)


def found(system: Lab, case: Case) -> Found:
    """Read the configuration of every balancer; keep the files with the case.

    Raises:
        NodeUnreachable: a file cannot be read.
        UsageError: a file cannot be understood; the message names the line.
    """
    balancers = system.topology.with_role(Role.BALANCER)
    candidates = {name for vip in system.topology.virtual_ips.values() for name in vip.candidates}
    proxies = {name: proxy_norms.parse(_kept(system, case, name, HAPROXY)) for name in balancers}
    return Found(proxies, _routers(system, case, (name for name in balancers if name in candidates)))


def found_routers(system: Lab, case: Case, vip: VirtualIp) -> Mapping[str, router_norms.Instance | None]:
    """Read by which virtual router each candidate of a virtual IP is to hold it, whatever its role.

    None where nothing is configured to. The files are kept with the case.

    Raises:
        NodeUnreachable: a file cannot be read.
        UsageError: a file cannot be understood; the message names the line.
    """
    routers = _routers(system, case, vip.candidates)
    return {name: _holding(router, vip) for name, router in routers.items()}


def found_exchanges(system: Lab, case: Case) -> Mapping[str, kamailio.Configuration]:
    """Read the configuration of every PBX and SIP proxy, by node; keep the files with the case.

    Raises:
        NodeUnreachable: a file cannot be read.
        UsageError: a file cannot be understood; the message names the line.
    """
    return {
        name: kamailio.parse(_kept(system, case, name, KAMAILIO), _kept(system, case, name, DISPATCHER))
        for role in (Role.PBX, Role.SIP_PROXY)
        for name in system.topology.with_role(role)
    }


def found_databases(system: Lab, case: Case) -> Mapping[str, Database]:
    """Read the configuration of every database server, by node; keep the files with the case.

    Raises:
        NodeUnreachable: a file cannot be read.
        UsageError: a file cannot be understood; the message names the line or the key.
    """
    return {
        name: Database(
            mariadb.parse(_kept(system, case, name, MARIADB)), health.parse(_kept(system, case, name, HEALTH))
        )
        for name in system.topology.with_role(Role.DATABASE)
    }


def front(system: Lab) -> VirtualIp:
    """Return the virtual IP of the balancers.

    Raises:
        LabError: the topology has none.
    """
    balancers = system.topology.with_role(Role.BALANCER)
    for vip in system.topology.virtual_ips.values():
        if all(candidate in balancers for candidate in vip.candidates):
            return vip
    raise LabError(f"{system.topology.name}: the balancers share no virtual IP, so none can be taken over")


def _kept(system: Lab, case: Case, node: str, path: str) -> str:
    text = system.nodes[node].read_file(path)
    case.keep_config(node, path, system.secrets.masked(text))
    return text


def _routers(system: Lab, case: Case, nodes: Iterable[str]) -> dict[str, router_norms.Configuration]:
    return {name: router_norms.parse(_kept(system, case, name, KEEPALIVED)) for name in nodes}


def _holding(router: router_norms.Configuration, vip: VirtualIp) -> router_norms.Instance | None:
    holding = (one for one in router.instances.values() if str(vip.address) in one.addresses)
    return next(holding, None)
