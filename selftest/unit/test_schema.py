"""The schema of `verdict.json`: as the model says, complete, and true for a verdict."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from conformance.verdict import RunVerdict
from selftest.samples.run import write_run
from selftest.schema import SCHEMA_FILE, schema

SCHEMA: dict[str, Any] = json.loads(schema())


def test_file_is_what_the_model_says() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema(), "run `python -m selftest.schema`"


def test_every_key_is_described() -> None:
    objects = [SCHEMA, *SCHEMA["$defs"].values()]
    silent = [
        name
        for part in objects
        for name, key in part.get("properties", {}).items()
        if "description" not in key
    ]
    assert silent == []


@pytest.mark.parametrize("slow_standby", [False, True])
def test_sample_fits_schema_and_model(tmp_path: Path, *, slow_standby: bool) -> None:
    verdict = write_run(tmp_path / "run", slow_standby=slow_standby)
    jsonschema.validate(verdict, SCHEMA, cls=jsonschema.Draft202012Validator)
    assert RunVerdict.model_validate(verdict).model_dump(mode="json") == verdict


def test_unknown_key_and_unknown_verdict_are_refused(tmp_path: Path) -> None:
    verdict = write_run(tmp_path / "run")
    with pytest.raises(jsonschema.ValidationError, match="mood"):
        jsonschema.validate({**verdict, "mood": "good"}, SCHEMA)
    with pytest.raises(jsonschema.ValidationError, match="fine"):
        jsonschema.validate({**verdict, "verdict": "fine"}, SCHEMA)
