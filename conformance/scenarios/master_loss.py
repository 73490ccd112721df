"""The active master fails, and the other one takes over."""

import contextlib
import dataclasses
from collections.abc import Callable, Iterator

from chaos.crash import Crash
from chaos.disk_full import DiskFull
from chaos.fault import Fault
from chaos.freeze import Freeze
from chaos.isolate import Isolate
from chaos.power_loss import PowerLoss
from conformance.case import Case
from conformance.found import found, found_databases
from conformance.norms.database_outage import Failure, database_outage_norm
from conformance.norms.norm import Norm
from conformance.probes.running import Running
from conformance.scenarios import databases as base
from conformance.scenarios.recording import hurt, under_observation, until_ready, watch_s
from topologies import databases
from topologies.errors import NotReady
from topologies.lab import Lab

READS = "reads"
"""The probe that reads by acd-dbm, a new session each time."""
BEYOND_S = 0.6
RETURN_S = 1.2


@dataclasses.dataclass(frozen=True)
class MasterFailure:
    """A way for the active master to fail."""

    name: str
    as_seen: Failure
    """How the balancer learns of it; the norm depends on it."""
    fault: Callable[[str], Fault]

    def __str__(self) -> str:
        return self.name


FAILURES = (
    MasterFailure("power-loss", "silent", PowerLoss),
    MasterFailure("crash", "refusing", lambda node: Crash(node, "mariadbd")),
    MasterFailure("freeze", "frozen", Freeze),
    MasterFailure("isolation", "silent", Isolate),
    MasterFailure("disk-full", "not-writing", DiskFull),
)


@dataclasses.dataclass(frozen=True)
class MasterLoss:
    """What was recorded, and what is needed to judge it."""

    case: Case
    failure: MasterFailure
    fault: str
    """As the checks name it, such as `power loss of dbm1`."""
    active: str
    """The master that failed."""
    standby: str
    norm: Norm


def record(lab: Lab, open_case: Callable[..., Case], failure: MasterFailure) -> MasterLoss:
    """Record one failure of the active master under 290 writes a second, and its return."""
    active, standby = roles(lab)
    fault = failure.fault(active)
    told = f"{fault.name} of {active}"
    client = base.new_client()
    servers = databases.everyone(lab.topology)
    with open_case(f"{told}, the active master", fault=told) as case:
        norm = _norm(lab, case, active, failure)
        with observed(lab, case, client) as at_work:
            with hurt(lab, case, fault, at_work, watch_s=watch_s(norm, beyond_s=BEYOND_S)):
                survivors = [server for server in servers if server != active]
                base.look_up_rows(lab, case, survivors, client, "after takeover")
            with contextlib.suppress(NotReady):  # what does not work again is what the records then show
                until_ready(lab, active)
            at_work.watch(RETURN_S)
        base.come_to_rest(lab, case, servers, client)
        return MasterLoss(case, failure, told, active, standby, norm)


def roles(lab: Lab) -> tuple[str, str]:
    """Return the master that takes writes now, and the other one."""
    active = base.active_master(lab)
    return active, next(master for master in databases.masters(lab.topology) if master != active)


@contextlib.contextmanager
def observed(lab: Lab, case: Case, client: str) -> Iterator[Running]:
    """Write and read by acd-dbm for the length of the block, which begins on a working system."""
    probes = [
        base.writes(lab, client),
        base.new_writes(lab),
        base.reads(lab, client, READS, databases.MASTER, interval_ms=20),
    ]
    with under_observation(lab, case, probes, vantage=base.vantage(lab)) as at_work:
        yield at_work


def _norm(lab: Lab, case: Case, active: str, failure: MasterFailure) -> Norm:
    servers = found_databases(lab, case)
    norms = [
        database_outage_norm(proxy, databases.MASTER, active, failure.as_seen, servers)
        for proxy in found(lab, case).haproxy.values()
    ]
    return max(norms, key=lambda norm: norm.seconds)
