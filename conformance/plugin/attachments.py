"""What a reader of Allure's pages finds at each test: where it belongs, pictures, checks, history, logs."""

import gzip
import json
from pathlib import Path

import allure
import docker.errors
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
    """Draw the case and hand pictures, checks, history and logs to Allure.

    What belongs to the case as a whole is attached to the first test that judges it.
    """
    checks = [result.model_dump(mode="json", exclude={"outages"}) for result in judgement.results]
    allure.attach(json.dumps(checks, indent=1, ensure_ascii=False), "checks", AttachmentType.JSON)
    if case.fault:
        allure.attach.file(str(_timeline(case, judgement)), "outage timeline", AttachmentType.SVG)
    allure.attach.file(str(_drawing(case, lab)), "topology", AttachmentType.SVG)
    if len(case.judgements) == 1:
        history = gzip.compress((case.folder / "history.jsonl").read_bytes())
        allure.attach(history, "history (JSON lines, gzip)", "application/gzip", "jsonl.gz")
        allure.attach(_logs(case, lab), "logs of the nodes during the case", AttachmentType.TEXT)
    else:
        allure.attach(f"cases/{case.folder.name}", "history and logs", AttachmentType.TEXT)


def keep_evidence(case: Case, lab: Lab) -> None:
    """Keep logs, configurations, addresses, ARP tables, processes of every node with a failed case."""
    lab.collect_evidence(case.folder / "evidence")


def draw_system(lab: Lab, run_dir: Path) -> None:
    """Draw the system as it is before anything is done to it."""
    picture = svg(lab.topology, roles=lab.live_roles())
    (run_dir / "topology.svg").write_text(picture, encoding="utf-8")


def _timeline(case: Case, judgement: Judgement) -> Path:
    """Draw what users saw, with everything that was judged so far."""
    picture = case.folder / "outage.svg"
    said = worst(result.verdict for result in judgement.results)
    new = [outage for result in judgement.results for outage in result.outages]
    if new or not picture.exists():
        results = [result for told in case.judgements for result in told.results]
        outages = [outage.model_dump() for result in results for outage in result.outages]
        known = {Verdict.HOLDS: "holds", Verdict.VIOLATED: "is violated"}
        title = f"{case.title}: {judgement.requirement} {known.get(said, 'is not proven')}"
        timeline.draw(case.history().lines, outages=outages, title=title, output=picture)
    return picture


def _drawing(case: Case, lab: Lab) -> Path:
    """Draw the system with the nodes that were hit, and the roles that they have now."""
    drawing = case.folder / "topology.svg"
    if not drawing.exists():
        hit = {str(line["node"]): str(line["name"]) for line in case.history().of_kind("fault")}
        drawing.write_text(svg(lab.topology, roles=lab.live_roles(), faults=hit), encoding="utf-8")
    return drawing


def _logs(case: Case, lab: Lab) -> str:
    """Return what the nodes logged since the case was opened, secrets masked; kept with the case too."""
    parts = []
    for name, node in lab.nodes.items():
        try:
            log = node.client.api.logs(node.container, since=int(case.opened_at), timestamps=True)
        except docker.errors.APIError as error:
            log = f"no log: {error.explanation}".encode()
        parts.append(f"=== {name}\n{log.decode(errors='replace')}")
    text = lab.secrets.masked("\n".join(parts))
    (case.folder / "nodes.log").write_text(text, encoding="utf-8")
    return text
