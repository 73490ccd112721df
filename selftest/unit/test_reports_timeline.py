"""The timeline: what it reads from a history, which part it shows, and that every record can be drawn."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from reports.timeline import draw, window_of
from reports.timeline_calls import steps
from reports.timeline_data import Record, read
from reports.timeline_outages import PlacedOutage, placed
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


def placed_in(record: Record, *outages: dict[str, Any]) -> list[PlacedOutage]:
    http = next(track for track in record.tracks if track.probe == "http")
    return placed(record, http, [{**OUTAGE, **outage} for outage in outages])


def test_outage_lies_where_operations_failed() -> None:
    (outage,) = placed_in(read(Scene(outage_s=0.37).history()), {})
    assert (outage.start_s, outage.first_bad_s) == pytest.approx((-0.01, 0.0), abs=1e-6)
    assert outage.norm_at_s == pytest.approx(0.461)
    assert outage.bounds == "0.360 to 0.381 s"


def test_outage_that_shows_in_no_operation_is_not_placed() -> None:
    (outage,) = placed_in(read(Scene(outage_s=-1).history()), {"lower_s": 0.0, "upper_s": 0.012})
    assert outage.start_s is None


def test_of_two_outages_each_gets_its_own_place_and_its_own_norm() -> None:
    lines = Scene(outage_s=0.37, healed_s=2.0).history()
    late = {line["op"] for line in lines if line["t"] == "invoke" and at(2.1) < line["intended_ns"] < at(2.3)}
    history = [
        {**line, "t": "failed"} if line["t"] == "ok" and line["op"] in late else line for line in lines
    ]
    back = {"lower_s": 0.19, "upper_s": 0.21, "norm_s": 0.1}
    first, second = placed_in(read(history), {}, back)
    assert first.first_bad_s == pytest.approx(0.0, abs=1e-6)
    assert second.first_bad_s == pytest.approx(2.11, abs=0.011)
    assert second.norm_at_s == pytest.approx(2.1), "counted from the healing"


def test_outage_that_several_requirements_judged_is_placed_once() -> None:
    outages = placed_in(read(Scene().history()), {}, {}, {"norm_s": 0.9})
    assert len(outages) == 2
    assert {outage.first_bad_s for outage in outages} == {outages[0].first_bad_s}


def test_outage_without_an_end_has_no_upper_bound() -> None:
    (outage,) = placed_in(read(Scene(outage_s=9, until_s=3).history()), {"lower_s": 2.9, "upper_s": None})
    assert outage.bounds == "at least 2.900 s"


def test_scattered_failures_are_spanned() -> None:
    lines = Scene(outage_s=0.37).history()
    saved = {line["op"] for line in lines if line["t"] == "failed" and line["op"] % 2}
    history = [
        {**line, "t": "ok"} if line.get("op") in saved and line["t"] == "failed" else line for line in lines
    ]
    (outage,) = placed_in(read(history), {"upper_s": 0.38})
    assert outage.first_bad_s == pytest.approx(0.0, abs=1e-6)


def test_fault_of_several_nodes_names_them() -> None:
    lines = Scene().history()
    both = [{**line, "node": ["lb1", "lb2"]} if line["t"] in {"fault", "healed"} else line for line in lines]
    (fault,) = read(both).faults
    assert (str(fault), fault.healed) == ("power loss of lb1, lb2", True)


def test_window_holds_fault_outage_and_norm_and_not_the_whole_hour() -> None:
    record = read(Scene(until_s=30.0, interval_s=0.1).history())
    from_s, to_s = window_of(record, placed_in(record, {}))
    assert from_s < 0
    assert 0.461 < to_s < 2


def test_without_an_outage_the_whole_record_is_shown() -> None:
    record = read(Scene(outage_s=-1).history())
    assert window_of(record, []) == record.busy_s == pytest.approx((-1.0, 4.0), abs=0.05)


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
    endless = {**OUTAGE, "upper_s": None, "norm_s": None}
    assert drawn(tmp_path, scene.history(), [endless]).startswith(b"<?xml")


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


def call(number: int, start_s: float, server: str, outcome: str = "ok", **fields: Any) -> list[Line]:
    """Return the lines of a call that was answered after 0.1 s and is over after 2.1 s."""
    name = {"probe": "calls", "op": number, "call": f"call {number}"}
    begun = {"t": "invoke", "at_ns": at(start_s), "intended_ns": at(start_s), **name}
    stamps = {"answered_ns": at(start_s + 0.1), "ended_ns": at(start_s + 2.1)}
    return [begun, {"t": outcome, "at_ns": at(start_s + 2.2), "server": server, **name, **stamps, **fields}]


def lost_call(number: int, start_s: float, server: str, silent_s: float) -> list[Line]:
    media = {"t": "media", "at_ns": at(silent_s + 0.1), "since_ns": at(silent_s), "state": "silent"}
    lines = call(number, start_s, server, "failed", error="media lost")
    return [*lines, {**media, "probe": "calls", "call": f"call {number}"}]


CALLS: list[Line] = [
    {"t": "fault", "at_ns": at(1.0), "began_ns": at(1.0), "name": "power loss", "node": "tel1"},
    *call(0, 0.0, "tel2"),
    *lost_call(1, 0.5, "tel1", 1.0),
    *lost_call(2, 0.6, "tel1", 1.0),
]


def test_a_call_is_drawn_by_its_set_up_whatever_became_of_it() -> None:
    (track,) = read(CALLS).tracks
    assert [mark.latency_ms for mark in track.marks] == pytest.approx([100, 100, 100])
    assert all(mark.is_ok for mark in track.marks)


def test_calls_in_progress_are_counted_by_server_until_they_are_over_or_lost() -> None:
    calls = read(CALLS).calls
    assert [(call.server, call.is_lost) for call in calls] == [
        ("tel2", False),
        ("tel1", True),
        ("tel1", True),
    ]
    mine = [call for call in calls if call.server == "tel1"]
    assert [(round(at_s, 3), count) for at_s, count in steps(mine)] == [
        (-0.4, 1),
        (-0.3, 2),
        (0.0, 1),
        (0.0, 0),
    ]


def test_calls_are_drawn(tmp_path: Path) -> None:
    late = {"probe": "calls", "fault": "power loss of tel1", "lower_s": 0.3, "upper_s": 0.9, "norm_s": 1.5}
    assert drawn(tmp_path, CALLS, [late]).startswith(b"<?xml")
