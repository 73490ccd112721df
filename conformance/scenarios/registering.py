"""Everybody registers: telephony servers, and probes with the right password, with a wrong one, without."""

import dataclasses
from collections.abc import Callable
from typing import Final

from conformance.case import Case
from conformance.probes.running import running
from conformance.scenarios import registrars, telephony
from conformance.scenarios.virtual_ip import roles
from topologies.lab import Lab

RIGHT: Final = "right password"
WRONG: Final = ("wrong password", "no credentials")
BEYOND_S = 1.0
"""A registration has to have been refreshed, or has ended, so long after the time that it had left."""
LONGEST_S = 8.0
"""What lasts longer is not sat out."""
LOOKS_EVERY_S = 0.25


@dataclasses.dataclass(frozen=True)
class Registering:
    """What was recorded, and where."""

    case: Case
    users: tuple[str, ...]
    registrars: tuple[str, ...]
    """Where each user has to be known."""
    asked: tuple[str, ...]
    """The aliases at which the probes registered."""
    on_the_wire: tuple[str, ...]
    """Where users register themselves: not at a standby, which is told by the active proxy."""


def record(lab: Lab, open_case: Callable[..., Case]) -> Registering:
    """Record registrations for as long as each has to be refreshed once."""
    everywhere, users = telephony.registrars(lab), telephony.telephony_servers(lab)
    right = telephony.registration(lab, RIGHT, 5071)
    probes = [
        right,
        dataclasses.replace(right, name=WRONG[0], port=5072, password=f"not {right.password}"),
        dataclasses.replace(right, name=WRONG[1], port=5073, user=None),
    ]
    with open_case("registrations") as case:
        on_the_wire = _registered_at(lab, everywhere)
        with (
            registrars.wires_watched(lab, case, on_the_wire),
            running(probes, lab, case.recorder, need_service=False) as at_work,
        ):
            left_s = max(registrars.look_up(lab, case, everywhere, users)) + BEYOND_S
            until_ns = lab.now_ns() + round(min(left_s, LONGEST_S) * 1e9)
            while lab.now_ns() < until_ns:
                at_work.watch(LOOKS_EVERY_S)
                registrars.look_up(lab, case, everywhere, users)
        return Registering(case, users, everywhere, right.targets, on_the_wire)


def _registered_at(lab: Lab, registrars: tuple[str, ...]) -> tuple[str, ...]:
    vip = lab.topology.virtual_ip_of(telephony.TRUNK)
    return registrars if vip is None else roles(lab, vip)[:1]
