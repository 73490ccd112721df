"""The front page of a report: verdict, table of requirements, drawing and timelines, on one sheet."""

import base64
import dataclasses
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from reports import wording
from reports.allure_files import environment
from reports.allure_staging import TestPage, pages_of
from reports.distribution import distributions
from reports.front_distribution import blocks
from reports.run_directory import CaseFiles, RunDirectory
from reports.strip_plot import HEIGHT, RADIUS, WIDTH

HERE = Path(__file__).parent
KINDS = {".svg": "image/svg+xml", ".png": "image/png"}


@dataclasses.dataclass(frozen=True)
class Picture:
    """A timeline on the sheet."""

    title: str
    verdict: str
    requirements: Sequence[str]
    source: str
    of: int
    """How many cases like it there are; the one shown is the worst."""


def front(runs: Sequence[tuple[RunDirectory, Sequence[TestPage]]]) -> str:
    """Return the front page of one or several runs as a piece of HTML, everything in it."""
    templates = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return templates.get_template("front.html.j2").render(
        sheets=[_sheet(run, pages) for run, pages in runs],
        style=(HERE / "front.css").read_text(encoding="utf-8"),
        script=(HERE / "front.js").read_text(encoding="utf-8"),
        signs=wording.SIGNS,
        plot={"width": WIDTH, "height": HEIGHT, "radius": RADIUS},
    )


def _sheet(run: RunDirectory, pages: Sequence[TestPage]) -> dict[str, Any]:
    verdict = run.verdict
    rows = [_row(requirement, pages) for requirement in verdict["requirements"]]
    return {
        "subject": wording.subject(verdict),
        "outcome": str(verdict["verdict"]),
        "sentence": wording.OUTCOMES[str(verdict["verdict"])],
        "counts": wording.counts(verdict),
        "duration": f"{wording.duration_s(verdict):.0f} s",
        "started": str(verdict["started_at"]).replace("T", " ").replace("Z", " UTC"),
        "rows": [row for row in rows if row["verdict"] != "NOT_APPLICABLE"],
        "absent": [row for row in rows if row["verdict"] == "NOT_APPLICABLE"],
        "by_id": {row["id"]: row for row in rows},
        "blocks": blocks(distributions(run.cases, [str(row["id"]) for row in rows])),
        "drawing": _inline(run.drawing) if run.drawing else None,
        "pictures": list(_pictures(run.cases)),
        "facts": environment(verdict),
    }


def _row(requirement: Mapping[str, Any], pages: Sequence[TestPage]) -> dict[str, Any]:
    check = wording.worst_check(requirement)
    outage = wording.worst_outage(check) if check else None
    share = wording.share_of_norm(outage) if outage and outage["norm_s"] else None
    tests = pages_of(str(requirement["id"]), pages)
    return {
        "id": requirement["id"],
        "title": wording.title(requirement),
        "title_de": wording.title(requirement, "de"),
        "level": requirement["level"],
        "verdict": requirement["verdict"],
        "reason": wording.reason(requirement),
        "is_limited": wording.is_limited(requirement),
        "measured": wording.measured(check) if check else "",
        "norm": wording.norm(check) if check else "",
        "formula": str(check["formula"]) if check else "",
        "percent": None if share is None or math.isinf(share) else round(share * 100),
        "checks": len(requirement["checks"]),
        "anchor": tests[0].anchor if tests else None,
        "tests": len(tests),
    }


def _pictures(cases: Iterable[CaseFiles]) -> Iterable[Picture]:
    """Yield the timelines; of cases that repeat each other only the worst."""
    alike: dict[tuple[str, ...], list[CaseFiles]] = {}
    for case in cases:
        if case.picture:
            alike.setdefault(case.measurement, []).append(case)
    chosen = [(max(group, key=_badness), len(group)) for group in alike.values()]
    for case, count in sorted(chosen, key=lambda pair: -wording.SEVERITY[pair[0].verdict]):
        if case.picture:
            yield Picture(case.title, case.verdict, case.requirements, _inline(case.picture), count)


def _badness(case: CaseFiles) -> tuple[int, float]:
    outages = [outage for result in case.results for outage in result.get("outages", ())]
    return wording.SEVERITY[case.verdict], max(map(wording.share_of_norm, outages), default=0.0)


def _inline(picture: Path) -> str:
    """Return a picture as the text of a link, so that the file needs no other."""
    return f"data:{KINDS[picture.suffix]};base64,{base64.b64encode(picture.read_bytes()).decode()}"
