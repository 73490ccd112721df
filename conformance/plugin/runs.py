"""The runs of a session, one per topology, and the words for what a test could not show."""

import json

import pytest

from conformance.run import Run
from topologies.errors import ConformanceError, LabError

RUNS = pytest.StashKey[dict[str, Run]]()


class RequirementViolated(AssertionError):  # noqa: N818 -- the word of the verdict
    """A requirement is violated; Allure calls that failed."""


class Unproven(ConformanceError):  # noqa: N818 -- the word of the verdict
    """A requirement is neither shown nor refuted; Allure calls that broken."""


def lab_lost(run: Run, error: LabError) -> None:
    """Keep why the lab could not be had, for this verdict and for judging again."""
    run.lost = str(error)
    run.run_dir.mkdir(parents=True, exist_ok=True)
    (run.run_dir / "lost.json").write_text(json.dumps({"reason": run.lost}) + "\n", encoding="utf-8")
