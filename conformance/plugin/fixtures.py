"""What tests ask for: a system that is up and steady, a place to record, a judge."""

from collections.abc import Callable, Iterator

import pytest

from conformance.case import Case
from conformance.checkers.check import Check
from conformance.exits import Exit
from conformance.plugin.attachments import attach, draw_system, keep_evidence
from conformance.plugin.marked import requirement_of
from conformance.plugin.options import OPTIONS
from conformance.plugin.runs import RUNS, RequirementViolated, Unproven, lab_lost
from conformance.run import Run
from conformance.verdict import Verdict, worst
from topologies.engine.progress import ConsoleProgress
from topologies.errors import LabError
from topologies.lab import Lab, bring_up
from topologies.lab import attach as attach_to_lab

OpenCase = Callable[..., Case]
Judge = Callable[..., None]


@pytest.fixture(scope="session")
def system(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """Have the topology of this round up and steady; `--keep` leaves it up, `--attach` takes one that is."""
    name: str = request.param
    options = request.config.stash[OPTIONS]
    run = request.config.stash[RUNS][name]
    try:
        if options.attach:
            lab = attach_to_lab(name)
        else:
            lab = bring_up(
                options.topologies[name],
                defect=options.defect,
                keep=options.keep,
                progress=ConsoleProgress(),
            )
    except LabError as error:
        lab_lost(run, error)
        if len(options.topologies) == 1:
            pytest.exit(str(error), returncode=Exit.NO_LAB_OR_USAGE)
        raise
    with lab:  # an attached lab stays up
        run.environment = dict(lab.environment())
        draw_system(lab, run.run_dir)
        yield lab
        lab.collect_evidence(run.run_dir / "evidence")


@pytest.fixture(scope="session")
def run(system: Lab, request: pytest.FixtureRequest) -> Run:
    """Return the run to which the system's judgements belong."""
    return request.config.stash[RUNS][system.topology.name]


@pytest.fixture(scope="module")
def repeat(request: pytest.FixtureRequest) -> int:
    """Return the number of this repeat, from 1."""
    return int(request.param)


@pytest.fixture(scope="session")
def open_case(run: Run, request: pytest.FixtureRequest) -> OpenCase:
    """Return the function that opens cases, which takes a title and, where there is one, the fault."""

    def opened(title: str, *, fault: str | None = None) -> Case:
        return Case(run.cases, title, fault=fault, pcap=request.config.stash[OPTIONS].pcap)

    return opened


@pytest.fixture
def judge(run: Run, system: Lab, request: pytest.FixtureRequest) -> Judge:
    """Judge a case by checks: `judge(case, Check(...), ...)`; a violation fails the test, doubt breaks it."""
    identity = requirement_of(request.node)
    if identity is None:
        raise TypeError(f"{request.node.nodeid} names no requirement, so there is nothing to judge")

    def judged(case: Case, *checks: Check) -> None:
        __tracebackhide__ = True
        judgement = case.judge(identity, request.node.nodeid, checks)
        run.add(judgement, case.folder)
        if request.config.stash[OPTIONS].report:
            attach(case, judgement, system)
        said = [f"{r.name}: {r.reason}" for r in judgement.results if r.verdict is not Verdict.HOLDS]
        verdict = worst(result.verdict for result in judgement.results)
        if verdict is not Verdict.HOLDS and request.config.stash[OPTIONS].report:
            keep_evidence(case, system)
        match verdict:
            case Verdict.VIOLATED:
                raise RequirementViolated(f"{identity} is violated. " + "; ".join(said))
            case Verdict.UNKNOWN:
                raise Unproven(f"{identity} is not proven. " + ("; ".join(said) or "no check was made"))

    return judged
