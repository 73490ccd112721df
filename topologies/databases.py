"""The databases of a topology: who replicates from whom, and where the balancer leads each database alias.

A master takes writes; a slave replicates and refuses them. Without routes an alias leads to a node directly.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from topologies.model import Topology

MASTER: Final = "acd-dbm"
"""Reads and writes."""
REAL_TIME: Final = "acd-dbs"
"""Statistics in real time."""
REPORTS: Final = "acd-dbr"
"""Statistics over long times."""
ALIASES: Final = (MASTER, REAL_TIME, REPORTS)
PORT: Final = 3306
"""Where a database server listens; a balancer may listen elsewhere for it."""
HEALTH_PORT: Final = 9200
"""Where a database server tells whether it is usable."""

Replication = Literal["asynchronous", "semi-synchronous"]
"""semi-synchronous: a write is acknowledged once the other master has it too."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Route(_Strict):
    """How the balancer serves one database alias."""

    port: Annotated[int, Field(ge=1, le=65535)]
    servers: tuple[str, ...] = Field(min_length=1)
    """In order of preference: the first that is usable gets the sessions."""


class Databases(_Strict):
    """What a topology says about its databases."""

    network: str
    """The network on which they are reached, and on which a balancer listens for them."""
    replication: Replication = "asynchronous"
    sources: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    """Server -> the servers from which it replicates."""
    routes: Mapping[str, Route] = Field(default_factory=dict)
    """Alias -> how the balancer serves it."""


def servers_of(topology: "Topology", alias: str) -> tuple[str, ...]:
    """Return the database servers that may answer behind *alias*, the documented one first.

    Raises:
        KeyError: the topology has no such alias.
    """
    if topology.database and (route := topology.database.routes.get(alias)):
        return route.servers
    return (topology.aliases[alias],)


def port_of(topology: "Topology", alias: str) -> int:
    """Return the port on which *alias* is served."""
    if topology.database and (route := topology.database.routes.get(alias)):
        return route.port
    return PORT


def sources_of(topology: "Topology", server: str) -> tuple[str, ...]:
    """Return the servers from which *server* replicates."""
    return topology.database.sources.get(server, ()) if topology.database else ()


def replicas_of(topology: "Topology", server: str) -> tuple[str, ...]:
    """Return the servers that replicate from *server*."""
    sources = topology.database.sources if topology.database else {}
    return tuple(replica for replica, of in sources.items() if server in of)


def masters(topology: "Topology") -> tuple[str, ...]:
    """Return the servers that may take writes by acd-dbm, the documented active one first."""
    return servers_of(topology, MASTER)


def slaves(topology: "Topology") -> tuple[str, ...]:
    """Return the database servers that are no masters."""
    taken = masters(topology)
    databases = (name for name, node in topology.nodes.items() if node.role == "database")
    return tuple(name for name in databases if name not in taken)


def everyone(topology: "Topology") -> tuple[str, ...]:
    """Return every database server, masters first."""
    return (*masters(topology), *slaves(topology))
