"""CallMatrix and CallsAccounted."""

from collections.abc import Sequence

import pytest

from conformance.checkers.call_accounting import CallsAccounted
from conformance.checkers.call_matrix import CallMatrix
from conformance.checkers.check import restored
from conformance.history import History, Line
from conformance.verdict import Verdict
from selftest.unit.crafted import fault, history
from selftest.unit.crafted_calls import call, calls

MATRIX = CallMatrix(probes=("calls",), targets=("pbx1", "pbx2"), servers=("tel1", "tel2"))


def both(
    one: Sequence[str | None] = ("tel1", "tel2"), other: Sequence[str | None] = ("tel1", "tel2")
) -> History:
    return history(
        calls(1000, target="pbx1", servers=one), calls(1000, target="pbx2", servers=other, first=100)
    )


def test_matrix_with_every_cell_filled_holds() -> None:
    result = MATRIX.judge(both())

    assert result.verdict is Verdict.HOLDS
    assert result.measured == "pbx1: tel1 20, tel2 20; pbx2: tel1 20, tel2 20"


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (both(other=["tel1"]), "pbx2 never reached tel2 in 40 calls"),
        (both(other=["tel1", "tel2", "tel3"]), "pbx2 reached tel3, which is no telephony server"),
    ],
)
def test_empty_cell_and_stranger_violate(record: History, reason: str) -> None:
    result = MATRIX.judge(record)

    assert result.verdict is Verdict.VIOLATED
    assert reason in result.reason


def test_pbx_whose_calls_all_fail_violates() -> None:
    refused = [line for n in range(9) for line in failing(900 + n, n, None, answered=False, target="pbx2")]
    result = MATRIX.judge(history(calls(1000, target="pbx1"), refused))

    assert result.verdict is Verdict.VIOLATED
    assert result.reason == "none of 9 calls by pbx2 was answered: sip 408"


@pytest.mark.parametrize(
    "record",
    [
        history(),
        history(calls(1000, target="pbx1")),
        history(calls(1000, target="pbx1"), calls(100, target="pbx2", servers=["tel1"], first=100)),
        both(other=["tel1", None]),
    ],
    ids=["empty", "one PBX", "few", "nameless"],
)
def test_matrix_without_evidence_is_unknown(record: History) -> None:
    assert MATRIX.judge(record).verdict is Verdict.UNKNOWN


FAULT = "power loss of tel1"
ALL = CallsAccounted(probes=("calls",))
DURING = CallsAccounted(probes=("calls",), fault=FAULT, within_s=0.5, failed=("tel1",))


def failing(
    number: int, start_ms: float, server: str | None, *, answered: bool, target: str = "pbx1"
) -> list[Line]:
    return call(
        number,
        start_ms,
        target=target,
        server=server,
        ring_ms=60 if answered else None,
        outcome="failed",
        error="media lost" if answered else "sip 408",
    )


def test_calls_that_all_complete_are_accounted_for() -> None:
    result = ALL.judge(history(calls(1000)))

    assert result.verdict is Verdict.HOLDS
    assert result.reason == "40 attempted = 40 completed + 0 failed + 0 unknown"


def test_single_failed_call_violates_where_nothing_excuses_it() -> None:
    result = ALL.judge(history(calls(1000), failing(900, 500, None, answered=False)))

    assert result.verdict is Verdict.VIOLATED
    assert result.reason == (
        "41 attempted = 40 completed + 1 failed + 0 unknown: the call of calls at t=0.500 s failed: sip 408"
    )


@pytest.mark.parametrize(
    ("bad", "verdict"),
    [
        (failing(900, 1400, None, answered=False), Verdict.HOLDS),  # begun within the norm
        (failing(900, 0, "tel1", answered=True), Verdict.HOLDS),  # in progress on the failed node
        (failing(900, 1800, None, answered=False), Verdict.VIOLATED),  # begun after the norm
        (failing(900, 0, "tel2", answered=True), Verdict.VIOLATED),  # in progress on another node
        (call(900, 1400, ring_ms=None, held_ms=None), Verdict.HOLDS),
        (call(900, 1800, ring_ms=None, held_ms=None), Verdict.UNKNOWN),
        (call(900, 1800, outcome="unknown"), Verdict.UNKNOWN),
    ],
)
def test_fault_excuses_calls_that_met_it(bad: Sequence[Line], verdict: Verdict) -> None:
    power_loss = fault("power loss", "tel1", began_ms=1200)

    assert DURING.judge(history(calls(1000), bad, power_loss)).verdict is verdict


@pytest.mark.parametrize(
    "record",
    [
        history(),
        history(calls(100)),
        history(calls(1000), call(900, 500, ring_ms=None, held_ms=None)),
        history(calls(1000), call(3, 500)[1]),
        history(calls(1000), call(900, 500)[1]),
    ],
    ids=["empty", "few", "never ended", "ended twice", "never began"],
)
def test_accounting_without_evidence_is_unknown(record: History) -> None:
    assert ALL.judge(record).verdict is Verdict.UNKNOWN


def test_fault_that_did_not_take_hold_excuses_nothing() -> None:
    record = history(calls(1000), fault("power loss", "tel1", began_ms=500, took_hold=False))

    assert DURING.judge(record).verdict is Verdict.UNKNOWN


def test_checks_of_calls_survive_being_stored() -> None:
    assert restored(DURING.stored()) == DURING
    assert restored(MATRIX.stored()) == MATRIX
