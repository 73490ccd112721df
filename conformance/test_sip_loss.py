"""Telephony when something fails: a telephony server, a PBX, the active SIP proxy."""

import pytest

from conformance.checkers.call_accounting import CallsAccounted
from conformance.checkers.calls_in_progress import OtherCallsContinue
from conformance.checkers.check import Check
from conformance.checkers.configuration import ComputedNormWithinDocumented
from conformance.checkers.dialogs import CallsCanBeEnded
from conformance.checkers.distribution import NothingSentTo, SharesWithinBound
from conformance.checkers.media_gap import MediaGapWithin
from conformance.checkers.new_calls import GetsCallsAgain
from conformance.checkers.outage import NoOutage, OutageWithin
from conformance.checkers.ownership import OneOwner
from conformance.checkers.registration_rate import RegistrationRateWithin
from conformance.checkers.registrations import RegisteredAtEvery, RegistrationsStay
from conformance.checkers.set_up import SetUpWithin
from conformance.checkers.takeover import TakeoverFacts
from conformance.checkers.trunks import CallBacksKeepTheirTrunk
from conformance.marks import disruptive, requirement
from conformance.plugin.fixtures import Judge, OpenCase
from conformance.run import Run
from conformance.scenarios import pbx_loss, proxy_loss, server_loss, telephony
from conformance.scenarios.recording import ENDLESS_S
from conformance.scenarios.remeasuring import record_until_measured
from topologies.lab import Lab

CALLS = telephony.MANY_CALLS
LONGEST_GAP_MS = 60.0
"""Three packets of speech: what a listener does not notice, and concealment of loss covers."""
SLOW_REGISTRATION_MS = 250.0
"""A registration that took longer was repeated (RFC 3261: after T1, 500 ms)."""


@pytest.fixture(scope="module", params=server_loss.FAILURES, ids=str)
def server(
    request: pytest.FixtureRequest, system: Lab, run: Run, open_case: OpenCase, repeat: int
) -> server_loss.ServerLoss:
    """Have the loss of a telephony server and its return recorded."""
    failure: server_loss.ServerFailure = request.param
    return record_until_measured(
        lambda: server_loss.record(system, open_case, failure, seed=run.seed + repeat),
        lambda recorded: (recorded.case, [*_new_calls(recorded), *_survivors(recorded)]),
    )


@pytest.fixture(scope="module", params=pbx_loss.FAILURES, ids=str)
def pbx(
    request: pytest.FixtureRequest, system: Lab, run: Run, open_case: OpenCase, repeat: int
) -> pbx_loss.PbxLoss:
    """Have the loss of a PBX and its return recorded."""
    failure: pbx_loss.PbxFailure = request.param
    return record_until_measured(
        lambda: pbx_loss.record(system, open_case, failure, seed=run.seed + repeat),
        lambda recorded: (recorded.case, _undisturbed(recorded)),
    )


@pytest.fixture(scope="module", params=proxy_loss.FAILURES, ids=str)
def proxy(
    request: pytest.FixtureRequest, system: Lab, open_case: OpenCase, repeat: int
) -> proxy_loss.ProxyLoss:
    """Have a failure of the active proxy and its return recorded."""
    failure: proxy_loss.ProxyFailure = request.param
    return record_until_measured(
        lambda: proxy_loss.record(system, open_case, failure),
        lambda recorded: (recorded.case, [*_service(recorded), *_running_calls(recorded)]),
    )


@requirement("SIP-4")
@disruptive
def test_calls_go_to_the_remaining_telephony_servers(
    server: server_loss.ServerLoss, system: Lab, judge: Judge
) -> None:
    """New calls go to the remaining servers in time, and calls that are up there do not notice."""
    documented = system.topology.documented
    judge(
        server.case,
        *(
            ComputedNormWithinDocumented(
                what=what, norm_s=norm.seconds, formula=norm.formula, documented_s=documented_s
            )
            for what, norm, documented_s in (
                (f"detection of the loss of {server.victim}", server.outage, _detection_s(server, system)),
                (f"the rescue of a call that meets {server.fault}", server.delay, documented.call_setup_s),
            )
        ),
        *_new_calls(server),
        *_survivors(server),
        CallsAccounted(probes=(CALLS,), fault=server.fault, failed=(server.victim,)),
        CallsCanBeEnded(probes=(CALLS,), fault=server.fault, failed=(server.victim,)),
    )


