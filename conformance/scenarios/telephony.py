"""What scenarios of telephony have in common: who is who, phones that call, what they said on the wire."""

from collections.abc import Sequence

from conformance.case import Case
from conformance.expected import documented
from conformance.probes.recorder import DATAGRAMS
from conformance.probes.sip import CallProbe
from conformance.sip_messages.datagram import read_datagrams
from conformance.sip_messages.examination import examine
from topologies.lab import Lab
from topologies.model import Role

OWN_NUMBER = "201"
"""The phone's, which is called back."""
SECOND_PORT = 5062
"""Of SIP: two phones on one vantage need two."""


def exchanges(lab: Lab) -> tuple[str, ...]:
    """Return the documented PBXs."""
    return tuple(documented(lab.topology, lab.defect).with_role(Role.PBX))


def telephony_servers(lab: Lab) -> tuple[str, ...]:
    """Return the documented telephony servers."""
    return tuple(documented(lab.topology, lab.defect).with_role(Role.TELEPHONY))


def calls_and_call_backs(lab: Lab, name: str, *, rate: float, hold_s: float) -> CallProbe:
    """Return the phone that calls the hotline by each PBX in turn, is called back, and ends all calls."""
    return CallProbe(
        name=name,
        targets=exchanges(lab),
        registrars=exchanges(lab),
        number=OWN_NUMBER,
        password=lab.secrets["sip_phone"],
        rate=rate,
        hold_s=hold_s,
        back_to=OWN_NUMBER,
        back_hold_s=hold_s,
        datagrams=True,
    )


def calls_that_they_end(lab: Lab, name: str, *, rate: float, hold_s: float) -> CallProbe:
    """Return the phone that calls the hotline by each PBX in turn, and has the server end the calls."""
    return CallProbe(
        name=name,
        targets=exchanges(lab),
        number="202",
        port=SECOND_PORT,
        password=lab.secrets["sip_phone"],
        rate=rate,
        hold_s=hold_s,
        ended_by="them",
        datagrams=True,
    )


def hold_against_the_standard(lab: Lab, case: Case, probes: Sequence[str]) -> None:
    """Record what the datagrams of each of *probes* say about the other side."""
    path = case.folder / DATAGRAMS
    datagrams = read_datagrams(path) if path.exists() else {}
    for probe in probes:
        tally = examine(datagrams.get(probe, [])).tally()
        case.observed("sip-datagrams", at_ns=lab.now_ns(), node=probe, value=tally)
