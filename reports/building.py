"""From run directories to one HTML file."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from reports import wording
from reports.allure_files import environment
from reports.allure_html import generate, with_front
from reports.allure_staging import TestPage, stage
from reports.front import front
from reports.run_directory import RunDirectory, open_run
from reports.trouble import ReportError


def build(run_dirs: Sequence[Path], output: Path | None = None) -> Path:
    """Make one report of one or several run directories; return its path.

    Without *output* it is `report.html` in the run directory, of several in the parent of the first. It is
    written whole or not at all.

    Raises:
        ReportError: a run directory is not one, Allure is not installed or failed, or nothing can be written.
    """
    runs = [open_run(path) for path in dict.fromkeys(path.resolve() for path in run_dirs)]
    target = output or (runs[0].path if len(runs) == 1 else runs[0].path.parent) / "report.html"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".report-", dir=target.parent) as work:
            html = _html(runs, Path(work))
            whole = Path(work) / "report.html"
            whole.write_text(html, encoding="utf-8")
            whole.replace(target)
    except OSError as error:
        raise ReportError(
            f"{target}: cannot be written ({error.strerror}); name another file with --output"
        ) from error
    return target


def _html(runs: Sequence[RunDirectory], work: Path) -> str:
    several = len(runs) > 1
    pages: list[tuple[RunDirectory, Sequence[TestPage]]] = []
    for number, run in enumerate(runs, start=1):
        folder = work / f"allure-results-{number}"
        pages.append((run, stage(run, folder, prefix=f"{number}" if several else "")))
    html = generate(
        [work / f"allure-results-{number}" for number in range(1, len(runs) + 1)],
        work,
        title=f"jtel redundancy conformance - {f'{len(runs)} runs' if several else _headline(runs[0])}",
        facts=_facts(runs),
        group_by=["topology", "epic", "feature"] if several else ["epic", "feature"],
    )
    return with_front(html, front(pages))


def _headline(run: RunDirectory) -> str:
    return f"{wording.subject(run.verdict)}: {run.verdict['verdict']}"


def _facts(runs: Sequence[RunDirectory]) -> Mapping[str, str]:
    """Return the facts of all runs; those in which they differ carry the name of the run."""
    facts = [environment(run.verdict) for run in runs]
    common = dict(set.intersection(*(set(of_one.items()) for of_one in facts)))
    own = {
        f"{key} ({wording.subject(run.verdict)})": value
        for run, of_one in zip(runs, facts, strict=True)
        for key, value in of_one.items()
        if key not in common
    }
    return dict(sorted(common.items())) | own if len(runs) > 1 else facts[0]
