"""That a write waits for the other master: a good history, bad ones, and none."""

import dataclasses
from typing import Any

import pytest

from conformance.checkers.acknowledgement import AcknowledgedTogether
from conformance.history import History
from conformance.verdict import Verdict
from selftest.unit.crafted import fault, history, operation

CHECK = AcknowledgedTogether(writes="writes", fault="replication link cut", wait_s=0.5, formula="timeout")


def writes(*, acknowledged_ms: float | None, until_ms: int = 2000) -> History:
    """Return writes every 4 ms, cut off from 1000 ms on; those of that time end after *acknowledged_ms*."""
    lines = []
    for number, start_ms in enumerate(range(0, until_ms, 4)):
        took_ms = 1.0 if start_ms < 1000 else acknowledged_ms
        fields: dict[str, Any] = {"what": "insert", "client": "c", "sequence": number, "id": number}
        lines += operation(number, start_ms, took_ms, probe="writes", server="dbm1", **fields)
    return history(lines, fault("replication link cut", "dbm2", began_ms=995, took_ms=4))


def test_writes_that_wait_hold() -> None:
    assert CHECK.judge(writes(acknowledged_ms=501)).verdict is Verdict.HOLDS


def test_a_write_acknowledged_alone_is_a_violation() -> None:
    result = CHECK.judge(writes(acknowledged_ms=1))
    assert result.verdict is Verdict.VIOLATED
    assert "acknowledged while replication link cut of dbm2 held; first by dbm1" in result.reason


def test_writes_that_never_end_hold() -> None:
    assert CHECK.judge(writes(acknowledged_ms=None)).verdict is Verdict.HOLDS


def test_a_configuration_that_does_not_wait_is_a_violation() -> None:
    alone = CHECK.model_copy(update={"wait_s": 0.0, "formula": "asynchronous"})
    assert alone.judge(writes(acknowledged_ms=501)).verdict is Verdict.VIOLATED


@pytest.mark.parametrize(
    "record", [history(), writes(acknowledged_ms=501, until_ms=1040), writes(acknowledged_ms=1, until_ms=900)]
)
def test_too_little_is_unknown(record: History) -> None:
    assert CHECK.judge(record).verdict is Verdict.UNKNOWN


def test_no_cut_is_unknown() -> None:
    lines = [line for line in writes(acknowledged_ms=501).lines if line["t"] != "fault"]
    assert CHECK.judge(dataclasses.replace(history(), lines=tuple(lines))).verdict is Verdict.UNKNOWN
