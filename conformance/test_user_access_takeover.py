"""User access through two balancers with a virtual IP: one owner, takeover, return; and the aliases."""

import pytest

from conformance.checkers.configuration import ComputedNormWithinDocumented, PreemptionAsDocumented
from conformance.checkers.outage import NoOutage, OutageWithin
from conformance.checkers.ownership import OneMacAnswers, OneOwner
from conformance.checkers.sessions import SessionsContinue
from conformance.checkers.takeover import AliasesTogether, TakeoverFacts
from conformance.found import front
from conformance.marks import disruptive, requirement
from conformance.plugin.fixtures import Judge, OpenCase
from conformance.scenarios import takeover as scenario
from conformance.scenarios.recording import ENDLESS_S
from conformance.scenarios.remeasuring import record_until_measured
from topologies.lab import Lab

SAMPLES = 10


@pytest.fixture(scope="module", params=scenario.FAILURES, ids=str)
def takeover(
    request: pytest.FixtureRequest, system: Lab, open_case: OpenCase, repeat: int
) -> scenario.Takeover:
    """Have a failure of the active balancer and its return recorded."""
    return record_until_measured(
        lambda: scenario.record(system, open_case, request.param),
        lambda recorded: (recorded.case, [_outage(recorded), _return(recorded)]),
    )


def _outage(takeover: scenario.Takeover) -> OutageWithin:
    norm = takeover.norms.takeover
    return OutageWithin(probe="http", fault=takeover.fault, norm_s=norm.seconds, formula=norm.formula)


def _return(takeover: scenario.Takeover) -> NoOutage:
    norm = takeover.norms.returning
    return NoOutage(
        probe="http",
        fault=takeover.fault,
        tolerance_s=norm.seconds,
        formula=norm.formula,
        watch_s=scenario.RETURN_S,
    )


@requirement("WEB-8")
def test_exactly_one_balancer_owns_the_virtual_ip(system: Lab, open_case: OpenCase, judge: Judge) -> None:
    """The virtual IP is held by exactly one balancer."""
    vip = front(system)
    address, client = str(vip.address), system.vantage.name
    with open_case("who owns the virtual IP") as case:
        for _ in range(SAMPLES):
            owners = sorted(system.owners(address))
            value = {"address": address, "owners": owners}
            case.observed("owners", at_ns=system.now_ns(), node=client, value=value)
            macs = list(system.arp_answers(client, address))
            answers = {"address": address, "macs": macs}
            case.observed("arp-answers", at_ns=system.now_ns(), node=client, value=answers)

        judge(
            case,
            OneOwner(address=address, candidates=vip.candidates),
            OneMacAnswers(address=address, samples=SAMPLES),
        )


@requirement("WEB-9")
@disruptive
def test_standby_takes_over_when_the_active_balancer_fails(
    takeover: scenario.Takeover, system: Lab, judge: Judge
) -> None:
    """When the active balancer fails, the standby takes over the virtual IP, and sessions continue."""
    norm = takeover.norms.takeover

    judge(
        takeover.case,
        ComputedNormWithinDocumented(
            what="takeover of the virtual IP",
            norm_s=norm.seconds,
            formula=norm.formula,
            documented_s=system.topology.documented.takeover_s,
        ),
        _outage(takeover),
        TakeoverFacts(
            fault=takeover.fault,
            address=str(takeover.vip.address),
            standbys=(takeover.standby,),
            macs=takeover.macs,
            norm_s=norm.seconds,
            formula=norm.formula,
        ),
        SessionsContinue(
            probe="sessions",
            fault=takeover.fault,
            within_s=min(norm.seconds, ENDLESS_S),
            formula=norm.formula,
        ),
    )


@requirement("WEB-10")
@disruptive
def test_returning_balancer_causes_no_second_outage(
    takeover: scenario.Takeover, system: Lab, judge: Judge
) -> None:
    """The returning balancer causes no further outage, and there are never two owners."""
    election = takeover.norms.election

    judge(
        takeover.case,
        PreemptionAsDocumented(
            documented=system.topology.documented.preempt, configured=takeover.norms.preempting
        ),
        _return(takeover),
        OneOwner(
            address=str(takeover.vip.address),
            candidates=takeover.vip.candidates,
            election_s=election.seconds,
            formula=election.formula,
            macs=takeover.macs,
        ),
    )


@requirement("ALI-3")
@disruptive
def test_carried_aliases_move_together(takeover: scenario.Takeover, judge: Judge) -> None:
    """After a takeover every alias of the virtual IP is served by the same node."""
    judge(takeover.case, AliasesTogether(aliases=takeover.vip.carries, failed=takeover.active))
