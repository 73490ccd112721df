"""The history: pairing of lines, order, torn files."""

import json
from pathlib import Path

from conformance.history import History, Outcome
from conformance.probes.recorder import Recorder
from selftest.unit.crafted import at, history, operation


def test_operation_has_both_of_its_lines() -> None:
    (found,) = history(operation(3, 10, 2.5, session="s", status=200)).operations("http")

    assert (found.number, found.outcome, found.server) == (3, Outcome.OK, "web1")
    assert (found.invoked_ns, found.completed_ns) == (at(10), at(12.5))
    assert found.detail["session"] == "s"
    assert found.detail["status"] == 200


def test_operation_without_end_is_unknown() -> None:
    (found,) = history(operation(0, 10, None)).operations("http")

    assert found.outcome is Outcome.UNKNOWN
    assert found.completed_ns is None
    assert found.error == "never ended"


def test_lines_are_ordered_by_stamp_and_operations_by_start() -> None:
    record = history(operation(1, 20, 1), operation(0, 10, 100))

    assert [line["at_ns"] for line in record.lines] == [at(10), at(20), at(21), at(110)]
    assert [one.number for one in record.operations("http")] == [0, 1]


def test_operations_of_other_probes_are_left_out() -> None:
    record = history(operation(0, 10, 1), operation(0, 10, 1, probe="other", server="web2"))

    assert [one.server for one in record.operations("other")] == ["web2"]


def test_lateness_is_actual_less_intended_start() -> None:
    invoked, ended = operation(0, 10, 1)
    (found,) = history([{**invoked, "intended_ns": at(4)}, ended]).operations("http")

    assert found.lateness_ns == 6_000_000


def test_torn_last_line_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    path.write_text(json.dumps({"t": "probe", "at_ns": 1, "probe": "p"}) + '\n{"t": "inv', encoding="utf-8")

    assert list(History.read(path).probes()) == ["p"]


def test_recorder_appends_whole_lines_that_can_be_read_at_once(tmp_path: Path) -> None:
    with Recorder(tmp_path / "case" / "history.jsonl") as recorder:
        recorder.record({"t": "probe", "at_ns": 1, "probe": "p"})
        recorder.record_text('{"t":"stall","at_ns":2,"core":0,"late_ms":7}\n')

        assert len(recorder.history().lines) == 2
