"""Exit status of a run: pytest's codes keep their meaning, 6 is ours."""

from collections.abc import Collection
from enum import IntEnum

from conformance.verdict import RunOutcome


class Exit(IntEnum):
    """What the shell sees."""

    CONFORMANT = 0
    VIOLATED = 1
    INTERRUPTED = 2
    TOOL_BROKE = 3
    NO_LAB_OR_USAGE = 4
    NOTHING_APPLIES = 5
    PARTIAL = 6


def exit_status(outcomes: Collection[RunOutcome], *, tool_broke: bool = False) -> Exit:
    """Return the status for several runs at once: 1 before 3 and 4 before 6."""
    if RunOutcome.VIOLATED in outcomes:
        return Exit.VIOLATED
    if tool_broke:
        return Exit.TOOL_BROKE
    if RunOutcome.FAILED in outcomes:
        return Exit.NO_LAB_OR_USAGE
    if RunOutcome.PARTIAL in outcomes:
        return Exit.PARTIAL
    return Exit.CONFORMANT if outcomes else Exit.NOTHING_APPLIES
