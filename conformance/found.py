"""Configuration as found on the nodes, of balancers and of databases: what norms are computed from."""

import dataclasses
from collections.abc import Mapping

from conformance.case import Case
from conformance.norms import haproxy as proxy_norms
from conformance.norms import health, mariadb
from conformance.norms import keepalived as router_norms
from conformance.norms.database_outage import Database
from topologies.errors import LabError
from topologies.lab import Lab
from topologies.model import Role, VirtualIp

HAPROXY = "/etc/haproxy/haproxy.cfg"
KEEPALIVED = "/etc/keepalived/keepalived.conf"
MARIADB = "/etc/mysql/my.cnf"
HEALTH = "/etc/jtel/health.toml"


@dataclasses.dataclass(frozen=True)
class Found:
    """Parsed configurations by node."""

    haproxy: Mapping[str, proxy_norms.Configuration]
    keepalived: Mapping[str, router_norms.Configuration]

    def instance(self, node: str, vip: VirtualIp) -> router_norms.Instance | None:
        """Return the virtual router that holds *vip* on *node*, or None where nothing is configured to."""
        routers = self.keepalived[node].instances.values()
        return next((router for router in routers if str(vip.address) in _bare(router.addresses)), None)


def found(system: Lab, case: Case) -> Found:
    """Read the configuration of every balancer; keep the files with the case.

    Raises:
        NodeUnreachable: a file cannot be read.
        UsageError: a file cannot be understood; the message names the line.
    """
    balancers = system.topology.with_role(Role.BALANCER)
    candidates = {name for vip in system.topology.virtual_ips.values() for name in vip.candidates}
    proxies, routers = {}, {}
    for name in balancers:
        proxies[name] = proxy_norms.parse(_kept(system, case, name, HAPROXY))
        if name in candidates:
            routers[name] = router_norms.parse(_kept(system, case, name, KEEPALIVED))
    return Found(proxies, routers)


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
    for vip in system.topology.virtual_ips.values():
        return vip
    raise LabError(f"{system.topology.name}: no virtual IP, so nothing about its takeover can be asked")


def _kept(system: Lab, case: Case, node: str, path: str) -> str:
    text = system.nodes[node].read_file(path)
    case.keep_config(node, path, system.secrets.masked(text))
    return text


def _bare(addresses: tuple[str, ...]) -> set[str]:
    return {address.partition("/")[0] for address in addresses}
