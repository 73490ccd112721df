"""Test results in the form in which allure-pytest leaves them."""

import json
import shutil
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

CHAPTERS = {"ALI": "Aliases", "WEB": "User access", "SIP": "SIP", "DB": "Databases"}
START_MS = 1_723_887_000_000


def write_result(results: Path, run_dir: Path, topology: str, requirement: Mapping[str, Any]) -> None:
    """Write the result of the test of one requirement, its pictures attached."""
    results.mkdir(parents=True, exist_ok=True)
    identity = str(requirement["id"])
    own_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{run_dir.name} {topology} {identity}"))
    message = {
        "VIOLATED": f"RequirementViolated: {identity} is violated. {requirement['reason']}",
        "UNKNOWN": f"conformance.plugin.runs.Unproven: {identity} is not proven. {requirement['reason']}",
    }.get(str(requirement["verdict"]))
    status = {"VIOLATED": "failed", "UNKNOWN": "broken"}.get(str(requirement["verdict"]), "passed")
    title = requirement["title"]["en"]
    result = {
        "uuid": own_id,
        "historyId": identity,
        "testCaseId": identity,
        "fullName": f"conformance.test_web#test_{identity.lower().replace('-', '_')}",
        "name": f"{title} ({topology})",
        "status": status,
        "start": START_MS,
        "stop": START_MS + 4200,
        "parameters": [{"name": "system", "value": repr(topology)}],
        "labels": [
            {"name": "epic", "value": CHAPTERS[identity.partition("-")[0]]},
            {"name": "feature", "value": f"{identity} {title}"},
            {"name": "topology", "value": topology},
            {"name": "severity", "value": "critical"},
        ],
        "attachments": [
            _attached(results, file)
            for folder in requirement["evidence"]
            for file in sorted((run_dir / folder).iterdir())
        ],
    }
    if message:
        result["statusDetails"] = {"message": message, "trace": f"conformance/test_web.py:71: {message}"}
    (results / f"{own_id}-result.json").write_text(json.dumps(result))


def _attached(results: Path, file: Path) -> dict[str, str]:
    name, kind = {
        "outage.svg": ("outage timeline", "image/svg+xml"),
        "topology.svg": ("topology", "image/svg+xml"),
        "history.jsonl": ("history", "text/plain"),
        "case.json": ("case", "application/json"),
    }[file.name]
    source = f"{uuid.uuid5(uuid.NAMESPACE_URL, str(file))}-attachment{file.suffix}"
    shutil.copyfile(file, results / source)
    return {"name": name, "source": source, "type": kind}
