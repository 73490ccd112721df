"""The active balancer fails; the standby takes the virtual IP; the failed one returns."""

import dataclasses
from collections.abc import Callable, Mapping

from chaos.crash import Crash
from chaos.cut_cable import CutCable
from chaos.freeze import Freeze
from chaos.power_loss import PowerLoss
from chaos.stop import Stop
from conformance.case import Case
from conformance.found import found, front
from conformance.probes.running import Running
from conformance.scenarios.recording import hurt, under_observation, until_ready, watch_s
from conformance.scenarios.virtual_ip import Norms, OwnerFailure, moves_watched, roles, see_owners
from conformance.wire import macs_of
from topologies.lab import Lab
from topologies.model import VirtualIp

RETURN_S = 1.2
"""How long the return of a balancer is watched, once it is ready."""


FAILURES = (
    OwnerFailure("power-loss", "silence", PowerLoss),
    OwnerFailure("stop", "goodbye", Stop),
    OwnerFailure("freeze", "silence", Freeze, keeps_address=True),
    OwnerFailure("cut-cable", "silence", CutCable),
    OwnerFailure("haproxy-crash", "process-death", lambda node: Crash(node, "haproxy")),
)


@dataclasses.dataclass(frozen=True)
class Takeover:
    """What was recorded, and what is needed to judge it."""

    case: Case
    fault: str
    """As the checks name it, such as `power loss of lb1`."""
    vip: VirtualIp
    active: str
    standby: str
    macs: Mapping[str, str]
    """MAC of every candidate on the network of the virtual IP."""
    norms: Norms


def record(lab: Lab, open_case: Callable[..., Case], failure: OwnerFailure) -> Takeover:
    """Record one failure of the active balancer, and its return."""
    vip = front(lab)
    active, standby = roles(lab, vip)
    macs = macs_of(lab, vip.candidates, vip.network)
    fault = failure.fault(active)
    told = f"{fault.name} of {active}"
    with open_case(f"{told}, the active balancer", fault=told) as case:
        conf = found(lab, case)
        norms = Norms.of(
            {node: conf.instance(node, vip) for node in (active, standby)},
            vip,
            failure,
        )
        with moves_watched(lab, case, vip), under_observation(lab, case) as at_work:
            long_s = watch_s(norms.takeover, beyond_s=0.6)
            with hurt(lab, case, fault, at_work, watch_s=long_s):
                _ask_who_serves(lab, case, vip, macs, at_work)
            until_ready(lab, active)
            at_work.watch(RETURN_S)
            see_owners(lab, case, vip)
        return Takeover(case, told, vip, active, standby, macs, norms)


def _ask_who_serves(lab: Lab, case: Case, vip: VirtualIp, macs: Mapping[str, str], at_work: Running) -> None:
    """Record which node serves each carried alias: it answers for the address, and users are served."""
    # Not by asking the wire: the kernel of a frozen balancer still answers ARP. The users' way counts.
    entry = lab.vantage.must_run("ip", "neigh", "show", str(vip.address))
    nodes = [node for node, mac in macs.items() if mac in entry]
    served = at_work.probes["http"].good_in_a_row > 0
    for alias in vip.carries:
        case.observed(
            "served-by",
            at_ns=lab.now_ns(),
            node=lab.vantage.name,
            value={"alias": alias, "provider": nodes[0] if len(nodes) == 1 and served else None},
        )
