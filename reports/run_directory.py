"""A run directory, as far as a report needs it: verdict, cases with their pictures, Allure's results."""

import dataclasses
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reports.trouble import ReportError
from reports.wording import SEVERITY

PICTURES = ("outage.svg", "outage.png")
DRAWINGS = ("topology.svg", "topology.png")
NUMBER = re.compile(r"-?\d+(?=\]$)")
"""The repeat in the name of a test, its last parameter: `test_takeover[power-loss-redundant-lb-3]`."""


@dataclasses.dataclass(frozen=True)
class CaseFiles:
    """One recorded scenario with what was concluded from it."""

    folder: Path
    title: str
    fault: str | None
    judgements: tuple[Mapping[str, Any], ...]

    @property
    def results(self) -> list[Mapping[str, Any]]:
        """Return the results of all checks of all its judgements."""
        return [result for judgement in self.judgements for result in judgement.get("results", ())]

    @property
    def requirements(self) -> list[str]:
        """Return the ids of the requirements that it was judged by."""
        return list(dict.fromkeys(str(judgement["requirement"]) for judgement in self.judgements))

    @property
    def measurement(self) -> tuple[str, ...]:
        """Return what its repeats have in common: by which tests it was judged for which requirements."""
        tests = [NUMBER.sub("", str(judgement.get("test", ""))) for judgement in self.judgements]
        return (*self.requirements, *(tests or [self.fault or self.title]))

    @property
    def verdict(self) -> str:
        """Return the worst verdict of its checks; trouble counts as not knowing."""
        told = [str(result["verdict"]) for result in self.results]
        told += ["UNKNOWN" for judgement in self.judgements if judgement.get("trouble")]
        return max(told, key=SEVERITY.__getitem__, default="UNKNOWN")

    @property
    def picture(self) -> Path | None:
        """Return its outage timeline, if one was drawn."""
        return _first(self.folder, PICTURES)


@dataclasses.dataclass(frozen=True)
class RunDirectory:
    """The files of one run."""

    path: Path
    verdict: Mapping[str, Any]
    cases: tuple[CaseFiles, ...]
    allure_results: Path
    """Its own folder, or that of a session over several topologies, beside the run directories."""

    @property
    def subject(self) -> str:
        """Return the name of the topology or of the live system."""
        return str(self.verdict.get("topology") or self.verdict.get("target"))

    @property
    def drawing(self) -> Path | None:
        """Return the drawing of the topology, if there is one."""
        folders = [self.path, *(case.folder for case in self.cases)]
        return next((found for folder in folders if (found := _first(folder, DRAWINGS))), None)


def open_run(path: Path) -> RunDirectory:
    """Read a run directory.

    Raises:
        ReportError: it does not exist, or is not one, or holds nothing of Allure's.
    """
    if not path.is_dir():
        raise ReportError(
            f"{path}: no such directory; give the one that a run wrote, such as reports/out/<topology>"
        )
    verdict = _json(path / "verdict.json")
    if not isinstance(verdict.get("requirements"), list):
        raise ReportError(f"{path / 'verdict.json'}: has no list of requirements; run the suite again")
    own, shared = path / "allure-results", path.parent / "allure-results"
    results = own if own.is_dir() else shared
    if not results.is_dir():
        raise ReportError(
            f"{path}: holds no allure-results; run the suite again, without --alluredir elsewhere"
        )
    return RunDirectory(path, verdict, cases_of(path), results)


def cases_of(run_dir: Path) -> tuple[CaseFiles, ...]:
    """Read the cases of a run directory; none where there are none.

    Raises:
        ReportError: one of them cannot be read.
    """
    cases = []
    for file in sorted((run_dir / "cases").glob("*/case.json")):
        content = _json(file)
        title, fault = str(content.get("title", file.parent.name)), content.get("fault")
        cases.append(CaseFiles(file.parent, title, fault, tuple(content.get("judgements", ()))))
    return tuple(cases)


def _json(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as missing:
        raise ReportError(f"{file}: missing; give the directory of a run that came to its end") from missing
    except (OSError, ValueError) as damaged:
        raise ReportError(f"{file}: cannot be read ({damaged}); run the suite again") from damaged
    if not isinstance(content, dict):
        raise ReportError(f"{file}: is not an object; run the suite again")
    return content


def _first(folder: Path, names: tuple[str, ...]) -> Path | None:
    return next((folder / name for name in names if (folder / name).is_file()), None)