def _detection_s(server: server_loss.ServerLoss, system: Lab) -> float | None:
    """Return the documented figure: probes notice silence, and nothing else."""
    documented = system.topology.documented
    silent = server.failure.as_seen == "silent"
    return documented.telephony_detection_s if silent else documented.call_setup_s


def _new_calls(server: server_loss.ServerLoss) -> list[Check]:
    """Return the checks of calls that began after the failure: answered, and how late at most."""
    rescued = SetUpWithin(
        probe=CALLS, fault=server.fault, norm_s=server.delay.seconds, formula=server.delay.formula
    )
    if server.failure.as_seen == "rejecting":
        told = "a call that is refused goes on at once"
        return [NoOutage(probe=CALLS, fault=server.fault, since="fault", formula=told)]
    if server.failure.as_seen == "hanging":
        return [rescued]
    outage = OutageWithin(
        probe=CALLS,
        fault=server.fault,
        norm_s=server.outage.seconds,
        formula=server.outage.formula,
        too_slow_ms=server.late_ms,
    )
    return [outage, rescued]


def _survivors(server: server_loss.ServerLoss) -> list[Check]:
    return [OtherCallsContinue(probes=(CALLS,), fault=server.fault, failed=(server.victim,), least=10)]


@requirement("SIP-8")
@disruptive
def test_proxy_gives_a_dead_server_no_call(server: server_loss.ServerLoss, system: Lab, judge: Judge) -> None:
    """A dead telephony server gets no new calls after the probing time, and some again when it answers."""
    outage, recovery, documented = server.outage, server.recovery, system.topology.documented
    dead: list[Check] = [
        ComputedNormWithinDocumented(
            what=f"detection of the loss of {server.victim}",
            norm_s=outage.seconds,
            formula=outage.formula,
            documented_s=documented.telephony_detection_s,
        ),
        NothingSentTo(
            probe=CALLS,
            server=server.victim,
            fault=server.fault,
            norm_s=outage.seconds,
            formula=outage.formula,
            late_ms=server.late_ms,
            watch_s=server_loss.BEYOND_S,
        ),
    ]
    judge(
        server.case,
        ComputedNormWithinDocumented(
            what=f"the return of {server.victim} to service",
            norm_s=recovery.seconds,
            formula=recovery.formula,
            documented_s=documented.telephony_recovery_s,
        ),
        *(dead if server.failure.as_seen == "silent" else []),
        GetsCallsAgain(
            probe=CALLS,
            server=server.victim,
            fault=server.fault,
            norm_s=server.gets_calls.seconds,
            formula=server.gets_calls.formula,
        ),
        SharesWithinBound(
            probe=CALLS,
            weights=telephony.even_shares(system),
            fault=server.fault,
            within_s=min(recovery.seconds, ENDLESS_S),
        ),
    )


@requirement("SIP-5")
@disruptive
def test_other_pbx_keeps_working(pbx: pbx_loss.PbxLoss, system: Lab, judge: Judge) -> None:
    """The remaining PBX works on with every telephony server, and nobody has to register anew."""
    mine = (pbx.through_survivors,)
    servers = telephony.telephony_servers(system)
    judge(
        pbx.case,
        *_undisturbed(pbx),
        SharesWithinBound(
            probe=pbx.through_survivors,
            weights=telephony.even_shares(system),
            fault=pbx.fault,
            since="fault",
        ),
        CallBacksKeepTheirTrunk(
            probes=mine,
            targets=pbx.survivors,
            servers=servers,
            within_s=pbx_loss.CALLED_BACK_WITHIN_S,
            least=3,
        ),
        RegistrationsStay(registrars=pbx.survivors, users=servers, fault=pbx.fault),
        CallsAccounted(probes=mine),
        CallsAccounted(probes=(pbx.through_victim,), fault=pbx.fault, within_s=pbx_loss.EXCUSED_S),
    )


def _undisturbed(pbx: pbx_loss.PbxLoss) -> list[Check]:
    """Return the checks of the calls that do not go by the PBX that fails."""
    return [
        NoOutage(
            probe=pbx.through_survivors,
            fault=pbx.fault,
            since="fault",
            formula="the loss of a PBX costs the others no call",
        ),
        NoOutage(probe=pbx.through_survivors, fault=pbx.fault, formula="its return costs no call"),
        OtherCallsContinue(probes=(pbx.through_survivors,), fault=pbx.fault, least=5),
        CallsCanBeEnded(probes=(pbx.through_survivors,), fault=pbx.fault),
    ]


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
