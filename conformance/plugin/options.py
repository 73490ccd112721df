"""Command line of a conformance run, checked before anything is started."""

import dataclasses
import random
import shutil
from pathlib import Path

import pytest

from conformance.catalogue import chapters
from conformance.plugin.ways import asked_ways
from topologies.defect import Defect, load_defect
from topologies.errors import UsageError
from topologies.loading import load, names
from topologies.model import Topology
from topologies.spelling import suggestion

DEFAULT_TOPOLOGY = "redundant-lb"
OUT = Path(__file__).resolve().parents[2] / "reports" / "out"


@dataclasses.dataclass(frozen=True)
class Options:
    """What the command line asks for, resolved."""

    topologies: dict[str, Topology]
    defect: Defect | None
    chapters: frozenset[str]
    """The chapters of the catalogue that are judged."""
    ways: frozenset[str] | None
    """The ways of failing that are taken besides the first of each scenario; None: every one."""
    attach: bool
    keep: bool
    pcap: bool
    report: bool
    repeat: int
    seed: int
    base_dir: Path
    """Where run directories go; that of a single topology is this one or its child, see `run_dir`."""
    given_dir: bool

    def run_dir(self, topology: str) -> Path:
        """Return the run directory of one topology."""
        return self.base_dir if self.given_dir and len(self.topologies) == 1 else self.base_dir / topology

    @property
    def allure_dir(self) -> Path:
        """Return where allure-pytest writes: the run directory, or the base of several."""
        only = next(iter(self.topologies)) if len(self.topologies) == 1 else None
        return (self.run_dir(only) if only else self.base_dir) / "allure-results"


OPTIONS = pytest.StashKey[Options]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the contract."""
    group = parser.getgroup("conformance", "jtel redundancy conformance")
    group.addoption(
        "--topology",
        action="append",
        metavar="NAME",
        help=f"topology to judge, repeatable; {', '.join(names())}, all",
    )
    group.addoption(
        "--chapter",
        action="append",
        metavar="NAME",
        help="judge only what this chapter of the catalogue promises, such as database; repeatable",
    )
    group.addoption(
        "--way",
        action="append",
        metavar="NAME",
        help="of the ways of failing take this one, such as freeze, and the first of each scenario, and call "
        "the run `partial`; repeatable; `first` adds none",
    )
    group.addoption("--target", metavar="FILE", help="live system to judge, described in FILE")
    group.addoption("--disruptive", action="store_true", help="inject faults into a live system too")
    group.addoption(
        "--defect", metavar="NAME", help="bring the topology up with this deliberate misconfiguration"
    )
    group.addoption("--keep", action="store_true", help="leave the lab up")
    group.addoption("--attach", action="store_true", help="judge a lab that is already up, as it stands")
    group.addoption(
        "--seed", type=int, metavar="N", help="seed of every random choice; default: a new one, reported"
    )
    group.addoption(
        "--repeat", type=int, default=1, metavar="N", help="take every disruptive measurement N times"
    )
    group.addoption("--under-load", metavar="PROFILE", help="judge while this load profile runs")
    group.addoption(
        "--pcap", action="store_true", help="keep a capture of the client's wire with every fault"
    )
    group.addoption(
        "--no-report", action="store_true", help="write verdict and evidence, but no pictures, no HTML"
    )
    group.addoption("--run-dir", type=Path, metavar="DIR", help="where verdict, evidence and report go")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Refuse a command that cannot be carried out, with one sentence; choose where Allure writes."""
    if not _judges(config):
        return
    try:
        options = _resolve(config)
    except UsageError as error:
        raise pytest.UsageError(str(error)) from None
    config.stash[OPTIONS] = options
    if not config.option.collectonly:
        for name in options.topologies:
            _make_room(options.run_dir(name))
        if not config.option.allure_report_dir:
            config.option.allure_report_dir = str(options.allure_dir)
            config.option.clean_alluredir = True


def _judges(config: pytest.Config) -> bool:
    """Tell whether this session runs conformance tests at all, and not only the suite's own."""
    here = Path(__file__).resolve().parents[1]
    return any(
        (config.invocation_params.dir / a.split("::")[0]).resolve().is_relative_to(here) for a in config.args
    )


def _resolve(config: pytest.Config) -> Options:
    option = config.option
    for name, later in {"target": "live systems", "under_load": "load profiles"}.items():
        if getattr(option, name):
            raise UsageError(
                f"--{name.replace('_', '-')}: this version has no {later} yet; judge a lab with --topology"
            )
    if option.repeat < 1:
        raise UsageError(f"--repeat={option.repeat}: give 1 or more")
    defect = load_defect(option.defect) if option.defect else None
    asked = [part for value in option.topology or [] for part in value.split(",")]
    if not asked:
        asked = [defect.topology if defect else DEFAULT_TOPOLOGY]
    if "all" in asked:
        asked = names()
    if defect and asked != [defect.topology]:
        raise UsageError(
            f"--defect={option.defect} belongs to topology {defect.topology!r}, not to {', '.join(asked)}"
        )
    wanted = [defect.topology_with_patch()] if defect else [load(name) for name in asked]
    topologies = {topology.name: topology for topology in wanted}
    seed = option.seed if option.seed is not None else random.SystemRandom().randrange(2**31)
    base = option.run_dir.resolve() if option.run_dir else OUT
    return Options(
        topologies=topologies,
        defect=defect,
        chapters=_chapters(option.chapter or []),
        ways=asked_ways(option.way or []),
        attach=option.attach,
        keep=option.keep,
        pcap=option.pcap,
        report=not option.no_report,
        repeat=option.repeat,
        seed=seed,
        base_dir=base,
        given_dir=option.run_dir is not None,
    )


def _chapters(given: list[str]) -> frozenset[str]:
    """Return the chapters that are asked for; none means every one."""
    asked = frozenset(part for value in given for part in value.split(","))
    for name in sorted(asked - set(chapters())):
        raise UsageError(
            f"--chapter={name}: no such chapter{suggestion(name, chapters(), plural='the catalogue has')}"
        )
    return asked or frozenset(chapters())


def _make_room(run_dir: Path) -> None:
    """Empty *run_dir* of an earlier run; a folder that holds anything else is refused."""
    try:
        content = {entry.name for entry in run_dir.iterdir()} if run_dir.exists() else set()
        if content and not content & {"verdict.json", "cases", "allure-results"}:
            raise pytest.UsageError(
                f"--run-dir={run_dir} holds files that no run of ours wrote; name an empty folder"
            )
        for name in content:
            entry = run_dir / name
            shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
        (run_dir / "cases").mkdir(parents=True)
    except OSError as error:
        raise pytest.UsageError(
            f"--run-dir: cannot write to {run_dir}: {error.strerror}; name a writable folder with room"
        ) from error
