"""Telephony while nothing fails: registrations with credentials, calls in each direction, speech."""

from conformance.checkers.call_accounting import CallsAccounted
from conformance.checkers.call_matrix import CallMatrix
from conformance.checkers.digest import RegistersWithDigest
from conformance.checkers.registering import CredentialsDecide
from conformance.checkers.registrations import RegisteredAtEvery, RegistrationsRefreshed
from conformance.checkers.sip_messages import MessagesFollowTheStandard
from conformance.checkers.speech import SpeechBothWays
from conformance.checkers.tear_down import EitherSideEnds
from conformance.checkers.trunks import CallBacksKeepTheirTrunk
from conformance.marks import requirement
from conformance.plugin.fixtures import Judge, OpenCase
from conformance.probes.running import running
from conformance.probes.sip import RegisterProbe
from conformance.scenarios import registrars, telephony
from topologies.lab import Lab

BEYOND_S = 1.0
"""A registration has to have been refreshed, or has ended, so long after the time that it had left."""
LONGEST_S = 8.0
"""What lasts longer is not sat out."""
LOOKS_EVERY_S = 0.25
CALLS_S = 4.0
"""For how long calls are placed."""
CALLED_BACK_WITHIN_S = 1.5


# Registrations come first: a telephony server that has lost its own is not let call anybody back.
@requirement("SIP-2")
def test_registrations_need_credentials_and_are_refreshed(
    system: Lab, open_case: OpenCase, judge: Judge
) -> None:
    """Telephony servers register with a digest, refresh in time, and nobody else gets in."""
    asked, users = telephony.exchanges(system), telephony.telephony_servers(system)
    right = system.secrets["sip_phone"]
    probes = [
        RegisterProbe(name="right password", targets=asked, number="299", port=5071, password=right),
        RegisterProbe(name="wrong password", targets=asked, number="298", port=5072, password=f"not {right}"),
        RegisterProbe(name="no credentials", targets=asked, number="297", port=5073, user=None),
    ]
    with open_case("registrations") as case:
        with (
            registrars.wires_watched(system, case, asked),
            running(probes, system, case.recorder, need_service=False) as at_work,
        ):
            left_s = registrars.look_up(system, case, asked, users) + BEYOND_S
            until_ns = system.now_ns() + round(min(left_s, LONGEST_S) * 1e9)
            while system.now_ns() < until_ns:
                at_work.watch(LOOKS_EVERY_S)
                registrars.look_up(system, case, asked, users)

        judge(
            case,
            RegisteredAtEvery(registrars=asked, users=users),
            RegistrationsRefreshed(registrars=asked, users=users),
            RegistersWithDigest(registrars=asked, users=users),
            CredentialsDecide(
                registrars=asked,
                right="right password",
                wrong=("wrong password", "no credentials"),
                least=5,
            ),
        )


@requirement("SIP-1")
def test_calls_go_in_each_direction_with_speech(system: Lab, open_case: OpenCase, judge: Judge) -> None:
    """The PBX hands calls to the telephony server, which calls back over the same trunk; both are heard."""
    asked, servers = telephony.exchanges(system), telephony.telephony_servers(system)
    probes = [
        telephony.calls_and_call_backs(system, "calls", rate=5, hold_s=0.8),
        telephony.calls_that_they_end(system, "calls that they end", rate=2, hold_s=0.8),
    ]
    names = tuple(probe.name for probe in probes)
    with open_case("calls in each direction") as case:
        with (
            system.stalls(case.recorder.record),
            running(probes, system, case.recorder, need_service=False) as at_work,
        ):
            at_work.watch(CALLS_S)
        telephony.hold_against_the_standard(system, case, names)

        judge(
            case,
            CallMatrix(probes=names, targets=asked, servers=servers),
            CallsAccounted(probes=names),
            CallBacksKeepTheirTrunk(
                probes=names, targets=asked, servers=servers, within_s=CALLED_BACK_WITHIN_S, least=5
            ),
            SpeechBothWays(probes=names, back=True, least=5),
            EitherSideEnds(probes=names),
            MessagesFollowTheStandard(),
        )
