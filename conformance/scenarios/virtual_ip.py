"""What takeovers of a virtual IP have in common: who holds it, who would take it, what the norms are."""

import contextlib
import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import Self

from chaos.fault import Fault
from conformance.case import Case
from conformance.norms.keepalived import Instance
from conformance.norms.norm import Norm
from conformance.norms.takeover import Failure, election_norm, return_norm, takeover_norm
from topologies.errors import NotReady
from topologies.lab import Lab
from topologies.model import VirtualIp
from topologies.waiting import wait_until


@dataclasses.dataclass(frozen=True)
class OwnerFailure:
    """A way for the node that holds the address to fail."""

    name: str
    as_seen: Failure
    """How the standby learns of it; the norm depends on it."""
    fault: Callable[[str], Fault]
    keeps_address: bool = False
    """Whether it still believes that it owns the address when it is back: the two have to agree then."""

    def __str__(self) -> str:
        return self.name


@dataclasses.dataclass(frozen=True)
class Norms:
    """What the configuration found on both nodes implies."""

    takeover: Norm
    returning: Norm
    election: Norm
    preempting: Mapping[str, bool]
    """Whether each candidate takes the virtual IP back when it returns."""

    @classmethod
    def of(
        cls,
        routers: Mapping[str, Instance | None],
        vip: VirtualIp,
        failure: OwnerFailure,
        *,
        program: str = "haproxy",
    ) -> Self:
        """Return the norms for the failure of the first of two *routers*, the other one being the standby.

        program: the process without which the address is worth nothing.
        """
        preempting = {node: one.preempts for node, one in routers.items() if one}
        active, standby = routers.values()
        if active is None or standby is None:
            silent = next(node for node, one in routers.items() if one is None)
            never = Norm.never(f"keepalived of {silent} is not configured to hold {vip.address}")
            none = Norm(seconds=0.0, formula=never.formula)
            return cls(never, none, none, preempting)
        election = election_norm(active, standby)
        return cls(
            takeover_norm(failure.as_seen, standby=standby, active=active, program=program),
            election if failure.keeps_address else return_norm(active, standby),
            election,
            preempting,
        )


def roles(lab: Lab, vip: VirtualIp) -> tuple[str, str]:
    """Return who holds the virtual IP and who would take it.

    Raises:
        NotReady: nobody holds it, or nobody else could.
    """
    what = f"somebody owns {vip.address}"
    owners = wait_until(what, lambda: lab.owners(str(vip.address)), patience_s=5).value
    active = min(owners)
    standby = next((name for name in vip.candidates if name != active), None)
    if standby is None:
        raise NotReady(f"{vip.address} is owned by {active}, and nobody else could take it")
    return active, standby


@contextlib.contextmanager
def moves_watched(lab: Lab, case: Case, vip: VirtualIp) -> Iterator[None]:
    """Record, for the length of the block, where the virtual IP goes and what the vantage learns of it."""
    vantage = lab.vantage.name
    with lab.watch(case.recorder.record, owners=vip.candidates, wire=vantage, addresses=[str(vip.address)]):
        kinds = ["address", "arp", "neighbour"]
        case.observed("watch", at_ns=lab.now_ns(), node=vantage, value={"kinds": kinds})
        yield


def see_owners(lab: Lab, case: Case, vip: VirtualIp) -> None:
    """Record who owns the virtual IP now."""
    address = str(vip.address)
    value = {"address": address, "owners": sorted(lab.owners(address))}
    case.observed("owners", at_ns=lab.now_ns(), node=lab.vantage.name, value=value)
