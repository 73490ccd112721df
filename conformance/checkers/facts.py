"""Facts that tests looked up (`observed` lines of a history), and how sayings about them become a result."""

from collections.abc import Sequence

from conformance.checkers.check import Check
from conformance.checkers.findings import NS_PER_S, unknown
from conformance.history import History, Line
from conformance.verdict import CheckResult, Verdict

SHOWN = 4
"""So many complaints are told in full; the rest is counted."""


def observed(history: History, what: str) -> list[Line]:
    """Return the `observed` lines about *what*, by time."""
    return [line for line in history.of_kind("observed") if line["what"] == what]


def moment(history: History, at_ns: int) -> str:
    """Return a stamp for people: seconds since the first line of the record."""
    return f"t={(at_ns - history.lines[0]['at_ns']) / NS_PER_S:.3f} s"


def said(complaints: Sequence[str]) -> str:
    """Return several complaints as one sentence; the same one twice is told once."""
    told = list(dict.fromkeys(complaints))
    more = f"; and {len(told) - SHOWN} more" if len(told) > SHOWN else ""
    return "; ".join(told[:SHOWN]) + more


def decided(check: Check, *, violations: Sequence[str], doubts: Sequence[str], good: str) -> CheckResult:
    """Return VIOLATED if anything is, else UNKNOWN if there are doubts, else HOLDS with *good*."""
    if violations:
        return CheckResult(
            name=check.title,
            verdict=Verdict.VIOLATED,
            reason=said(violations),
            measured=f"{len(set(violations))} contrary",
            norm="none contrary",
        )
    if doubts:
        return unknown(check, said(doubts))
    return CheckResult(name=check.title, verdict=Verdict.HOLDS, reason=good)
