"""PromptRefusal: clean and prompt, slow, hanging, wrong, and not shown."""

from typing import Any

import pytest

from conformance.checkers.refusal import PromptRefusal
from conformance.history import History, Line
from conformance.verdict import Verdict
from selftest.unit.crafted import fault, history, operation

CHECK = PromptRefusal(
    probe="http",
    faults=("crash of web1", "crash of web2"),
    limit_s=0.1,
    formula="timeout queue",
    within_s=0.5,
    return_s=1.0,
)
GONE_MS, BACK_MS = 1000.0, 3000.0


def recorded(  # noqa: PLR0913 -- what may differ
    *,
    took_ms: float = 2.0,
    status: int | None = 503,
    error: str = "http 503",
    outcome: str = "failed",
    back_after_ms: float = 300.0,
    until_ms: float = 5000.0,
    faults: int = 2,
) -> History:
    lines: list[Line] = []
    for number in range(int(until_ms / 10)):
        now_ms = number * 10.0
        if GONE_MS <= now_ms < BACK_MS + back_after_ms:
            detail: dict[str, Any] = {} if status is None else {"status": status}
            lines += operation(number, now_ms, took_ms, outcome, server=None, error=error, **detail)
        else:
            lines += operation(number, now_ms, 1.5, status=200)
    gone = [fault("crash", f"web{n + 1}", began_ms=GONE_MS, healed_ms=BACK_MS + n) for n in range(faults)]
    return history(lines, *gone)


def test_prompt_clean_refusal_and_return_hold() -> None:
    result = CHECK.judge(recorded())

    assert result.verdict is Verdict.HOLDS
    assert result.measured == 0.002


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (recorded(took_ms=300), "slower than 0.1 s"),
        (recorded(took_ms=500, status=None, error="answer timeout"), "answer timeout"),
        (recorded(status=None, error="refused"), "refused instead of a 503"),
        (recorded(status=500, error="http 500"), "http 500"),
        (recorded(back_after_ms=1500), "after the return"),
        (recorded(back_after_ms=9999), "not served within"),
    ],
)
def test_anything_else_is_violated(record: History, reason: str) -> None:
    result = CHECK.judge(record)

    assert result.verdict is Verdict.VIOLATED
    assert reason in result.reason


@pytest.mark.parametrize(
    "record",
    [history(), recorded(faults=1), recorded(outcome="ok"), recorded(until_ms=1520), recorded(until_ms=2900)],
    ids=["empty", "one fault", "still served", "too few", "no return"],
)
def test_refusal_without_evidence_is_unknown(record: History) -> None:
    assert CHECK.judge(record).verdict is Verdict.UNKNOWN
