"""User access when web servers fail: one of them, and all of them."""

import pytest

from conformance.checkers.configuration import ComputedNormWithinDocumented
from conformance.checkers.distribution import NothingSentTo, SharesWithinBound
from conformance.checkers.outage import NoOutage, OutageWithin
from conformance.checkers.refusal import PromptRefusal
from conformance.checkers.sessions import SessionsContinue
from conformance.expected import documented, weights
from conformance.marks import disruptive, requirement
from conformance.plugin.fixtures import Judge, OpenCase
from conformance.run import Run
from conformance.scenarios import web_loss as scenario
from conformance.scenarios.recording import ENDLESS_S
from conformance.scenarios.remeasuring import record_until_measured
from topologies.lab import Lab


@pytest.fixture(scope="module", params=scenario.FAILURES, ids=str)
def web_loss(
    request: pytest.FixtureRequest, system: Lab, run: Run, open_case: OpenCase, repeat: int
) -> scenario.WebLoss:
    """Have the loss of a web server and its return recorded."""
    failure: scenario.WebFailure = request.param
    return record_until_measured(
        lambda: scenario.record(system, open_case, failure, seed=run.seed + repeat),
        lambda recorded: (recorded.case, [_outage(recorded), _return(recorded)]),
    )


@pytest.fixture(scope="module")
def all_gone(system: Lab, open_case: OpenCase, repeat: int) -> scenario.AllGone:
    """Have the loss of every web server and their return recorded."""
    return scenario.record_all_gone(system, open_case)


def _outage(web_loss: scenario.WebLoss) -> OutageWithin:
    norm = web_loss.client_outage
    return OutageWithin(probe="http", fault=web_loss.fault, norm_s=norm.seconds, formula=norm.formula)


def _return(web_loss: scenario.WebLoss) -> NoOutage:
    return NoOutage(probe="http", fault=web_loss.fault, formula="the return costs no request")


@requirement("WEB-5")
@disruptive
def test_dead_web_server_gets_no_sessions(web_loss: scenario.WebLoss, system: Lab, judge: Judge) -> None:
    """A dead web server is noticed in time and gets no sessions; those that run continue elsewhere."""
    noticed, outage = web_loss.detection, web_loss.client_outage

    judge(
        web_loss.case,
        ComputedNormWithinDocumented(
            what=f"detection of the loss of {web_loss.victim}",
            norm_s=noticed.seconds,
            formula=noticed.formula,
            documented_s=system.topology.documented.detection_s,
        ),
        _outage(web_loss),
        NothingSentTo(
            probe="http",
            server=web_loss.victim,
            fault=web_loss.fault,
            norm_s=outage.seconds,
            formula=outage.formula,
            late_ms=web_loss.late_ms,
            watch_s=scenario.BEYOND_S,
        ),
        SessionsContinue(
            probe="sessions",
            fault=web_loss.fault,
            within_s=min(outage.seconds, ENDLESS_S),
            formula=outage.formula,
        ),
    )


@requirement("WEB-6")
@disruptive
def test_recovered_web_server_serves_again(web_loss: scenario.WebLoss, system: Lab, judge: Judge) -> None:
    """A recovered web server gets sessions again, and its return costs nobody a request."""
    judge(
        web_loss.case,
        ComputedNormWithinDocumented(
            what=f"the return of {web_loss.victim} to service",
            norm_s=web_loss.recovery.seconds,
            documented_s=system.topology.documented.recovery_s,
            formula=web_loss.recovery.formula,
        ),
        _return(web_loss),
        SharesWithinBound(
            probe="newcomers",
            weights=weights(documented(system.topology, system.defect)),
            fault=web_loss.fault,
            within_s=min(web_loss.recovery.seconds, ENDLESS_S),
        ),
    )


@requirement("WEB-7")
@disruptive
def test_users_are_told_at_once_when_no_web_server_is_left(all_gone: scenario.AllGone, judge: Judge) -> None:
    """With every web server gone users get a prompt, clean 503, and service returns by itself."""
    judge(
        all_gone.case,
        PromptRefusal(
            probe="http",
            faults=all_gone.faults,
            limit_s=all_gone.refusal.seconds,
            formula=all_gone.refusal.formula,
            within_s=min(all_gone.detection.seconds, ENDLESS_S),
        ),
    )
