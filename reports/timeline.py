"""The outage timeline: one picture that shows what clients saw of a fault, and when.

From top to bottom: the whole record as a strip; one panel per probe with every operation around the fault
(height = how long it took, colour and shape = who answered, red crosses = not served), the outage as a
bracket from its lower to its upper bound and the norm counted from the fault; who held the virtual IP.
"""

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from reports import timeline_style as style
from reports.timeline_data import Record, Track, read
from reports.timeline_outages import PlacedOutage, placed
from reports.timeline_panel import draw_outages, draw_panel
from reports.timeline_strips import draw_overview, draw_ownership, lanes_of

MAX_PANELS = 5
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
    """Return from when until when (seconds) the panels show: the first fault, its outages and their norms."""
    placed_s = [
        outage.first_bad_s + (outage.upper_s or outage.lower_s)
        for outage in outages
        if outage.start_s is not None
    ]
    if not record.faults or not placed_s:
        return record.first_s, record.last_s
    fault = record.faults[0]
    ends_s = [0.4, *placed_s, *(held.from_s for held in record.held if 0 < held.from_s < fault.ended_s)]
    ends_s += [outage.norm_at_s for outage in outages if outage.norm_at_s is not None]
    to_s = min(record.last_s, max(ends_s) * 1.35)
    return max(record.first_s, -0.25 * to_s), to_s


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
    is_part = record.last_s - record.first_s > 1.4 * (window[1] - window[0])
    lanes = lanes_of(record)
    heights = [0.22] * is_part + [PANEL_IN[max(1, len(tracks))]] * len(tracks)
    heights += [0.2 * len(lanes) + 0.25] * bool(lanes)
    heights = heights or [PANEL_IN[1]]
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
    looks = style.looks_of({mark.server for track in tracks for mark in track.marks})
    _legend(figure, record, looks, 1 - (0.2 + 0.2 * len(heads)) / height_in)
    if is_part:
        draw_overview(axes.pop(0), record, tracks, window)
    for axis, track in zip(axes, tracks, strict=False):
        draw_panel(axis, track, record, window, looks)
        draw_outages(axis, mine[track.probe])
    if lanes:
        draw_ownership(axes[-1], record, lanes, window)
    if not tracks:
        axes[0].text(0.5, 0.8, "no operation was recorded", transform=axes[0].transAxes, ha="center")
    for axis in axes[:-1]:
        axis.tick_params(labelbottom=False)
    axes[-1].set_xlabel(
        "seconds since the fault began" if record.faults else "seconds since the record began"
    )
    return figure


def _legend(figure: Figure, record: Record, looks: Mapping[str, dict[str, Any]], y: float) -> None:
    handles: list[Any] = [
        Line2D(
            [],
            [],
            linestyle="",
            markersize=5,
            label=f"answered by {server}" if server else "answered",
            **look,
        )
        for server, look in looks.items()
        if server or len(looks) == 1
    ]
    if any(not mark.is_ok for track in record.tracks for mark in track.marks):
        handles.append(Line2D([], [], linestyle="", marker="x", color=style.FAILED, label="not served"))
    if record.announcements_s:
        handles.append(
            Line2D([], [], linestyle="", marker=7, color=style.INK, markersize=6, label="gratuitous ARP")
        )
    if record.neighbour_changes_s:
        handles.append(
            Line2D(
                [],
                [],
                linestyle="",
                marker=6,
                color=style.INK,
                markersize=6,
                label="client's neighbour entry",
            )
        )
    if record.stalls:
        handles.append(Patch(color=style.STALL, alpha=0.5, linewidth=0, label="measuring host stalled"))
    figure.legend(
        handles=handles,
        handlelength=1.4,
        loc="center left",
        bbox_to_anchor=(0.005, y),
        ncols=len(handles),
        frameon=False,
        fontsize=8,
        handletextpad=0.2,
        columnspacing=1.2,
    )
