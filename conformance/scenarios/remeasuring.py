"""Taking a measurement again: only one that a stall of the measuring host spoiled, and never a violation."""

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from conformance.case import Case
from conformance.checkers.check import Check
from conformance.verdict import Verdict

T = TypeVar("T")
ATTEMPTS: Final = 3


def record_until_measured(record: Callable[[], T], checks: Callable[[T], tuple[Case, Sequence[Check]]]) -> T:
    """Record, and again while one of *checks* is UNKNOWN because the host stalled; three times at most.

    Every attempt stays as a case of its own in the run directory.
    """
    for _ in range(ATTEMPTS - 1):
        recorded = record()
        case, judges = checks(recorded)
        history = case.history()
        results = [check.judge(history) for check in judges]
        spoilt = any(result.verdict is Verdict.UNKNOWN and "stalled" in result.reason for result in results)
        if not spoilt or any(result.verdict is Verdict.VIOLATED for result in results):
            return recorded
    return record()
