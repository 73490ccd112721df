"""Telephony when the active SIP proxy fails: the other one takes over, and callers hardly notice."""

import pytest

from conformance.checkers.call_accounting import CallsAccounted
from conformance.checkers.calls_in_progress import OtherCallsContinue
from conformance.checkers.check import Check
from conformance.checkers.configuration import ComputedNormWithinDocumented
from conformance.checkers.dialogs import CallsCanBeEnded
from conformance.checkers.media_gap import MediaGapWithin
from conformance.checkers.outage import NoOutage, OutageWithin
from conformance.checkers.ownership import OneOwner
from conformance.checkers.registration_rate import RegistrationRateWithin
from conformance.checkers.registrations import RegisteredAtEvery, RegistrationsStay
from conformance.checkers.set_up import SetUpWithin
from conformance.checkers.takeover import TakeoverFacts
from conformance.marks import disruptive, requirement
from conformance.plugin.fixtures import Judge, OpenCase
from conformance.scenarios import proxy_loss, telephony
from conformance.scenarios.recording import ENDLESS_S
from conformance.scenarios.remeasuring import record_until_measured
from topologies.lab import Lab

CALLS = telephony.MANY_CALLS
LONGEST_GAP_MS = 60.0
"""Three packets of speech: what a listener does not notice, and concealment of loss covers."""
SLOW_REGISTRATION_MS = 250.0
"""A registration that took longer was repeated (RFC 3261: after T1, 500 ms)."""


@pytest.fixture(scope="module", params=proxy_loss.FAILURES, ids=str)
def proxy(
    request: pytest.FixtureRequest, system: Lab, open_case: OpenCase, repeat: int
) -> proxy_loss.ProxyLoss:
    """Have a failure of the active proxy and its return recorded."""
    return record_until_measured(
        lambda: proxy_loss.record(system, open_case, request.param),
        lambda recorded: (recorded.case, [*_service(recorded), *_running_calls(recorded)]),
    )


@requirement("SIP-9")
@disruptive
def test_other_proxy_takes_over(proxy: proxy_loss.ProxyLoss, system: Lab, judge: Judge) -> None:
    """New calls and registrations go on after the takeover, and calls that are up keep their speech."""
    norms, delay, documented = proxy.norms, proxy.delay, system.topology.documented
    servers = telephony.telephony_servers(system)
    address = str(proxy.vip.address)
    judge(
        proxy.case,
        *(
            ComputedNormWithinDocumented(
                what=what, norm_s=norm.seconds, formula=norm.formula, documented_s=documented_s
            )
            for what, norm, documented_s in (
                ("takeover of the virtual IP", norms.takeover, documented.takeover_s),
                ("the answer to a call that meets it", delay, documented.call_setup_s),
            )
        ),
        *_service(proxy),
        *_running_calls(proxy),
        TakeoverFacts(
            fault=proxy.fault,
            address=address,
            standbys=(proxy.standby,),
            macs=proxy.macs,
            norm_s=norms.takeover.seconds,
            formula=norms.takeover.formula,
        ),
        OneOwner(
            address=address,
            candidates=proxy.vip.candidates,
            election_s=norms.election.seconds,
            formula=norms.election.formula,
            macs=proxy.macs,
        ),
        RegistrationsStay(registrars=(proxy.standby,), users=servers, fault=proxy.fault),
        RegisteredAtEvery(registrars=proxy.vip.candidates, users=servers),
        RegistrationRateWithin(
            registrars=(proxy.standby,),
            fault=proxy.fault,
            limit_per_s=proxy_loss.busiest_per_s(len(servers)),
            formula="each registration at most twice in a second, each time with a challenge",
            watch_s=2.0,
        ),
        CallsAccounted(probes=(CALLS,), fault=proxy.fault, failed=(), within_s=min(delay.seconds, ENDLESS_S)),
    )


def _service(proxy: proxy_loss.ProxyLoss) -> list[Check]:
    """Return the checks of new calls and of registrations, during the takeover and the return."""
    takeover, returning, delay = proxy.norms.takeover, proxy.norms.returning, proxy.delay
    answered = takeover.followed_by(delay)  # the last call that met the gap
    return [
        OutageWithin(probe=CALLS, fault=proxy.fault, norm_s=answered.seconds, formula=answered.formula),
        SetUpWithin(probe=CALLS, fault=proxy.fault, norm_s=delay.seconds, formula=delay.formula),
        OutageWithin(
            probe=proxy_loss.REGISTRATIONS,
            fault=proxy.fault,
            norm_s=takeover.seconds,
            formula=takeover.formula,
            too_slow_ms=SLOW_REGISTRATION_MS,
        ),
        NoOutage(probe=CALLS, fault=proxy.fault, tolerance_s=returning.seconds, formula=returning.formula),
    ]


def _running_calls(proxy: proxy_loss.ProxyLoss) -> list[Check]:
    """Return the checks of the calls that were up: their speech does not pass the proxy, their BYE does."""
    return [
        MediaGapWithin(
            probes=(CALLS,),
            fault=proxy.fault,
            limit_ms=LONGEST_GAP_MS,
            formula="speech does not pass the proxy: three packets at most",
            least=20,
        ),
        OtherCallsContinue(probes=(CALLS,), fault=proxy.fault, least=20),
        CallsCanBeEnded(probes=(CALLS,), fault=proxy.fault),
    ]
