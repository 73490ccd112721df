"""What a reader of the Allure report finds at each test: where it belongs, pictures, checks, history."""

import json
from collections.abc import Mapping

import allure
import pytest
from allure_commons.types import AttachmentType

from conformance.case import Case, Judgement
from conformance.catalogue import catalogue, chapters
from conformance.verdict import Verdict, worst
from reports import timeline
from topologies.drawing import svg
from topologies.lab import Lab

SEVERITY = {"must": allure.severity_level.CRITICAL, "should": allure.severity_level.NORMAL}


def label(item: pytest.Item, identity: str | None, topology: str | None) -> None:
    """Tell Allure chapter, requirement, severity and topology of a test."""
    if identity is None:
        return
    requirement = catalogue()[identity]
    function = getattr(item, "function", None)
    sentence = (getattr(function, "__doc__", None) or item.name).strip().splitlines()[0]
    allure.dynamic.title(f"{identity}  {sentence}{_variant(item)}")
    allure.dynamic.description(f"{requirement.promise.en}\n\n{requirement.promise.de}")
    allure.dynamic.epic(chapters()[requirement.chapter].en)
    allure.dynamic.feature(f"{identity} {requirement.title.en} / {requirement.title.de}")
    allure.dynamic.severity(SEVERITY[requirement.level])
    allure.dynamic.tag(identity, topology or "")
    allure.dynamic.label("topology", topology or "")


def _variant(item: pytest.Item) -> str:
    callspec = getattr(item, "callspec", None)
    told = [str(value) for key, value in callspec.params.items() if key != "system"] if callspec else []
    return f" [{', '.join(told)}]" if told else ""


def attach(case: Case, judgement: Judgement, lab: Lab) -> None:
    """Draw the case and hand pictures, checks and history to Allure."""
    checks = [result.model_dump(mode="json", exclude={"outages"}) for result in judgement.results]
    allure.attach(json.dumps(checks, indent=1, ensure_ascii=False), "checks", AttachmentType.JSON)
    if case.fault:
        allure.attach.file(str(_timeline(case, judgement)), "outage timeline", AttachmentType.SVG)
    drawing = case.folder / "topology.svg"
    if not drawing.exists():
        drawing.write_text(svg(lab.topology, roles=lab.live_roles(), faults=_hit(case)), encoding="utf-8")
    allure.attach.file(str(drawing), "topology", AttachmentType.SVG)
    allure.attach.file(str(case.folder / "history.jsonl"), "history", AttachmentType.TEXT)


def _timeline(case: Case, judgement: Judgement) -> str:
    """Draw what users saw, with everything that was judged so far."""
    picture = case.folder / "outage.svg"
    said = worst(result.verdict for result in judgement.results)
    outages = [o.model_dump() for j in case.judgements for result in j.results for o in result.outages]
    if outages or not picture.exists():
        known: Mapping[Verdict, str] = {Verdict.HOLDS: "holds", Verdict.VIOLATED: "is violated"}
        title = f"{case.title}: {judgement.requirement} {known.get(said, 'is not proven')}"
        timeline.draw(case.history().lines, outages=outages, title=title, output=picture)
    return str(picture)


def _hit(case: Case) -> dict[str, str]:
    """Return the fault of every node that was hit."""
    return {str(node): str(line["name"]) for line in case.history().of_kind("fault") for node in _nodes(line)}


def _nodes(line: Mapping[str, object]) -> list[object]:
    node = line["node"]
    return list(node) if isinstance(node, list | tuple) else [node]
