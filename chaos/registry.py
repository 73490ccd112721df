"""The faults by the names under which commands and schedules ask for them."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Final

from chaos.crash import Crash
from chaos.cut_cable import CutCable
from chaos.disk_full import DiskFull
from chaos.fault import Fault
from chaos.freeze import Freeze
from chaos.isolate import Isolate
from chaos.name_service_loss import NameServiceLoss
from chaos.power_loss import PowerLoss
from chaos.reject_calls import RejectCalls
from chaos.replica_lag import ReplicaLag
from chaos.replica_stop import ReplicaStop
from chaos.replication_cut import ReplicationCut
from chaos.silent_calls import SilentCalls
from chaos.stop import Stop
from chaos.udp_loss import UdpLoss
from topologies.errors import UsageError


@dataclasses.dataclass(frozen=True)
class Kind:
    """A kind of fault that can be asked for."""

    slug: str
    summary: str
    """The first sentence of the fault's docstring."""
    build: Callable[[str, str | None], Fault]
    """Makes the fault for a node and, where it hits one, a program."""


def _crash(node: str, program: str | None) -> Fault:
    if not program:
        raise UsageError("crash: which program? Say for instance --program haproxy")
    return Crash(node, program)


def _kind(slug: str, fault: type, build: Callable[[str, str | None], Fault]) -> Kind:
    return Kind(slug, (fault.__doc__ or "").split("\n", 1)[0].split(". ", 1)[0].rstrip("."), build)


FAULTS: Final[Mapping[str, Kind]] = {
    kind.slug: kind
    for kind in (
        _kind("power-loss", PowerLoss, lambda node, _: PowerLoss(node)),
        _kind("crash", Crash, _crash),
        _kind("stop", Stop, lambda node, _: Stop(node)),
        _kind("freeze", Freeze, lambda node, _: Freeze(node)),
        _kind("cut-cable", CutCable, lambda node, _: CutCable(node)),
        _kind("isolate", Isolate, lambda node, _: Isolate(node)),
        _kind("name-service-loss", NameServiceLoss, lambda node, _: NameServiceLoss((node,))),
        _kind("udp-loss", UdpLoss, lambda node, _: UdpLoss(node)),
        _kind("replication-cut", ReplicationCut, lambda node, _: ReplicationCut(node)),
        _kind("replica-stop", ReplicaStop, lambda node, _: ReplicaStop(node)),
        _kind("replica-lag", ReplicaLag, lambda node, _: ReplicaLag(node)),
        _kind("disk-full", DiskFull, lambda node, _: DiskFull(node)),
        _kind("reject-calls", RejectCalls, lambda node, _: RejectCalls(node)),
        _kind("silent-calls", SilentCalls, lambda node, _: SilentCalls(node)),
    )
}


def fault_named(slug: str, node: str, program: str | None = None) -> Fault:
    """Return the fault *slug* on *node*.

    Raises:
        UsageError: there is no such fault, or it lacks its program.
    """
    if slug not in FAULTS:
        raise UsageError(f"there is no fault {slug!r}; take one of {', '.join(FAULTS)}")
    return FAULTS[slug].build(node, program)
