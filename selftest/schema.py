"""The JSON schema of `verdict.json`, made from its model.

    python -m selftest.schema

writes `reports/verdict.schema.json`; a unit test demands that the file is what the model says.
"""

import json
import re
from pathlib import Path
from typing import Any

from conformance.verdict import RunVerdict

SCHEMA_FILE = Path(__file__).resolve().parents[1] / "reports" / "verdict.schema.json"


def schema() -> str:
    """Return the schema as the text of its file."""
    told: dict[str, Any] = RunVerdict.model_json_schema(mode="serialization")
    whole = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:jtel-conformance:verdict",
        **told,
        "title": "Verdict of a conformance run",
    }
    return json.dumps(_tidy(whole), indent=2, ensure_ascii=False) + "\n"


def _tidy(part: Any) -> Any:
    """Put descriptions on one line each and leave out titles that only repeat the name of a key."""
    if isinstance(part, list):
        return [_tidy(inner) for inner in part]
    if not isinstance(part, dict):
        return part
    is_noise = "$id" not in part and isinstance(part.get("title"), str)
    kept = {key: _tidy(value) for key, value in part.items() if not (is_noise and key == "title")}
    if isinstance(description := kept.get("description"), str):
        kept["description"] = re.sub(r"\s+", " ", description)
    return kept


if __name__ == "__main__":
    SCHEMA_FILE.write_text(schema(), encoding="utf-8")
    print(SCHEMA_FILE)  # noqa: T201 -- the command's result
