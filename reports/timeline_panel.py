"""One panel of a timeline: the operations of a probe, the outage as a bracket, the norm as a line."""

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from reports import timeline_style as style
from reports.timeline_data import Band, Mark, Record, Track
from reports.timeline_outages import PlacedOutage
from reports.timeline_strips import shade

LOWEST_MS = 0.5
BRACKET_LEVELS = (0.5, 0.64, 0.36)
NOTE: dict[str, Any] = {"ha": "center", "fontsize": 9, "fontweight": "bold", "zorder": 7}
MANY = 400
"""From so many operations on, dots would overlap and are drawn smaller."""


def draw_panel(
    axis: Axes,
    track: Track,
    record: Record,
    window: tuple[float, float],
    looks: Mapping[str, dict[str, Any]],
) -> None:
    """Draw the operations of *track* within *window*: height = how long each took, colour = who answered."""
    shade(axis, record)
    seen = [mark for mark in track.marks if window[0] - 0.05 <= mark.at_s <= window[1] + 0.05]
    deadline_ms = track.deadline_ms or max((mark.latency_ms or 0 for mark in seen), default=100.0)
    size = 11 if len(seen) < MANY else 6
    for server, look in looks.items():
        dots = [(m.at_s, _height(m, deadline_ms)) for m in seen if m.is_ok and m.server == server]
        if dots:
            axis.scatter(
                [x for x, _ in dots],
                [y for _, y in dots],
                s=size,
                linewidths=0,
                rasterized=True,
                zorder=3,
                **look,
            )
    crosses = [(m.at_s, _height(m, deadline_ms)) for m in seen if not m.is_ok]
    if crosses:
        axis.scatter(
            [x for x, _ in crosses],
            [y for _, y in crosses],
            s=16,
            marker="x",
            linewidths=1.0,
            color=style.FAILED,
            zorder=4,
            rasterized=True,
        )
    axis.axhline(deadline_ms, color=style.FAINT, linewidth=0.8, zorder=1)
    axis.set_yscale("log")
    axis.set_ylim(LOWEST_MS, deadline_ms * 3.2)
    axis.set_xlim(*window)
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.yaxis.set_minor_formatter(FuncFormatter(lambda *_: ""))
    axis.set_ylabel("took (ms)")
    label = f"{track.probe}: {track.target}" if track.target else track.probe
    if track.interval_ms:
        label += f", one every {track.interval_ms:g} ms, deadline {deadline_ms:g} ms"
    axis.set_title(label, loc="left", fontsize=8.5, color=style.QUIET, pad=3)
    _fault_names(axis, record.faults, window)


def _height(mark: Mark, deadline_ms: float) -> float:
    """Return the height of a mark; what never ended is drawn at its deadline."""
    return max(mark.latency_ms if mark.latency_ms is not None else deadline_ms, LOWEST_MS)


def _fault_names(axis: Axes, faults: Sequence[Band], window: tuple[float, float]) -> None:
    for fault in faults:
        for at_s, text in ((fault.began_s, str(fault)), (fault.ended_s, "healed")):
            if not window[0] <= at_s < window[1] or (text == "healed" and not fault.healed):
                continue
            axis.annotate(
                text,
                (at_s, 1),
                (3, -2),
                xycoords=axis.get_xaxis_transform(),
                textcoords="offset points",
                va="top",
                fontsize=8,
                color=style.FAULT_INK,
                zorder=7,
                bbox=style.PLATE,
            )


def draw_outages(axis: Axes, outages: Sequence[PlacedOutage]) -> None:
    """Draw each outage (thick: lower bound, thin: upper bound), and when its norm is used up."""
    brackets = {(outage.start_s, outage.bounds): outage for outage in outages}
    for row, outage in enumerate(brackets.values()):
        level = BRACKET_LEVELS[row % len(BRACKET_LEVELS)]
        if outage.start_s is None:
            told = "every operation was served"
            if outage.upper_s is not None:
                told += f" (outage at most {outage.upper_s:.3f} s)"
            axis.text(0.5, level, told, transform=axis.transAxes, **NOTE)
        else:
            _bracket(axis, outage, level)
    norms = {outage.norm_at_s: outage.norm_s for outage in outages if outage.norm_at_s is not None}
    for row, (at_s, norm_s) in enumerate(norms.items()):
        axis.axvline(at_s, color=style.NORM, linestyle=(0, (4, 2)), linewidth=1.3, zorder=5)
        axis.annotate(
            f"norm {norm_s:.3f} s",
            (at_s, 0.04 + 0.11 * row),
            (3, 0),
            xycoords=axis.get_xaxis_transform(),
            textcoords="offset points",
            fontsize=8.5,
            color=style.NORM,
            zorder=6,
            annotation_clip=True,
        )


def _bracket(axis: Axes, outage: PlacedOutage, level: float) -> None:
    start_s = outage.first_bad_s if outage.start_s is None else outage.start_s
    end_s = outage.first_bad_s + outage.lower_s if outage.upper_s is None else start_s + outage.upper_s
    middle = axis.get_xaxis_transform()
    arms: dict[str, Any] = {"transform": middle, "color": style.INK, "zorder": 6, "solid_capstyle": "butt"}
    axis.plot([start_s, end_s], [level, level], linewidth=1.2, marker="|", markersize=10, **arms)
    axis.plot([outage.first_bad_s, outage.first_bad_s + outage.lower_s], [level, level], linewidth=4, **arms)
    if outage.upper_s is None:
        axis.plot([end_s], [level], marker=">", markersize=9, clip_on=False, **arms)
    axis.annotate(
        f"outage {outage.bounds}",
        ((start_s + end_s) / 2, level),
        (0, 6),
        xycoords=middle,
        textcoords="offset points",
        bbox=style.PLATE,
        annotation_clip=True,
        **NOTE,
    )
