"""Results as Allure is to read them: those of the runs asked for, each under the name of its topology.

The files that pytest wrote stay as they are; what is changed is a copy, attachments are linked.
"""

import dataclasses
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from reports.run_directory import RunDirectory
from reports.trouble import ReportError
from reports.wording import subject

STATUSES = ("failed", "broken", "unknown", "skipped", "passed")
"""What a reader wants to see first."""


@dataclasses.dataclass(frozen=True)
class TestPage:
    """A test in the report: where its page is, and what it belongs to."""

    anchor: str
    feature: str
    status: str


def stage(run: RunDirectory, folder: Path, *, prefix: str = "") -> list[TestPage]:
    """Put the results of *run* into *folder*; return a page per test, the worst first.

    *prefix* sets the tests of one run apart from those of others; without it, equal tests count as repeats.

    Raises:
        ReportError: a result cannot be read, or there is none.
    """
    folder.mkdir()
    pages, kept = [], set()
    for file in sorted(run.allure_results.glob("*-result.json")):
        result = _read(file)
        if not _belongs(result, run):
            continue
        kept.add(result["uuid"])
        labels = [label for label in result.get("labels", ()) if label["name"] != "topology"]
        result["labels"] = [*labels, {"name": "topology", "value": subject(run.verdict)}]
        if prefix:
            case = result.get("testCaseId") or result.get("fullName") or result["uuid"]
            result["testCaseId"] = f"{prefix} {case}"
        (folder / file.name).write_text(json.dumps(result), encoding="utf-8")
        _link(run.allure_results, folder, _sources(result))
        pages.append(_page(result))
    if not kept:
        raise ReportError(f"{run.allure_results}: holds no result of {run.subject}; run the suite again")
    for file in run.allure_results.glob("*-container.json"):
        container = _read(file)
        if kept.intersection(container.get("children", ())):
            _link(run.allure_results, folder, [file.name, *_sources(container)])
    return sorted(pages, key=lambda page: STATUSES.index(page.status) if page.status in STATUSES else 0)


def pages_of(requirement: str, pages: Sequence[TestPage]) -> list[TestPage]:
    """Return the tests of a requirement: their feature begins with its id."""
    return [page for page in pages if page.feature.split(" ", 1)[0].rstrip(":") == requirement]


def _belongs(result: Mapping[str, Any], run: RunDirectory) -> bool:
    """Tell whether a result is one of *run*: in a folder of its own every one is."""
    if run.allure_results.parent == run.path:
        return True
    told = {label["value"] for label in result.get("labels", ()) if label["name"] == "topology"}
    told |= {label["value"] for label in result.get("labels", ()) if label["name"] == "tag"}
    told |= {p["value"].strip("'\"") for p in result.get("parameters", ()) if p["name"] == "system"}
    return run.subject in told


def _page(result: Mapping[str, Any]) -> TestPage:
    features = [str(label["value"]) for label in result["labels"] if label["name"] == "feature"]
    return TestPage(
        anchor=hashlib.md5(str(result["uuid"]).encode(), usedforsecurity=False).hexdigest(),
        feature=features[0] if features else "",
        status=str(result.get("status", "unknown")),
    )


def _sources(part: object) -> Iterable[str]:
    """Yield the attachment files that a result or container names, at any depth."""
    if isinstance(part, list):
        for inner in part:
            yield from _sources(inner)
    elif isinstance(part, dict):
        if isinstance(part.get("source"), str):
            yield part["source"]
        for inner in part.values():
            yield from _sources(inner)


def _link(origin: Path, folder: Path, names: Iterable[str]) -> None:
    for name in names:
        source, target = origin / name, folder / name
        if target.exists() or not source.is_file() or source.parent != origin:
            continue
        try:
            os.link(source, target)
        except OSError:  # another file system, or one without links
            shutil.copyfile(source, target)


def _read(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as damaged:
        raise ReportError(f"{file}: cannot be read ({damaged}); run the suite again") from damaged
    if not isinstance(content, dict):
        raise ReportError(f"{file}: is not an object; run the suite again")
    return content
