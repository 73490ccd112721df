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
    model_config = ConfigDict(extra="forbid", frozen=True)


class Outage(_Document):
    """A window without service as one probe saw it, in seconds."""

    probe: str
    fault: str
    lower_s: float
    upper_s: float
    norm_s: float | None


class CheckResult(_Document):
    """What one check found."""

    name: str
    verdict: Verdict
    reason: str
    measured: float | str | None = None
    norm: float | str | None = None
    unit: str = ""
    formula: str = ""
    """Where the norm comes from, with the values put in."""
    outages: tuple[Outage, ...] = ()


class RequirementResult(_Document):
    """What a run says about one requirement."""

    id: str
    title: dict[Literal["de", "en"], str]
    level: Literal["must", "should"]
    verdict: Verdict
    reason: str
    checks: tuple[CheckResult, ...] = ()
    outages: tuple[Outage, ...] = ()
    evidence: tuple[str, ...] = ()


class RunVerdict(_Document):
    """The content of `verdict.json`."""

    suite_version: str
    topology: str | None
    target: str | None = None
    defect: str | None = None
    seed: int
    started_at: str
    ended_at: str
    environment: dict[str, Any]
    verdict: RunOutcome
    requirements: tuple[RequirementResult, ...]
