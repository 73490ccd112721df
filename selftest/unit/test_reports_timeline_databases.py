"""Timelines of databases: several faults, sessions that go elsewhere, writes whose fate nobody knows."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.text import Annotation

from reports import timeline_style as style
from reports.timeline import draw, window_of
from reports.timeline_brackets import LEVELS, draw_outages
from reports.timeline_data import Record, read
from reports.timeline_faults import draw_faults, name_in_panel, rows_of
from reports.timeline_legend import draw_legend
from reports.timeline_outages import PlacedOutage, placed
from reports.timeline_panel import draw_panel, floor_of
from selftest.samples.database_histories import REPORTS, DatabaseScene, Strike
from selftest.samples.histories import Scene, at

CUT, FIRST, SECOND = "replication link cut of dbm2", "power loss of dbm1", "power loss of dbm2"
ONE = (Strike("power loss", "dbm1", 0.0, 2.0),)


def said(fault: str, lower_s: float, upper_s: float | None, probe: str = "writes") -> dict[str, Any]:
    return {"probe": probe, "fault": fault, "lower_s": lower_s, "upper_s": upper_s, "norm_s": 0.7}


OUTAGES = [said(CUT, 0.0, 0.008), said(FIRST, 0.396, 0.408), said(SECOND, 2.89, 2.91)]


@pytest.fixture(scope="module")
def three() -> Record:
    return read(DatabaseScene().history())


def of_writes(record: Record, *outages: dict[str, Any]) -> list[PlacedOutage]:
    return placed(record, next(track for track in record.tracks if track.probe == "writes"), outages)


def sheet() -> tuple[Figure, Axes]:
    figure = Figure(figsize=(style.WIDTH_IN, 1.4))
    FigureCanvasAgg(figure)
    return figure, figure.add_axes((0.105, 0.1, 0.88, 0.8))


def boxes(figure: Figure, axis: Axes) -> Iterator[tuple[str, Any]]:
    """Yield what is written on *axis*, and where."""
    figure.canvas.draw()
    for text in axis.texts:
        yield text.get_text(), text.get_window_extent()


def test_each_probe_and_every_server_that_answered_is_read(three: Record) -> None:
    assert {track.probe for track in three.tracks} == {"writes", "reads", "real-time", "reports"}
    assert {mark.server for mark in next(t for t in three.tracks if t.probe == "writes").marks} == {
        *("dbm1", "dbm2", ""),
    }


def test_unknown_is_neither_served_nor_failed(three: Record) -> None:
    marks = [mark for track in three.tracks for mark in track.marks if mark.is_unknown]
    assert marks
    assert not any(mark.is_ok for mark in marks)
    assert {track.probe for track in three.tracks if any(mark.is_unknown for mark in track.marks)} == {
        "writes"
    }


def test_unknown_is_drawn_hollow_and_failed_as_a_cross(three: Record) -> None:
    track = next(track for track in three.tracks if track.probe == "writes")
    looks = style.looks_of({mark.server for mark in track.marks})
    _, axis = sheet()
    draw_panel(axis, track, three, (-1, 8), looks)
    hollow = [dots for dots in axis.collections if np.all(np.asarray(dots.get_facecolor()) == 1.0)]
    crosses = [dots for dots in axis.collections if np.allclose(dots.get_edgecolor(), to_rgba(style.FAILED))]
    count = {name: sum(mark.outcome == name for mark in track.marks) for name in ("failed", "unknown")}
    assert [len(np.asarray(dots.get_offsets())) for dots in hollow] == [count["unknown"]]
    assert [len(np.asarray(dots.get_offsets())) for dots in crosses] == [count["failed"]]


def test_server_has_one_colour_in_all_panels(three: Record) -> None:
    looks = style.looks_of({mark.server for track in three.tracks for mark in track.marks})
    named = [look for server, look in looks.items() if server]
    assert len({(look["color"], look["marker"]) for look in named}) == len(named) == 4
    assert style.FAULT not in {look["color"] for look in named}, "the colour of the bands"


def test_legend_names_servers_and_both_ways_not_to_be_served(three: Record) -> None:
    def legend(record: Record) -> list[str]:
        figure = Figure(figsize=(style.WIDTH_IN, 2))
        FigureCanvasAgg(figure)
        looks = style.looks_of({mark.server for track in record.tracks for mark in track.marks})
        draw_legend(figure, record, looks, 0.9)
        figure.canvas.draw()
        (drawn,) = figure.legends
        assert drawn.get_window_extent().x1 <= figure.bbox.x1
        return [text.get_text() for text in drawn.get_texts()]

    assert legend(three) == ["answered by", "dbm1", "dbm2", "dbs1", "dbs2", "not served", "fate unknown"]
    calm = read(DatabaseScene(strikes=(), clients=(REPORTS,), until_s=0.5).history())
    assert legend(calm) == ["answered by dbs2"]
    assert legend(read(Scene(owner_moves=False).history())) == ["answered by", "web1", "web2", "not served"]


def test_several_faults_are_named_in_a_strip_and_a_single_one_in_the_panels(three: Record) -> None:
    assert [str(fault) for fault in rows_of(three)] == [CUT, FIRST, SECOND]
    single = read(DatabaseScene(strikes=ONE, until_s=3).history())
    assert not rows_of(single)
    for record, names in ((three, []), (single, [FIRST, "healed"])):
        _, axis = sheet()
        name_in_panel(axis, record, (-1, 8))
        assert [text.get_text() for text in axis.texts] == names


@pytest.mark.parametrize("to_s", [8.0, 3.5, 30.0])
def test_names_of_faults_stand_apart_and_inside(three: Record, to_s: float) -> None:
    figure, axis = sheet()
    draw_faults(axis, three, (-1.0, to_s))
    written = list(boxes(figure, axis))
    assert [name for name, _ in written] == [CUT, FIRST, SECOND]
    for (_, one), (_, other) in itertools.combinations(written, 2):
        assert not one.overlaps(other)
    for _, box in written:
        assert figure.bbox.x0 <= box.x0
        assert box.x1 <= figure.bbox.x1


def test_outages_lie_in_the_time_of_their_own_fault(three: Record) -> None:
    cut, first, second = of_writes(three, *OUTAGES)
    assert cut.start_s is None
    assert (first.first_bad_s, second.first_bad_s) == pytest.approx((1.6, 3.3), abs=0.01)
    assert [one.norm_at_s for one in (cut, first, second)] == pytest.approx([0.7, 2.3, 4.0])


def test_outages_of_equal_length_keep_their_faults() -> None:
    strikes = (Strike("freeze", "dbm1", 0.0, 0.8), Strike("freeze", "dbm2", 2.0, 2.8))
    record = read(DatabaseScene(strikes=strikes, until_s=4).history())
    second, first = of_writes(record, said("freeze of dbm2", 0.39, 0.41), said("freeze of dbm1", 0.39, 0.41))
    assert (first.first_bad_s, second.first_bad_s) == pytest.approx((0.0, 2.0), abs=0.01)


def test_outage_of_faults_that_began_together_is_told_once() -> None:
    strikes = (Strike("power loss", "dbs1", 0.0, 2.0), Strike("power loss", "dbs2", 0.01, 2.0))
    record = read(DatabaseScene(strikes=strikes, until_s=3).history())
    track = next(track for track in record.tracks if track.probe == "reports")
    both = [said(f"power loss of dbs{n}", 0.38, 0.41, "reports") for n in (1, 2)]
    (outage,) = placed(record, track, both)
    assert outage.start_s is not None
    assert outage.first_bad_s == pytest.approx(0.01, abs=0.01)


def test_all_faults_are_shown_and_not_what_was_looked_up_later(three: Record) -> None:
    from_s, to_s = window_of(three, of_writes(three, *OUTAGES))
    assert from_s <= -0.9
    assert 5.6 < to_s < 9
    assert three.last_s == pytest.approx(11)
    assert window_of(three, [])[1] < 9


def test_notes_of_outages_stand_apart(three: Record) -> None:
    figure, axis = sheet()
    axis.set_xlim(-1, 8)
    draw_outages(axis, of_writes(three, *OUTAGES), faults=3)
    written = list(boxes(figure, axis))
    assert "served (outage at most 0.008 s)" in [told for told, _ in written]
    for (one, here), (other, there) in itertools.combinations(written, 2):
        assert not here.overlaps(there), (one, other)


def test_brackets_share_a_level_where_their_notes_do_not_meet() -> None:
    _, axis = sheet()
    axis.set_xlim(-1, 8)
    early = PlacedOutage(0.0, 0.01, 0.3, 0.4, None, 0.0)
    draw_outages(axis, [early, PlacedOutage(5.0, 5.01, 0.3, 0.4, None, 5.0)], faults=2)
    draw_outages(axis, [early, PlacedOutage(0.5, 0.51, 0.3, 0.4, None, 0.5)], faults=2)
    levels = [text.xy[1] for text in axis.texts if isinstance(text, Annotation)]
    assert levels == [LEVELS[0], LEVELS[0], LEVELS[0], LEVELS[1]]


def test_fast_answers_are_not_cut_by_the_axis(three: Record) -> None:
    assert floor_of(three.tracks) == 0.1
    assert floor_of(read(Scene().history()).tracks) == 0.5
    assert floor_of([]) == 0.5
    slow = read(Scene().history()).tracks
    assert floor_of([*slow, three.tracks[0]]) == 0.1, "one fast probe is enough"


def test_what_several_saw_of_a_stall_is_told_once() -> None:
    seen = [{"t": "stall", "at_ns": at(t_s), "core": core, "late_ms": 20.0} for core, t_s in
            ((0, 0.10), (1, 0.11), (0, 0.30))]  # fmt: skip
    record = read([*DatabaseScene(strikes=ONE, until_s=0.5).history(), *seen])
    assert [(round(a, 3), round(b, 3)) for a, b in record.stalls] == [(0.08, 0.11), (0.28, 0.3)]


@pytest.mark.parametrize("outages", [OUTAGES, []], ids=["judged", "only recorded"])
def test_three_faults_are_drawn(tmp_path: Path, outages: list[dict[str, Any]]) -> None:
    output = tmp_path / "outage.svg"
    draw(DatabaseScene().history(), outages=outages, title="Three faults", output=output)
    assert output.read_bytes().startswith(b"<?xml")
