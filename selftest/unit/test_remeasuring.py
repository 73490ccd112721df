"""Only what a stall spoilt is measured again, three times at most, and never a violation."""

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import pytest

from conformance.case import Case
from conformance.checkers.check import Check
from conformance.history import History
from conformance.scenarios.remeasuring import record_until_measured
from conformance.verdict import CheckResult, Verdict


class Says(Check):
    """Says what it was told to."""

    title: ClassVar[str] = "says"
    verdict: Verdict
    reason: str = "because"

    def judge(self, history: History) -> CheckResult:  # noqa: ARG002 -- it was told
        """Return what it was told to."""
        return CheckResult(name=self.title, verdict=self.verdict, reason=self.reason)


HOLDS, VIOLATED = Says(verdict=Verdict.HOLDS), Says(verdict=Verdict.VIOLATED)
SPOILT = Says(verdict=Verdict.UNKNOWN, reason="the measuring host stalled for 200 ms")
DOUBT = Says(verdict=Verdict.UNKNOWN, reason="too few samples")


@pytest.mark.parametrize(
    ("checks", "times"),
    [
        ([HOLDS, HOLDS], 1),
        ([SPOILT, HOLDS], 3),
        ([HOLDS, SPOILT], 3),
        ([SPOILT, VIOLATED], 1),
        ([VIOLATED], 1),
        ([DOUBT], 1),
    ],
)
def test_how_often_it_is_recorded(tmp_path: Path, checks: Sequence[Check], times: int) -> None:
    recorded: list[Case] = []

    def record() -> Case:
        with Case(tmp_path, "power loss of lb1") as case:
            case.recorder.record({"t": "observed", "at_ns": 1, "what": "x", "node": "y", "value": 1})
            recorded.append(case)
        return case

    assert record_until_measured(record, lambda case: (case, checks)) is recorded[-1]
    assert len(recorded) == times
    assert len({case.folder for case in recorded}) == times
