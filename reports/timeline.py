"""The outage timeline: one picture that shows what clients saw of a fault, and when.

From top to bottom: the whole record as a strip; the faults, where there are several; one panel per probe with
every operation around the fault (height = how long it took, colour and shape = who answered, red crosses =
not served, hollow dots = nobody knows), the outage as a bracket from its lower to its upper bound and the
norm counted from the fault; how many calls were in progress at whom; who held the virtual IP.
"""

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from reports import timeline_style as style
from reports.timeline_brackets import draw_outages
from reports.timeline_calls import PANEL_IN as CALLS_IN
from reports.timeline_calls import draw_calls
from reports.timeline_data import Record, Track, read
from reports.timeline_faults import ROW_IN, draw_faults, rows_of, shade
from reports.timeline_legend import draw_legend
from reports.timeline_outages import PlacedOutage, placed, starts_of
from reports.timeline_panel import draw_panel
from reports.timeline_strips import draw_overview, draw_ownership, lanes_of

MAX_PANELS = 5
BEFORE = 0.25
"""So much is shown before the fault, as a share of what is shown after it began."""
MOST = 1.4
"""A record that is at most so many times as long as what is worth showing is shown as a whole."""
PANEL_IN = {1: 2.2, 2: 1.75, 3: 1.4, 4: 1.25, 5: 1.15}


def draw(
    history: Iterable[Mapping[str, Any]],
    *,
    outages: Sequence[Mapping[str, Any]],
    title: str,
    output: Path,
) -> None:
    """Draw the timeline of a case into *output*; its suffix (.svg or .png) chooses the format.

    *outages* are those of the verdict (`probe`, `fault`, `lower_s`, `upper_s`, `norm_s`), *title* is a
    sentence that names the fault and the verdict.
    """
    record = read(history)
    tracks = _worth_showing(record.tracks, outages)
    with mpl.rc_context(style.FONT):
        figure = _figure(record, tracks, outages, title)
        figure.savefig(
            output,
            dpi=style.RASTER_DPI if output.suffix == ".svg" else style.PNG_DPI,
            metadata={"Date": None} if output.suffix == ".svg" else None,
        )


def window_of(record: Record, outages: Sequence[PlacedOutage]) -> tuple[float, float]:
    """Return from when until when (seconds) the panels show: the first fault, its outages and their norms.

    Of faults one after the other all are shown, and where nothing is to be shown of them all operations are.
    """
    placed_s = [
        outage.first_bad_s + (outage.upper_s or outage.lower_s)
        for outage in outages
        if outage.start_s is not None
    ]
    if not record.faults or not placed_s:
        return record.busy_s
    first, *further = starts_of(record)
    ends_s = [first + 0.4, *placed_s]
    ends_s += [held.from_s for held in record.held if 0 < held.from_s < record.faults[0].ended_s]
    ends_s += [outage.norm_at_s for outage in outages if outage.norm_at_s is not None]
    if further:
        ends_s += [fault.ended_s for fault in record.faults]
    to_s = min(record.busy_s[1], max(ends_s) * (1.1 if further else 1.35))
    window = max(record.first_s, -BEFORE * to_s), to_s
    return window if _is_part(window, record) else record.busy_s


def _is_part(window: tuple[float, float], record: Record) -> bool:
    """Tell whether a window leaves out so much that the whole record is worth a strip."""
    return record.busy_s[1] - record.busy_s[0] > MOST * (window[1] - window[0])


def _worth_showing(tracks: Sequence[Track], outages: Sequence[Mapping[str, Any]]) -> list[Track]:
    """Return the tracks that get a panel: those with an outage first, then the busiest."""
    hit = {outage["probe"] for outage in outages}
    ranked = sorted(tracks, key=lambda track: (track.probe not in hit, -len(track.marks)))
    return sorted(ranked[:MAX_PANELS], key=lambda track: track.probe)


def _figure(
    record: Record, tracks: Sequence[Track], outages: Sequence[Mapping[str, Any]], title: str
) -> Figure:
    mine = {track.probe: placed(record, track, outages) for track in tracks}
    window = window_of(record, [outage for of_probe in mine.values() for outage in of_probe])
    is_part = _is_part(window, record)
    lanes = lanes_of(record)
    struck = rows_of(record)
    heights = [0.22] * is_part + [ROW_IN * len(struck)] * bool(struck)
    heights += [PANEL_IN[max(1, len(tracks))]] * max(1, len(tracks))
    heights += [CALLS_IN] * bool(record.calls)
    heights += [0.2 * len(lanes) + 0.25] * bool(lanes)
    heads = textwrap.wrap(title, 92)
    top_in, bottom_in, gap_in = 0.46 + 0.2 * len(heads), 0.5, 0.34
    height_in = top_in + bottom_in + sum(heights) + gap_in * (len(heights) - 1)
    figure = Figure(figsize=(style.WIDTH_IN, height_in), facecolor="white")
    figure.text(
        0.012,
        1 - 0.1 / height_in,
        "\n".join(heads),
        va="top",
        fontsize=11,
        fontweight="bold",
        color=style.INK,
    )
    grid = figure.add_gridspec(
        len(heights),
        1,
        height_ratios=heights,
        left=0.105,
        right=0.985,
        top=1 - top_in / height_in,
        bottom=bottom_in / height_in,
        hspace=gap_in * len(heights) / max(sum(heights), 0.1),
    )
    axes = [figure.add_subplot(grid[row]) for row in range(len(heights))]
    looks = style.looks_of(
        {mark.server for track in tracks for mark in track.marks} | {call.server for call in record.calls}
    )
    draw_legend(figure, record, looks, 1 - (0.2 + 0.2 * len(heads)) / height_in)
    if is_part:
        draw_overview(axes.pop(0), record, tracks, window)
    if struck:
        draw_faults(axes.pop(0), record, window)
    for axis, track in zip(axes, tracks, strict=False):
        draw_panel(axis, track, record, window, looks)
        draw_outages(axis, mine[track.probe], faults=len(starts_of(record)))
    if record.calls:
        below = axes[-2] if lanes else axes[-1]
        shade(below, record)
        draw_calls(below, record.calls, window, looks)
    if lanes:
        draw_ownership(axes[-1], record, lanes, window)
    if not tracks:
        axes[0].text(0.5, 0.8, "no operation was recorded", transform=axes[0].transAxes, ha="center")
    for axis in axes[:-1]:
        axis.tick_params(labelbottom=False)
    since = {0: "the record", 1: "the fault"}.get(len(starts_of(record)), "the first fault")
    axes[-1].set_xlabel(f"seconds since {since} began")
    return figure
