"""What a session leaves behind: verdicts, an exit status, a table on the terminal, a report."""

from collections.abc import Generator

import pytest
from rich.console import Console

from conformance.case import Case, Judgement
from conformance.exits import Exit, exit_status
from conformance.plugin.attachments import label
from conformance.plugin.marked import requirement_of, topology_of
from conformance.plugin.options import OPTIONS
from conformance.plugin.runs import RUNS, RequirementViolated, Unproven, lab_lost
from conformance.run import Run
from conformance.verdict import RunVerdict
from reports.hand_over import hand_over
from reports.terminal import table
from topologies.engine import ensure
from topologies.engine.progress import ConsoleProgress
from topologies.errors import ConformanceError, LabError

VERDICTS = pytest.StashKey[dict[str, RunVerdict]]()
TROUBLES = pytest.StashKey[dict[str, str | None]]()


def pytest_sessionstart(session: pytest.Session) -> None:
    """Open a run per topology."""
    if options := session.config.stash.get(OPTIONS, None):
        session.config.stash[RUNS] = {
            name: Run(
                topology,
                options.run_dir(name),
                options.seed,
                defect=options.defect.name if options.defect else None,
            )
            for name, topology in options.topologies.items()
        }
        if not session.config.option.collectonly:
            _must_have_engine(session.config)


def _must_have_engine(config: pytest.Config) -> None:
    """Refuse the session with one sentence where no engine can be had; the verdicts say so too."""
    try:
        ensure(ConsoleProgress())
    except LabError as error:
        for run in config.stash[RUNS].values():
            lab_lost(run, error)
            run.write()
        pytest.exit(str(error), returncode=Exit.NO_LAB_OR_USAGE)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, None, None]:
    """Tell Allure where the test belongs before a fixture of it can fail."""
    label(item, requirement_of(item), topology_of(item))
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep why a test reached no judgement: that leaves its requirement UNKNOWN, never unsaid."""
    report = yield
    runs, identity, topology = item.config.stash.get(RUNS, {}), requirement_of(item), topology_of(item)
    error = call.excinfo.value if call.excinfo else None
    if (
        error is None
        or identity is None
        or topology is None
        or isinstance(error, RequirementViolated | Unproven)
    ):
        return report
    if call.when == "teardown" and isinstance(error, ConformanceError):
        return report
    if isinstance(error, KeyboardInterrupt | pytest.exit.Exception):
        return report
    run = runs[topology]
    known = isinstance(error, ConformanceError | pytest.skip.Exception)
    judgement = Judgement(
        requirement=identity,
        test=item.nodeid,
        trouble=str(error) if known else f"the suite broke: {type(error).__name__}: {error}",
        broken=not known,
    )
    if run.lost is None:
        with Case(run.cases, f"trouble {item.name}") as case:
            case.in_trouble(judgement)
            run.add(judgement, case.folder)
    return report


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Write every verdict and set the exit status of the contract."""
    config = session.config
    options = config.stash.get(OPTIONS, None)
    if options is None or config.option.collectonly:
        return
    runs = config.stash[RUNS]
    tested = {topology_of(item) for item in getattr(session, "items", ())}
    verdicts = {name: run.write() for name, run in runs.items() if name in tested or run.lost}
    config.stash[VERDICTS] = verdicts
    if options.report and tested:
        config.stash[TROUBLES] = {
            name: hand_over(runs[name].run_dir, options.allure_dir, verdict.model_dump(mode="json"))
            for name, verdict in verdicts.items()
        }
    if exitstatus in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}:
        broke = any(judgement.broken for run in runs.values() for judgement, _ in run.judgements)
        session.exitstatus = exit_status([v.verdict for v in verdicts.values()], tool_broke=broke)


def pytest_terminal_summary(config: pytest.Config) -> None:
    """Show the table of requirements and where the report lies."""
    options = config.stash.get(OPTIONS, None)
    console = Console()
    for name, verdict in config.stash.get(VERDICTS, {}).items():
        if config.stash[RUNS][name].lost:
            continue  # that sentence has been said
        run_dir = options.run_dir(name) if options else None
        trouble = config.stash.get(TROUBLES, {}).get(name)
        console.print(table(verdict.model_dump(mode="json"), run_dir=run_dir, trouble=trouble))
