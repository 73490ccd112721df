"""The verdict on the terminal: a table of requirements, the reason of each that fails, and the last line."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from reports.distribution import Distribution, distributions
from reports.run_directory import cases_of
from reports.trouble import ReportError
from reports.wording import (
    SEVERITY,
    SIGNS,
    counts,
    duration_s,
    is_limited,
    measured,
    norm,
    reason,
    spread,
    subject,
    title,
    worst_check,
)

STYLES = {"HOLDS": "green", "VIOLATED": "bold red", "UNKNOWN": "bold yellow", "NOT_APPLICABLE": "dim"}
OUTCOME_STYLES = {
    "conformant": "bold green",
    "violated": "bold red",
    "partial": "bold yellow",
    "failed": "bold red",
}


def table(
    verdict: Mapping[str, Any], *, run_dir: Path | None = None, trouble: str | None = None
) -> RenderableType:
    """Return the verdict for people, as rich prints it; plain text where the output is no terminal.

    *verdict* is the content of `verdict.json`; *run_dir* is where its cases and the report lie; *trouble*
    says why there is no report.
    """
    applicable = [item for item in verdict["requirements"] if item["verdict"] != "NOT_APPLICABLE"]
    parts: list[RenderableType] = []
    if applicable:
        parts.append(_requirements(applicable))
    parts += [
        _repeats(list(group))
        for _, group in groupby(_distributions(verdict, run_dir), lambda one: one.measure)
    ]
    parts += _reasons(applicable)
    absent = [str(item["id"]) for item in verdict["requirements"] if item["verdict"] == "NOT_APPLICABLE"]
    if absent:
        parts.append(
            Padding(Text(f"does not apply: {', '.join(absent)}", style="dim"), (0, 0, 1, 1), expand=False)
        )
    parts.append(_last_line(verdict, run_dir, trouble))
    return Group(*parts)


def _requirements(requirements: Sequence[Mapping[str, Any]]) -> Table:
    grid = Table(box=box.SIMPLE_HEAD, pad_edge=True, header_style="dim", padding=(0, 1))
    grid.add_column("", no_wrap=True)
    grid.add_column("requirement", overflow="fold")
    grid.add_column("verdict", no_wrap=True)
    grid.add_column("measured", justify="right", overflow="fold")
    grid.add_column("norm", justify="left", overflow="fold")
    for requirement in requirements:
        name, check = str(requirement["verdict"]), worst_check(requirement)
        told = Text(title(requirement))
        if requirement["level"] == "should":
            told.append(" (should)", style="dim")
        if is_limited(requirement):
            told.append(" (not in every way)", style="dim")
        grid.add_row(
            Text(str(requirement["id"]), style="bold"),
            told,
            Text(f"{SIGNS[name]} {name}", style=STYLES[name]),
            measured(check) if check else "",
            norm(check) if check else "",
        )
    return grid


def _distributions(verdict: Mapping[str, Any], run_dir: Path | None) -> list[Distribution]:
    """Return what the repeats of the run show, of outages and lost rows; nothing where there were none."""
    if run_dir is None:
        return []
    try:
        cases = cases_of(run_dir)
    except ReportError:
        return []  # the trouble with the report says it
    found = distributions(cases, [str(item["id"]) for item in verdict["requirements"]])
    return [one for one in found if one.measure.on_terminal]


def _repeats(found: Sequence[Distribution]) -> Table:
    grid = Table(box=box.SIMPLE_HEAD, pad_edge=True, header_style="dim", padding=(0, 1))
    grid.add_column("", no_wrap=True)
    grid.add_column(f"{found[0].measure.short} over repeats", overflow="fold")
    grid.add_column("min / median / p95 / max", justify="right", no_wrap=True)
    grid.add_column("norm", no_wrap=True)
    for one in found:
        grid.add_row(
            Text(one.requirement, style="bold"),
            _repeated(one),
            spread(one.summary, one.unit),
            norm({"norm": one.norm, "unit": one.unit}),
        )
    return grid


def _repeated(one: Distribution) -> str:
    told = f"{len(one.values)} x {one.fault}" + (f" ({one.subject})" if one.subject else "")
    return f"{told}; {one.unmeasured} without a value" if one.unmeasured else told


def _reasons(requirements: Sequence[Mapping[str, Any]]) -> list[RenderableType]:
    """Say why, for everything that was not shown to hold in every way, the violations first."""
    wanting = [item for item in requirements if item["verdict"] != "HOLDS" or is_limited(item)]
    wanting.sort(key=lambda item: -SEVERITY[item["verdict"]])
    lines: list[RenderableType] = []
    for item in wanting:
        line = Text()
        line.append(f"{item['id']} {item['verdict']}", style=STYLES[str(item["verdict"])])
        line.append(f": {reason(item)}")
        if item["evidence"]:
            line.append(f"  (evidence: {item['evidence'][0]})", style="dim")
        lines.append(Padding(line, (0, 0, 1, 1), expand=False))
    return lines


def _last_line(verdict: Mapping[str, Any], run_dir: Path | None, trouble: str | None) -> Text:
    outcome = str(verdict["verdict"])
    line = Text(" ", overflow="fold")
    line.append(f"{subject(verdict)}: {outcome}", style=OUTCOME_STYLES[outcome])
    line.append(f"   {counts(verdict)}   {duration_s(verdict):.0f} s   seed {verdict['seed']}")
    if run_dir is None:
        return line
    if trouble is None and (run_dir / "report.html").is_file():
        return line.append(f"\n report: {_short(run_dir / 'report.html')}")
    told = trouble or f"make one with `python -m reports build {_short(run_dir)}`"
    return line.append(f"\n no report: {told}", style="yellow")


def _short(path: Path) -> str:
    """Return *path* as the user would type it from where he is."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
