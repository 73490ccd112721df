"""One panel of a timeline: the operations of a probe."""

from collections.abc import Iterable, Mapping
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from reports import timeline_style as style
from reports.timeline_data import Record, Track
from reports.timeline_faults import name_in_panel, shade

FLOORS_MS = (0.1, 0.5)
"""Where the axis may begin."""
USUAL = 20
"""One in so many operations may be faster than the floor."""
LIFT = 1.25
"""What is faster than the floor is drawn so much above it: whole, not cut by the axis."""
MANY = 400
"""From so many operations on, dots would overlap and are drawn smaller."""


LOST: dict[str, Any] = {"s": 16, "marker": "x", "linewidths": 1.0, "color": style.FAILED, "zorder": 4}
UNKNOWN: dict[str, Any] = {
    "s": 15,
    "marker": "o",
    "linewidths": 0.9,
    "zorder": 5,
    "facecolors": "white",
    "edgecolors": style.INK,
}


def floor_of(tracks: Iterable[Track]) -> float:
    """Return where the axes of all panels begin, in milliseconds: at the higher floor if each shows there."""
    for track in tracks:
        took_ms = sorted(
            mark.latency_ms for mark in track.marks if mark.is_ok and mark.latency_ms is not None
        )
        if took_ms and took_ms[len(took_ms) // USUAL] < FLOORS_MS[1]:
            return FLOORS_MS[0]
    return FLOORS_MS[1]


def draw_panel(
    axis: Axes, track: Track, record: Record, window: tuple[float, float], looks: Mapping[str, dict[str, Any]]
) -> None:
    """Draw the operations of *track* within *window*: height = how long each took, colour = who answered.

    What never ended is drawn at its deadline.
    """
    shade(axis, record)
    seen = [mark for mark in track.marks if window[0] - 0.05 <= mark.at_s <= window[1] + 0.05]
    deadline_ms = track.deadline_ms or max((mark.latency_ms or 0 for mark in seen), default=100.0)
    floor_ms = floor_of(record.tracks)
    size = 11 if len(seen) < MANY else 6
    groups = [
        (
            [mark for mark in seen if mark.is_ok and mark.server == server],
            {"s": size, "linewidths": 0, "zorder": 3, **look},
        )
        for server, look in looks.items()
    ]
    groups.append(([mark for mark in seen if not mark.is_ok and not mark.is_unknown], LOST))
    groups.append(([mark for mark in seen if mark.is_unknown], UNKNOWN))
    for marks, look in groups:
        if marks:
            took_ms = [deadline_ms if mark.latency_ms is None else mark.latency_ms for mark in marks]
            heights = [max(height, floor_ms * LIFT) for height in took_ms]
            axis.scatter([mark.at_s for mark in marks], heights, rasterized=True, **look)
    axis.axhline(deadline_ms, color=style.FAINT, linewidth=0.8, zorder=1)
    axis.set_yscale("log")
    axis.set_ylim(floor_ms, deadline_ms * 3.2)
    axis.set_xlim(*window)
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.yaxis.set_minor_formatter(FuncFormatter(lambda *_: ""))
    axis.set_ylabel("took (ms)")
    label = f"{track.probe}: {track.target}" if track.target else track.probe
    if track.interval_ms:
        label += f", one every {track.interval_ms:.3g} ms, deadline {deadline_ms:g} ms"
    axis.set_title(label, loc="left", fontsize=8.5, color=style.QUIET, pad=3)
    name_in_panel(axis, record, window)
