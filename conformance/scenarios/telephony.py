"""What scenarios of telephony have in common: who is who, phones that call, what they said on the wire."""

from collections.abc import Callable, Sequence

from conformance.case import Case
from conformance.expected import documented
from conformance.probes.recorder import DATAGRAMS
from conformance.probes.running import Running
from conformance.probes.sip import CallProbe, RegisterProbe
from conformance.sip_messages.datagram import read_datagrams
from conformance.sip_messages.examination import examine
from topologies.lab import Lab
from topologies.model import Role

OWN_NUMBER = "201"
"""The phone's, which is called back."""
SECOND_PORT = 5062
"""Of SIP: two phones on one vantage need two."""
TRUNK = "acd-sip"
"""The alias of the proxies."""
MANY_CALLS = "calls"
FULL_S = 0.5
"""For how long as many calls have been up as there will be, before anything is hurt."""


def exchanges(lab: Lab) -> tuple[str, ...]:
    """Return the documented PBXs."""
    return tuple(documented(lab.topology, lab.defect).with_role(Role.PBX))


def telephony_servers(lab: Lab) -> tuple[str, ...]:
    """Return the documented telephony servers."""
    return tuple(documented(lab.topology, lab.defect).with_role(Role.TELEPHONY))


def proxies(lab: Lab) -> tuple[str, ...]:
    """Return the documented SIP proxies."""
    return tuple(documented(lab.topology, lab.defect).with_role(Role.SIP_PROXY))


def registrars(lab: Lab) -> tuple[str, ...]:
    """Return where telephony servers have to be registered: at each proxy, or without proxies at each PBX."""
    return proxies(lab) or exchanges(lab)


def addresses(lab: Lab) -> dict[str, str]:
    """Return the address of each telephony server as the phone sees it."""
    seen_from = lab.vantage.name
    return {name: str(lab.topology.resolve(name, seen_from=seen_from)) for name in telephony_servers(lab)}


def even_shares(lab: Lab) -> dict[str, float]:
    """Return the documented relative share of new calls of every telephony server."""
    return dict.fromkeys(telephony_servers(lab), 1.0)


def registration(lab: Lab, name: str, port: int) -> RegisterProbe:
    """Return a probe that registers where telephony servers do, with the account that is kept for tests.

    That is one of the phones at a PBX, and one of its own at the proxies.
    """
    if proxies(lab):
        return RegisterProbe(
            name=name,
            targets=(TRUNK,),
            number="test",
            user="test",
            port=port,
            password=lab.secrets["sip_test"],
        )
    return RegisterProbe(name=name, targets=exchanges(lab), port=port, password=lab.secrets["sip_phone"])


def many_calls(lab: Lab) -> CallProbe:
    """Return the phone that calls the hotline by each PBX in turn, 20 times a second: 50 calls are up."""
    return CallProbe(
        name=MANY_CALLS,
        targets=exchanges(lab),
        number=OWN_NUMBER,
        password=lab.secrets["sip_phone"],
        rate=20,
        hold_s=2.5,
    )


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


def look_on(lab: Lab, at_work: Running, look: Callable[[], object], *, for_s: float, every_s: float) -> None:
    """Let probes work for a while, and look at something again and again meanwhile."""
    until_ns = lab.now_ns() + round(for_s * 1e9)
    while lab.now_ns() < until_ns:
        look()
        at_work.watch(every_s)


def hold_against_the_standard(lab: Lab, case: Case, probes: Sequence[str]) -> None:
    """Record what the datagrams of each of *probes* say about the other side."""
    path = case.folder / DATAGRAMS
    datagrams = read_datagrams(path) if path.exists() else {}
    for probe in probes:
        tally = examine(datagrams.get(probe, [])).tally()
        case.observed("sip-datagrams", at_ns=lab.now_ns(), node=probe, value=tally)
