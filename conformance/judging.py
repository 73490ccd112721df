"""Judging a stored run again: the same checks, from the files alone, without Docker."""

import json
from pathlib import Path

from pydantic import ValidationError

from conformance.case import judged_again
from conformance.run import TOPOLOGY, Run
from conformance.verdict import RunVerdict
from conformance.ways import kept
from topologies.errors import UsageError
from topologies.model import Topology


def read_verdict(run_dir: Path) -> RunVerdict:
    """Return the stored verdict of a run.

    Raises:
        UsageError: the folder holds none, or one of another version's shape.
    """
    try:
        return RunVerdict.model_validate_json((run_dir / "verdict.json").read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(
            f"{run_dir}: no readable verdict.json ({error.strerror}); give the run directory of a run"
        ) from error
    except ValidationError as error:
        raise UsageError(
            f"{run_dir}/verdict.json: not of this version's shape: {error.errors()[0]['msg']}"
        ) from error


def judge(run_dir: Path) -> RunVerdict:
    """Return the verdict that the stored cases of a run add up to."""
    before = read_verdict(run_dir)
    run = Run(
        _topology(run_dir),
        run_dir,
        before.seed,
        defect=before.defect,
        started_at=before.started_at,
        environment=before.environment,
        lost=_lost(run_dir),
        ways=kept(run_dir),
    )
    for folder in sorted((run_dir / "cases").iterdir()):
        if (folder / "case.json").exists():
            for judgement in judged_again(folder):
                run.add(judgement, folder)
    return run.verdict()


def _topology(run_dir: Path) -> Topology:
    try:
        return Topology.model_validate_json((run_dir / TOPOLOGY).read_text(encoding="utf-8"))
    except (OSError, ValidationError) as error:
        raise UsageError(f"{run_dir}: no readable {TOPOLOGY}; give the run directory of a run") from error


def _lost(run_dir: Path) -> str | None:
    marker = run_dir / "lost.json"
    return str(json.loads(marker.read_text(encoding="utf-8"))["reason"]) if marker.exists() else None
