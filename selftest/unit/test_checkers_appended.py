"""Records that are appended: good histories, bad ones, and none."""

from typing import Any

import pytest

from conformance.checkers.appended import RecordsAppended
from conformance.history import History, Line
from conformance.verdict import Verdict
from selftest.unit.crafted import history, operation

APPENDED = RecordsAppended(
    writers={"web1": "w1", "tel1": "w2"}, readers={"web1": "r1", "tel1": "r2"}, least=2
)
Told = list[list[Line]]


def appended(probe: str, sequence: int, *, outcome: str = "ok", error: str | None = None) -> list[Line]:
    """Return the lines of a record; files are named after the probe, and records 2 and later have another."""
    file = f"{probe}-of-{1 + sequence // 2}"
    invoke, *end = operation(sequence, sequence * 20, 2, outcome, probe=probe, error=error, file=file)
    return [{**invoke, "sequence": sequence}, *end]


def read(probe: str, number: int, file: str, *sequences: int, torn: int = 0, foreign: int = 0) -> list[Line]:
    found: dict[str, Any] = {"sequences": list(sequences), "torn": torn, "foreign": foreign}
    invoke, *end = operation(number, 900 + number * 20, 2, "ok", probe=probe, **found)
    return [{**invoke, "file": file}, *end]


def told(**instead: Told) -> History:
    """Return a history of three records each, all of them read; probes that are named did something else."""
    did: dict[str, Told] = {
        **{writer: [appended(writer, sequence) for sequence in range(3)] for writer in ("w1", "w2")},
        "r1": [read("r1", 0, "w2-of-1", 0, 1), read("r1", 1, "w2-of-2", 2)],
        "r2": [read("r2", 0, "w1-of-1", 0, 1), read("r2", 1, "w1-of-2", 2)],
        **instead,
    }
    return history(*(line for lines in did.values() for line in lines))


def test_records_that_are_all_there() -> None:
    result = APPENDED.judge(told())

    assert result.verdict is Verdict.HOLDS
    assert result.reason == "6 records of 2 nodes, their files read 4 times elsewhere"


def reading(first: list[Line]) -> Told:
    return [first, read("r1", 1, "w2-of-2", 2)]


@pytest.mark.parametrize(
    ("first", "said"),
    [
        (read("r1", 0, "w2-of-1", 1), "web1 read w2-of-1 of tel1: 1 record lost"),
        (read("r1", 0, "w2-of-1", 0, 1, 7), "1 record that nobody has acknowledged"),
        (read("r1", 0, "w2-of-1", 0, 1, 1), "1 record more than once"),
        (read("r1", 0, "w2-of-1", 0, 1, torn=1), "1 record torn"),
        (read("r1", 0, "w2-of-1", 0, 1, foreign=2), "2 records of somebody else"),
    ],
)
def test_files_that_hold_something_else(first: list[Line], said: str) -> None:
    result = APPENDED.judge(told(r1=reading(first)))

    assert result.verdict is Verdict.VIOLATED
    assert said in result.reason


def test_a_refused_record_violates_and_must_not_be_there() -> None:
    writes = [appended("w2", 0), appended("w2", 1, outcome="failed", error="refused"), appended("w2", 2)]
    result = APPENDED.judge(told(w2=writes))

    assert result.verdict is Verdict.VIOLATED
    assert "tel1 could not append: 1 x refused" in result.reason
    assert "1 record that nobody has acknowledged" in result.reason


@pytest.mark.parametrize(
    "first",
    [read("r1", 0, "w2-of-1", 0, 1), read("r1", 0, "w2-of-1", 0), read("r1", 0, "w2-of-1", 0, torn=1)],
)
def test_a_record_of_unknown_fate_may_be_there_or_not(first: list[Line]) -> None:
    writes = [
        appended("w2", 0),
        appended("w2", 1, outcome="unknown", error="answer timeout"),
        appended("w2", 2),
    ]
    result = APPENDED.judge(told(w2=writes, r1=reading(first)))

    assert result.verdict is Verdict.UNKNOWN
    assert result.reason == "nobody knows what became of 1 record that tel1 wrote"


def test_files_that_nobody_has_read_show_nothing() -> None:
    result = APPENDED.judge(told(r1=[read("r1", 0, "w2-of-1", 0, 1)]))

    assert (result.verdict, result.reason) == (Verdict.UNKNOWN, "web1 has not read w2-of-2 of tel1")


def test_too_few_records_show_nothing() -> None:
    result = APPENDED.judge(told(w2=[appended("w2", 0)], r1=[read("r1", 0, "w2-of-1", 0)]))

    assert (result.verdict, result.reason) == (
        Verdict.UNKNOWN,
        "tel1 appended 1 record, which shows nothing",
    )


def test_nobody_appended() -> None:
    assert APPENDED.judge(History(())).verdict is Verdict.UNKNOWN
    alone = RecordsAppended(writers={"web1": "w1"}, readers={"web1": "r1"}, least=2)
    assert "not two nodes" in alone.judge(told()).reason
