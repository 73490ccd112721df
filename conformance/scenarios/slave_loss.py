"""A slave fails, or both do, or one falls behind; its sessions go elsewhere; it returns."""

import dataclasses
from collections.abc import Callable, Collection, Mapping, Sequence

from chaos.crash import Crash
from chaos.fault import Fault
from chaos.freeze import Freeze
from chaos.isolate import Isolate
from chaos.power_loss import PowerLoss
from chaos.replica_lag import ReplicaLag
from chaos.replica_stop import ReplicaStop
from chaos.replication_cut import ReplicationCut
from chaos.together import Together
from conformance.case import Case
from conformance.found import found, found_databases
from conformance.norms.database_outage import Database, Failure, database_outage_norm
from conformance.norms.haproxy import Configuration
from conformance.norms.norm import Norm
from conformance.scenarios import databases as base
from conformance.scenarios.recording import hurt, under_observation, until_ready, watch_s
from topologies import databases
from topologies.lab import Lab
from topologies.model import Topology

READERS = {databases.REAL_TIME: "real-time", databases.REPORTS: "reports"}
"""The probe of each alias that leads to slaves: a new session for each read."""
WRITES_MS = 10.0
BEYOND_S = 1.1
"""For how much longer than the norm it is watched that nobody is served by an unfit slave."""
RETURN_S = 1.2


@dataclasses.dataclass(frozen=True)
class SlaveFailure:
    """A way for slaves to fail."""

    name: str
    as_seen: Failure
    """How the balancer learns of it; the norm depends on it."""
    victims: Sequence[int]
    """Which of the slaves it hits, counted in the order of the topology."""
    fault: Callable[[str, Topology], Fault]

    def __str__(self) -> str:
        return self.name


FAILURES = (
    SlaveFailure("power-loss-of-the-first", "silent", [0], lambda node, _: PowerLoss(node)),
    SlaveFailure("crash-of-the-second", "refusing", [1], lambda node, _: Crash(node, "mariadbd")),
    SlaveFailure("freeze-of-the-first", "frozen", [0], lambda node, _: Freeze(node)),
    SlaveFailure("isolation-of-the-second", "silent", [1], lambda node, _: Isolate(node)),
    SlaveFailure("power-loss-of-both", "silent", [0, 1], lambda node, _: PowerLoss(node)),
    SlaveFailure("stop-of-the-first-replica", "not-applying", [0], lambda node, _: ReplicaStop(node)),
    SlaveFailure("lag-of-the-second", "lagging", [1], lambda node, _: ReplicaLag(node)),
    SlaveFailure(
        "link-cut-of-the-first",
        "lagging",
        [0],
        lambda node, topology: ReplicationCut(node, databases.sources_of(topology, node)),
    ),
)
SERVING_ON = frozenset({"lagging", "not-applying"})
"""Such a slave still answers, so nobody is without an answer: but what it answers is old."""


@dataclasses.dataclass(frozen=True)
class SlaveLoss:
    """What was recorded, and what is needed to judge it."""

    case: Case
    failure: SlaveFailure
    faults: Mapping[str, str]
    """Victim -> its fault as the checks name it, such as `power loss of dbs1`."""
    norms: Mapping[str, tuple[str, Norm]]
    """Alias whose sessions went to a victim -> that one, and how long they may be without service."""


def record(lab: Lab, open_case: Callable[..., Case], failure: SlaveFailure) -> SlaveLoss:
    """Record one failure of slaves, and their return."""
    slaves = databases.slaves(lab.topology)
    parts = {slaves[at]: failure.fault(slaves[at], lab.topology) for at in failure.victims}
    faults = {victim: f"{part.name} of {victim}" for victim, part in parts.items()}
    first = next(iter(parts.values()))
    fault = first if len(parts) == 1 else Together(tuple(parts.values()))
    client = base.new_client()
    probes = [
        base.writes(lab, client, interval_ms=WRITES_MS),
        *(base.reads(lab, client, name, alias) for alias, name in READERS.items()),
    ]
    with open_case(" and ".join(faults.values()), fault=" and ".join(faults.values())) as case:
        configured = found(lab, case).haproxy.values(), found_databases(lab, case)
        with under_observation(lab, case, probes, vantage=base.vantage(lab)) as at_work:
            served = {alias: at_work.server_of(name) for alias, name in READERS.items()}
            norms = {
                alias: (server, _norm(*configured, alias, server, failure, tuple(parts)))
                for alias, server in served.items()
                if server in parts
            }
            longest = max((norm for _, norm in norms.values()), key=_seconds)
            with hurt(lab, case, fault, at_work, watch_s=watch_s(longest, beyond_s=BEYOND_S)):
                pass
            until_ready(lab, *parts)
            at_work.watch(RETURN_S)
        return SlaveLoss(case, failure, faults, norms)


def _norm(  # noqa: PLR0913, PLR0917 -- what was found, and what is asked of it
    proxies: Collection[Configuration],
    servers: Mapping[str, Database],
    alias: str,
    server: str,
    failure: SlaveFailure,
    victims: Sequence[str],
) -> Norm:
    """Return how long sessions of *alias* may be without service; the slowest balancer counts."""
    norms = (
        database_outage_norm(proxy, alias, server, failure.as_seen, servers, kept=False, lost=victims)
        for proxy in proxies
    )
    return max(norms, key=_seconds)


def _seconds(norm: Norm) -> float:
    return norm.seconds
