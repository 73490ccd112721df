"""The timeline: what it reads from a history, which part it shows, and that every record can be drawn."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from reports.timeline import draw, window_of
from reports.timeline_data import gap_of, read
from selftest.samples.histories import Line, Scene, at

OUTAGE: dict[str, Any] = {
    "probe": "http",
    "fault": "power loss",
    "lower_s": 0.36,
    "upper_s": 0.381,
    "norm_s": 0.461,
}


def drawn(tmp_path: Path, history: list[Line], outages: list[dict[str, Any]], suffix: str = ".svg") -> bytes:
    output = tmp_path / f"outage{suffix}"
    draw(history, outages=outages, title="Power loss of lb1: WEB-9 HOLDS", output=output)
    return output.read_bytes()


def test_time_is_counted_from_the_start_of_the_fault() -> None:
    record = read(Scene(healed_s=2.5).history())
    (fault,) = record.faults
    assert (fault.name, fault.node, fault.began_s) == ("power loss", "lb1", 0.0)
    assert fault.ended_s == pytest.approx(2.5)
    assert fault.healed
    assert record.tracks[0].marks[0].at_s == pytest.approx(-1.0)


def test_fault_that_was_never_healed_lasts_to_the_end_of_the_record() -> None:
    record = read([line for line in Scene().history() if line["t"] != "healed"])
    assert not record.faults[0].healed
    assert record.faults[0].ended_s == record.last_s


def test_takeover_is_three_facts() -> None:
    record = read(Scene(outage_s=0.37).history())
    assert [(held.node, round(held.from_s, 3)) for held in record.held] == [("lb1", -1.0), ("lb2", 0.358)]
    assert record.announcements_s[0] == pytest.approx(0.359)
    assert record.neighbour_changes_s == pytest.approx((0.360,))


def test_operation_without_an_end_is_not_served() -> None:
    lines = Scene().history()
    last = max(line["op"] for line in lines if line["t"] == "invoke")
    record = read([line for line in lines if not (line["t"] == "ok" and line["op"] == last)])
    mark = record.tracks[0].marks[-1]
    assert (mark.outcome, mark.latency_ms, mark.is_ok) == ("unknown", None, False)


def test_gap_is_the_one_that_was_measured() -> None:
    http = read(Scene(outage_s=0.37).history()).tracks[0]
    assert gap_of(http, 0.381) == pytest.approx((-0.01, 0.0), abs=1e-6)
    assert gap_of(read(Scene(outage_s=-1).history()).tracks[0], 0.0) is None


def test_gap_of_scattered_failures_spans_them_all() -> None:
    lines = Scene(outage_s=0.37).history()
    saved = {line["op"] for line in lines if line["t"] == "failed" and line["op"] % 2}
    history = [
        {**line, "t": "ok"} if line.get("op") in saved and line["t"] == "failed" else line for line in lines
    ]
    track = read(history).tracks[0]
    assert gap_of(track, 0.38) == pytest.approx((-0.01, 0.0), abs=1e-6)
    assert gap_of(track, 0.02) is not None


def test_window_holds_fault_outage_and_norm_and_not_the_whole_hour() -> None:
    record = read(Scene(until_s=30.0, interval_s=0.1).history())
    from_s, to_s = window_of(record, [OUTAGE])
    assert from_s < 0
    assert 0.461 < to_s < 2


def test_without_an_outage_the_whole_record_is_shown() -> None:
    record = read(Scene(outage_s=-1).history())
    assert window_of(record, []) == (record.first_s, record.last_s)


@pytest.mark.parametrize(
    "scene",
    [
        Scene(until_s=1.0, healed_s=0.6),
        Scene(outage_s=-1, owner_moves=False, until_s=1.0),
        Scene(outage_s=5, until_s=1.0, stall_at_s=0.3),
        Scene(probes=tuple(f"user{n}" for n in range(8)), until_s=0.5, interval_s=0.1),
    ],
    ids=["outage", "none", "to the end, with a stall", "more probes than panels"],
)
def test_every_shape_of_record_is_drawn(tmp_path: Path, scene: Scene) -> None:
    assert drawn(tmp_path, scene.history(), [OUTAGE]).startswith(b"<?xml")


@pytest.mark.parametrize(
    "history", [[], [{"t": "observed", "at_ns": at(0), "what": "x", "node": "lb1", "value": 1}]]
)
def test_record_without_operations_is_drawn(tmp_path: Path, history: list[Line]) -> None:
    assert drawn(tmp_path, history, []).startswith(b"<?xml")


def test_same_record_gives_the_same_picture(tmp_path: Path) -> None:
    history = Scene(until_s=1.0).history()
    assert drawn(tmp_path, history, [OUTAGE]) == drawn(tmp_path, json.loads(json.dumps(history)), [OUTAGE])


def test_png_too_and_fast_enough(tmp_path: Path) -> None:
    history = Scene(until_s=6.0).history()
    began = time.process_time()
    assert drawn(tmp_path, history, [OUTAGE], ".png").startswith(b"\x89PNG")
    assert time.process_time() - began < 2.0, "seconds of this process, for a picture that takes 0.3"
