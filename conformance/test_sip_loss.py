"""Telephony when a telephony server fails, or a PBX."""

import pytest

from conformance.checkers.call_accounting import CallsAccounted
from conformance.checkers.calls_in_progress import OtherCallsContinue
from conformance.checkers.check import Check
from conformance.checkers.configuration import ComputedNormWithinDocumented
from conformance.checkers.dialogs import CallsCanBeEnded
from conformance.checkers.distribution import NothingSentTo, SharesWithinBound
from conformance.checkers.new_calls import GetsCallsAgain
from conformance.checkers.outage import NoOutage, OutageWithin
from conformance.checkers.registrations import RegistrationsStay
from conformance.checkers.set_up import SetUpWithin
from conformance.checkers.trunks import CallBacksKeepTheirTrunk
from conformance.marks import disruptive, requirement
from conformance.plugin.fixtures import Judge, OpenCase
from conformance.run import Run
from conformance.scenarios import pbx_loss, server_loss, telephony
from conformance.scenarios.recording import ENDLESS_S
from conformance.scenarios.remeasuring import record_until_measured
from topologies.lab import Lab

CALLS = telephony.MANY_CALLS


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
