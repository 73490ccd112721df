"""A PBX fails, and the other one goes on working with every telephony server."""

import dataclasses
from collections.abc import Callable

from chaos.crash import Crash
from chaos.fault import Fault
from chaos.freeze import Freeze
from chaos.isolate import Isolate
from chaos.power_loss import PowerLoss
from conformance.case import Case
from conformance.probes.running import running
from conformance.probes.sip import CallProbe
from conformance.scenarios import registrars, telephony
from conformance.scenarios.recording import hurt, until_ready
from topologies.lab import Lab

RATE = 12
HOLD_S = 1.5
FAILED_S = 3.0
"""For how long the PBX is gone. No norm says how long that matters: the other one is not to notice."""
RETURN_S = 2.0
LOOKS_EVERY_S = 0.5
CALLED_BACK_WITHIN_S = 1.5
EXCUSED_S = 60.0
"""Calls by the PBX that fails may fail until it is back, which is whenever it is given power again."""


@dataclasses.dataclass(frozen=True)
class PbxFailure:
    """A way for a PBX to fail."""

    name: str
    fault: Callable[[str], Fault]
    number: int
    """Which of the PBXs it hits, counted from the one that the seed chooses."""

    def __str__(self) -> str:
        return self.name


FAILURES = (
    PbxFailure("power-loss", PowerLoss, 0),
    PbxFailure("crash", lambda node: Crash(node, "kamailio"), 1),
    PbxFailure("freeze", Freeze, 0),
    PbxFailure("isolation", Isolate, 1),
)


@dataclasses.dataclass(frozen=True)
class PbxLoss:
    """What was recorded, and whom it hit."""

    case: Case
    fault: str
    """As the checks name it, such as `power loss of pbx1`."""
    victim: str
    survivors: tuple[str, ...]
    through_victim: str
    """The probe whose calls go by the PBX that fails."""
    through_survivors: str
    """The probe of everybody else, who is called back too."""


def record(lab: Lab, open_case: Callable[..., Case], failure: PbxFailure, *, seed: int) -> PbxLoss:
    """Record the loss of one PBX, and its return; the seed decides which one is hit first."""
    exchanges, users = telephony.exchanges(lab), telephony.telephony_servers(lab)
    victim = exchanges[(failure.number + seed) % len(exchanges)]
    survivors = tuple(name for name in exchanges if name != victim)
    fault = failure.fault(victim)
    told = f"{fault.name} of {victim}"
    others = dataclasses.replace(
        telephony.calls_and_call_backs(lab, f"calls by {' and '.join(survivors)}", rate=RATE, hold_s=HOLD_S),
        targets=survivors,
        registrars=survivors,
        back_every=3,
        datagrams=False,
    )
    hit = CallProbe(
        name=f"calls by {victim}",
        targets=(victim,),
        number="202",
        port=telephony.SECOND_PORT,
        password=lab.secrets["sip_phone"],
        rate=RATE,
        hold_s=HOLD_S,
        answer_within_ms=1500,
    )
    with open_case(f"{told}, a PBX", fault=told) as case:
        with lab.stalls(case.recorder.record), running([others, hit], lab, case.recorder) as at_work:
            at_work.watch(telephony.FULL_S)
            registrars.look_up(lab, case, survivors, users)
            with hurt(lab, case, fault, at_work, watch_s=0, service_returns=False):
                telephony.look_on(
                    lab,
                    at_work,
                    lambda: registrars.look_up(lab, case, survivors, users),
                    for_s=FAILED_S,
                    every_s=LOOKS_EVERY_S,
                )
            until_ready(lab, victim)
            at_work.watch(RETURN_S)
        return PbxLoss(case, told, victim, survivors, hit.name, others.name)
