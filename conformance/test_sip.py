"""Telephony while nothing fails: registrations with credentials, calls in each direction, speech, shares."""

import pytest

from conformance.checkers.call_accounting import CallsAccounted
from conformance.checkers.call_matrix import CallMatrix
from conformance.checkers.check import Check
from conformance.checkers.dialogs import CallsCanBeEnded
from conformance.checkers.digest import RegistersWithDigest
from conformance.checkers.distribution import SharesWithinBound
from conformance.checkers.media_path import MediaFlowsDirectly
from conformance.checkers.registering import CredentialsDecide
from conformance.checkers.registrations import RegisteredAtEvery, RegistrationsRefreshed
from conformance.checkers.sip_messages import MessagesFollowTheStandard
from conformance.checkers.speech import SpeechBothWays
from conformance.checkers.tear_down import EitherSideEnds
from conformance.checkers.trunks import CallBacksKeepTheirTrunk
from conformance.marks import requirement
from conformance.plugin.fixtures import Judge, OpenCase
from conformance.scenarios import conversations, registering, telephony
from topologies.lab import Lab


@pytest.fixture(scope="module")
def registrations(system: Lab, open_case: OpenCase) -> registering.Registering:
    """Have registrations recorded for as long as each has to be refreshed once."""
    return registering.record(system, open_case)


@pytest.fixture(scope="module")
def calls(system: Lab, open_case: OpenCase) -> conversations.Conversations:
    """Have calls in each direction recorded."""
    return conversations.record(system, open_case)


# Registrations come first: a telephony server that has lost its own is not let call anybody back.
@requirement("SIP-2")
def test_registrations_need_credentials_and_are_refreshed(
    registrations: registering.Registering, judge: Judge
) -> None:
    """Telephony servers register with a digest, refresh in time, and nobody else gets in."""
    judge(
        registrations.case,
        RegisteredAtEvery(registrars=registrations.registrars, users=registrations.users),
        RegistrationsRefreshed(registrars=registrations.registrars, users=registrations.users),
        RegistersWithDigest(registrars=registrations.on_the_wire, users=registrations.users),
        CredentialsDecide(
            registrars=registrations.asked, right=registering.RIGHT, wrong=registering.WRONG, least=5
        ),
    )


@requirement("SIP-1")
def test_calls_go_in_each_direction_with_speech(calls: conversations.Conversations, judge: Judge) -> None:
    """The PBX hands calls to the telephony server, which calls back over the same trunk; both are heard."""
    probes = calls.probes
    judge(
        calls.case,
        *_trunk(calls),
        CallsAccounted(probes=probes),
        SpeechBothWays(probes=probes, back=True, least=5),
        EitherSideEnds(probes=probes),
        CallsCanBeEnded(probes=probes),
        MessagesFollowTheStandard(),
    )


def _trunk(calls: conversations.Conversations) -> list[Check]:
    """Return the checks of the only trunk; where there are several, SIP-3 or SIP-6 has them."""
    if len(calls.exchanges) * len(calls.servers) > 1:
        return []
    return [
        CallMatrix(probes=calls.probes, targets=calls.exchanges, servers=calls.servers),
        _call_backs(calls),
    ]


def _call_backs(calls: conversations.Conversations) -> CallBacksKeepTheirTrunk:
    return CallBacksKeepTheirTrunk(
        probes=calls.probes,
        targets=calls.exchanges,
        servers=calls.servers,
        within_s=conversations.CALLED_BACK_WITHIN_S,
        least=5,
    )


@requirement("SIP-3")
def test_each_pbx_reaches_each_telephony_server(
    calls: conversations.Conversations, system: Lab, judge: Judge
) -> None:
    """Each PBX reaches each telephony server, calls are spread, and a call back uses its partner's trunk."""
    judge(
        calls.case,
        CallMatrix(probes=calls.probes, targets=calls.exchanges, servers=calls.servers, least=5),
        SharesWithinBound(probe=conversations.CALLS, weights=telephony.even_shares(system)),
        _call_backs(calls),
    )


@requirement("SIP-6")
def test_proxy_takes_registrations(registrations: registering.Registering, judge: Judge) -> None:
    """Telephony servers register at the proxy, and whichever proxy is asked knows them all."""
    judge(
        registrations.case,
        RegisteredAtEvery(registrars=registrations.registrars, users=registrations.users),
    )


@requirement("SIP-6")
def test_proxy_spreads_calls(calls: conversations.Conversations, system: Lab, judge: Judge) -> None:
    """The PBX knows the proxy alone, and the calls that it hands over reach every telephony server."""
    judge(
        calls.case,
        CallMatrix(probes=calls.probes, targets=calls.exchanges, servers=calls.servers, least=5),
        SharesWithinBound(probe=conversations.CALLS, weights=telephony.even_shares(system)),
        _call_backs(calls),
    )


@requirement("SIP-7")
def test_speech_flows_past_the_proxy(calls: conversations.Conversations, system: Lab, judge: Judge) -> None:
    """RTP flows directly between phone and telephony server: no packet of it crosses a proxy."""
    judge(
        calls.case,
        MediaFlowsDirectly(
            probes=calls.probes,
            proxies=telephony.proxies(system),
            addresses=telephony.addresses(system),
            least=20,
        ),
    )
