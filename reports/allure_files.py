"""The files that Allure reads beside test results: environment, categories, executor; for any Allure.

Our own report passes the same facts in its configuration, because Allure 3 takes categories only from there.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

LAB_ERRORS = "LabError|EngineError|SetUpError|NodeUnreachable|NotReady|FaultDidNotTakeHold"
CATEGORIES: tuple[dict[str, Any], ...] = (
    {
        "name": "Requirement violated",
        "matchedStatuses": ["failed"],
        "messageRegex": r"^(\w+\.)*(RequirementViolated|AssertionError)\b[\s\S]*",
    },
    {
        "name": "Not proven",
        "matchedStatuses": ["broken"],
        "messageRegex": r"^(\w+\.)*Unproven\b[\s\S]*",
    },
    {
        "name": "Lab trouble",
        "matchedStatuses": ["broken"],
        "messageRegex": rf"^(\w+\.)*({LAB_ERRORS})\b[\s\S]*",
    },
    {"name": "The suite itself broke", "matchedStatuses": ["failed", "broken"]},
)
"""In the order of matching. An expression covers the whole message, as Allure 2 wants it, and means the same
in Java and in JavaScript."""


def environment(verdict: Mapping[str, Any]) -> dict[str, str]:
    """Return what was judged and with what, one line each: nested facts are joined by their keys."""
    facts = {
        "suite version": str(verdict["suite_version"]),
        "topology": str(verdict.get("topology") or verdict.get("target")),
        "defect": str(verdict.get("defect") or ""),
        "verdict": str(verdict["verdict"]),
        "seed": str(verdict["seed"]),
        "started at": str(verdict["started_at"]),
    }
    return {key: value for key, value in (facts | _flat(verdict.get("environment", {}))).items() if value}


def _flat(facts: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    lines: dict[str, str] = {}
    for key, value in facts.items():
        name = f"{prefix}{key}"
        if not isinstance(value, Mapping):
            lines[name] = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
        elif all(not isinstance(inner, Mapping) for inner in value.values()):
            lines[name] = ", ".join(f"{inner} {told}" for inner, told in value.items())
        else:
            lines |= _flat(value, "" if key == "nodes" else f"{name} ")
    return lines


def write_allure_files(verdict: Mapping[str, Any], results: Path) -> None:
    """Write environment.properties, categories.json and executor.json into *results*."""
    results.mkdir(parents=True, exist_ok=True)
    lines = "".join(
        f"{_escaped(key, ' :=')}={_escaped(value)}\n" for key, value in environment(verdict).items()
    )
    (results / "environment.properties").write_text(lines, encoding="utf-8")
    (results / "categories.json").write_text(json.dumps(CATEGORIES, indent=1), encoding="utf-8")
    executor = {
        "name": "jtel redundancy conformance",
        "type": "jtel-conformance",
        "buildName": f"{verdict.get('topology') or verdict.get('target')} {verdict['started_at']}",
        "reportName": "jtel redundancy conformance",
    }
    (results / "executor.json").write_text(json.dumps(executor, indent=1), encoding="utf-8")


def _escaped(text: str, specials: str = "") -> str:
    """Write *text* as a properties file wants it: one line, backslashes doubled, *specials* escaped."""
    one_line = " ".join(text.replace("\\", "\\\\").split())
    return "".join(f"\\{letter}" if letter in specials else letter for letter in one_line)
