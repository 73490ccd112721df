"""The active SIP proxy fails under 20 calls a second, with 50 of them up; the standby takes over."""

import dataclasses
from collections.abc import Callable, Mapping

from chaos.crash import Crash
from chaos.cut_cable import CutCable
from chaos.freeze import Freeze
from chaos.power_loss import PowerLoss
from chaos.stop import Stop
from conformance.case import Case
from conformance.found import found_exchanges, found_routers
from conformance.norms import call_outage
from conformance.norms.norm import Norm
from conformance.probes.running import Running, running
from conformance.probes.sip import CallProbe, RegisterProbe
from conformance.scenarios import registrars, telephony
from conformance.scenarios.recording import hurt, until_ready
from conformance.scenarios.virtual_ip import Norms, OwnerFailure, moves_watched, roles, see_owners
from conformance.wire import macs_of
from topologies.errors import LabError
from topologies.lab import Lab
from topologies.model import VirtualIp

PROGRAM = "kamailio"
REGISTRATIONS = "registrations"
REGISTER_MS = 20.0
"""So that both edges of a gap in registrations are known to 50 ms."""
FAILED_S = 3.0
"""For how long the proxy is gone: twice what a call may be late."""
RETURN_S = 2.0
KNOWN_AGAIN_S = 6.0
"""A proxy that is back knows everybody when each has registered anew, at the latest: they do every 4 s."""
LOOKS_EVERY_S = 0.4


FAILURES = (
    OwnerFailure("power-loss", "silence", PowerLoss),
    OwnerFailure("stop", "goodbye", Stop),
    OwnerFailure("freeze", "silence", Freeze, keeps_address=True),
    OwnerFailure("cut-cable", "silence", CutCable),
    OwnerFailure("kamailio-crash", "process-death", lambda node: Crash(node, PROGRAM)),
)


@dataclasses.dataclass(frozen=True)
class ProxyLoss:
    """What was recorded, and what is needed to judge it."""

    case: Case
    fault: str
    """As the checks name it, such as `power loss of sp1`."""
    vip: VirtualIp
    active: str
    standby: str
    macs: Mapping[str, str]
    """MAC of every candidate on the network of the virtual IP."""
    norms: Norms
    delay: Norm
    """How much later a call that meets the takeover is answered."""


def busiest_per_s(servers: int) -> float:
    """Return how many REGISTER requests a second there may be: each user twice, and challenged each time."""
    return 4 * (1000 / REGISTER_MS + servers)


def record(lab: Lab, open_case: Callable[..., Case], failure: OwnerFailure) -> ProxyLoss:
    """Record one failure of the active proxy, and its return."""
    vip = lab.topology.virtual_ip_of(telephony.TRUNK)
    if vip is None:
        raise LabError(f"{lab.topology.name}: no virtual IP carries {telephony.TRUNK}; nothing can take over")
    active, standby = roles(lab, vip)
    macs = macs_of(lab, vip.candidates, vip.network)
    fault = failure.fault(active)
    told = f"{fault.name} of {active}"
    with open_case(f"{told}, the active proxy", fault=told) as case:
        routers = found_routers(lab, case, vip)
        norms = Norms.of(
            {node: routers[node] for node in (active, standby)},
            vip,
            failure,
            program=PROGRAM,
        )
        configs = found_exchanges(lab, case)
        delay = max(
            (
                call_outage.takeover_delay(configs[pbx], telephony.TRUNK, norms.takeover)
                for pbx in telephony.exchanges(lab)
            ),
            key=lambda norm: norm.seconds,
        )
        with (
            moves_watched(lab, case, vip),
            lab.stalls(case.recorder.record),
            running(_probes(lab), lab, case.recorder) as at_work,
        ):
            at_work.watch(telephony.FULL_S)
            _look(lab, case, standby)
            with hurt(lab, case, fault, at_work, watch_s=0, service_returns=False):
                telephony.look_on(
                    lab,
                    at_work,
                    lambda: _look(lab, case, standby),
                    for_s=FAILED_S,
                    every_s=LOOKS_EVERY_S,
                )
            until_ready(lab, active)
            at_work.watch(RETURN_S)
            see_owners(lab, case, vip)
            _look_until_known(lab, case, vip, at_work)
        return ProxyLoss(case, told, vip, active, standby, macs, norms, delay)


def _probes(lab: Lab) -> list[CallProbe | RegisterProbe]:
    registrations = telephony.registration(lab, REGISTRATIONS, 5070)
    return [
        telephony.many_calls(lab),
        dataclasses.replace(registrations, interval_ms=REGISTER_MS, answer_within_ms=2000),
    ]


def _look_until_known(lab: Lab, case: Case, vip: VirtualIp, at_work: Running) -> None:
    """Look who is registered until both proxies know everybody, or had the time to."""
    until_ns = lab.now_ns() + round(KNOWN_AGAIN_S * 1e9)
    while not all(registrars.look_up(lab, case, vip.candidates, telephony.telephony_servers(lab))):
        if lab.now_ns() > until_ns:
            return
        at_work.watch(LOOKS_EVERY_S)


def _look(lab: Lab, case: Case, registrar: str) -> None:
    registrars.look_up(lab, case, [registrar], telephony.telephony_servers(lab))
    registrars.count(lab, case, registrar)
