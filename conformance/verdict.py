"""What is said about a requirement, a check, a run; and how several sayings become one.

A definite violation outranks not knowing, and not knowing outranks a pass.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict


class Verdict(StrEnum):
    """Of a check or a requirement."""

    HOLDS = "HOLDS"
    VIOLATED = "VIOLATED"
    UNKNOWN = "UNKNOWN"
    NOT_APPLICABLE = "NOT_APPLICABLE"


class RunOutcome(StrEnum):
    """Of a whole run."""

    CONFORMANT = "conformant"
    VIOLATED = "violated"
    PARTIAL = "partial"
    FAILED = "failed"


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the verdict that several add up to; none at all is UNKNOWN.

    NOT_APPLICABLE counts only where everything is.
    """
    seen = set(verdicts)
    for verdict in (Verdict.VIOLATED, Verdict.UNKNOWN, Verdict.HOLDS, Verdict.NOT_APPLICABLE):
        if verdict in seen:
            return verdict
    return Verdict.UNKNOWN


class _Document(BaseModel):
    """Docstrings of fields become the descriptions of `reports/verdict.schema.json`."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Outage(_Document):
    """A window without service as one probe saw it, in seconds."""

    probe: str
    """Name of the probe in the history."""
    fault: str
    """The fault that it followed, such as `power loss of lb1`."""
    lower_s: float
    """The window was at least so long."""
    upper_s: float | None
    """The window was at most so long; null where service was not seen again."""
    norm_s: float | None
    """The longest window that the requirement allows; null where there is no limit."""


class CheckResult(_Document):
    """What one check found."""

    name: str
    """What was checked."""
    verdict: Verdict
    """What follows for the requirement."""
    reason: str
    """Why, as a sentence with node and time."""
    measured: float | str | None = None
    """What was measured, in `unit` where it is a number; null where nothing was."""
    norm: float | str | None = None
    """What the requirement allows, in `unit` where it is a number."""
    unit: str = ""
    """Unit of `measured` and `norm`."""
    formula: str = ""
    """Where the norm comes from, with the values put in."""
    outages: tuple[Outage, ...] = ()
    """The windows without service that the check looked at."""


class RequirementResult(_Document):
    """What a run says about one requirement."""

    id: str
    """Its id in the catalogue, such as `WEB-9`."""
    title: dict[Literal["de", "en"], str]
    """Its title in German and English."""
    level: Literal["must", "should"]
    """A violated `must` makes the run violated; a `should` is reported only."""
    verdict: Verdict
    """The worst of its checks; UNKNOWN also where a test of it could not be carried out."""
    reason: str
    """Why, as a sentence; where ways of failing were left out it ends with `left out: ` and their names."""
    checks: tuple[CheckResult, ...] = ()
    """Every check of every case, repeats included."""
    outages: tuple[Outage, ...] = ()
    """The windows without service of all checks."""
    evidence: tuple[str, ...] = ()
    """Paths relative to the run directory; what decided the verdict comes first."""


class RunVerdict(_Document):
    """The content of `verdict.json`."""

    suite_version: str
    """Version of the suite that judged."""
    topology: str | None
    """Name of the topology that was judged; null for a live system."""
    target: str | None = None
    """The live system that was judged; null for a topology."""
    defect: str | None = None
    """The deliberate misconfiguration, if there was one."""
    seed: int
    """Seed of every random choice."""
    started_at: str
    """When the run began, UTC, ISO 8601."""
    ended_at: str
    """When the run ended, UTC, ISO 8601."""
    environment: dict[str, Any]
    """Engine, kernel and the software versions of every node."""
    verdict: RunOutcome
    """What the requirements add up to."""
    requirements: tuple[RequirementResult, ...]
    """Every requirement of the catalogue, those that do not apply included."""
