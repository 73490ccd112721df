"""Taking a measurement again: only one that a stall of the measuring host spoiled, and never a violation."""

from collections.abc import Callable
from typing import Final, TypeVar

from conformance.case import Case
from conformance.checkers.check import Check
from conformance.verdict import Verdict

T = TypeVar("T")
ATTEMPTS: Final = 3


def record_until_measured(record: Callable[[], T], primary: Callable[[T], tuple[Case, Check]]) -> T:
    """Record, and again while the primary check is UNKNOWN because the host stalled; three times at most.

    Every attempt stays as a case of its own in the run directory.
    """
    for _ in range(ATTEMPTS - 1):
        recorded = record()
        case, check = primary(recorded)
        result = check.judge(case.history())
        if result.verdict is not Verdict.UNKNOWN or "stalled" not in result.reason:
            return recorded
    return record()
