"""What a verdict says of a panel: each outage as a bracket with its bounds, each norm as a line."""

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes

from reports import timeline_style as style
from reports.timeline_outages import PlacedOutage

LEVELS = (0.54, 0.3, 0.76)
"""Heights of brackets, as shares of the panel: the first that is free is taken."""
LETTER = 0.0098
"""About the width of a letter of a note, as a share of the width of the panel."""
NOTE: dict[str, Any] = {"fontsize": 9, "fontweight": "bold", "zorder": 7}
NORM_LEVELS = (0.04, 0.16, 0.28)
"""The same of the words of norms."""

Taken = dict[float, list[tuple[float, float]]]
"""From where to where there are words already, by level."""


def draw_outages(axis: Axes, outages: Sequence[PlacedOutage], *, faults: int = 1) -> None:
    """Draw each outage (thick: lower bound, thin: upper bound), and when its norm is used up.

    faults: how many followed one another; of several it is told to which one belongs what did not show.
    """
    different = {(outage.start_s, outage.bounds, outage.first_bad_s): outage for outage in outages}
    taken: Taken = {}
    for outage in different.values():
        if outage.start_s is not None:
            told = f"outage {outage.bounds}"
            span = _span(axis, told, sum(_ends(outage)) / 2, left_of=0.5)
        elif faults == 1:
            late = f", some late (outage {outage.bounds})"
            told = f"every operation was served{late if outage.lower_s else _at_most(outage)}"
            span = _span(axis, told, sum(axis.get_xlim()) / 2, left_of=0.5)
        else:
            told = f"served{_at_most(outage)}"
            span = _span(axis, told, outage.first_bad_s)
        level = _take(LEVELS, taken, span)
        if outage.start_s is not None:
            _bracket(axis, outage, level)
        _note(axis, told, sum(span) / 2, level)
    _norms(axis, outages)


def _at_most(outage: PlacedOutage) -> str:
    return "" if outage.upper_s is None else f" (outage at most {outage.upper_s:.3f} s)"


def _ends(outage: PlacedOutage) -> tuple[float, float]:
    start_s = outage.first_bad_s if outage.start_s is None else outage.start_s
    if outage.upper_s is None:
        return start_s, outage.first_bad_s + outage.lower_s
    return start_s, start_s + outage.upper_s


def _span(axis: Axes, told: str, at_s: float, *, left_of: float = 0.0) -> tuple[float, float]:
    """Return from where to where *told* runs within the panel: from *at_s*, or with a share of it before."""
    from_s, to_s = axis.get_xlim()
    width_s = len(told) * LETTER * (to_s - from_s)
    start_s = max(from_s, min(at_s - left_of * width_s, to_s - width_s))
    return start_s, start_s + width_s


def _take(levels: Sequence[float], taken: Taken, span: tuple[float, float]) -> float:
    """Return the first of *levels* at which *span* is free (or the last), and note that it is taken."""
    free = (
        level
        for level in levels
        if all(span[1] < left_s or right_s < span[0] for left_s, right_s in taken.get(level, ()))
    )
    level = next(free, levels[-1])
    taken.setdefault(level, []).append(span)
    return level


def _note(axis: Axes, told: str, middle_s: float, level: float) -> None:
    axis.annotate(
        told,
        (middle_s, level),
        (0, 6),
        ha="center",
        xycoords=axis.get_xaxis_transform(),
        textcoords="offset points",
        bbox=style.PLATE,
        annotation_clip=True,
        **NOTE,
    )


def _bracket(axis: Axes, outage: PlacedOutage, level: float) -> None:
    start_s, end_s = _ends(outage)
    across = axis.get_xaxis_transform()
    arms: dict[str, Any] = {"transform": across, "color": style.INK, "zorder": 6, "solid_capstyle": "butt"}
    axis.plot([start_s, end_s], [level, level], linewidth=1.2, marker="|", markersize=10, **arms)
    axis.plot([outage.first_bad_s, outage.first_bad_s + outage.lower_s], [level, level], linewidth=4, **arms)
    if outage.upper_s is None:
        axis.plot([end_s], [level], marker=">", markersize=9, clip_on=False, **arms)


def _norms(axis: Axes, outages: Sequence[PlacedOutage]) -> None:
    norms = {outage.norm_at_s: outage.norm_s for outage in outages if outage.norm_at_s is not None}
    taken: Taken = {}
    for at_s, norm_s in norms.items():
        told = f"norm {norm_s:.3f} s"
        span = _span(axis, told, at_s)
        axis.axvline(at_s, color=style.NORM, linestyle=(0, (4, 2)), linewidth=1.3, zorder=5)
        axis.annotate(
            told,
            (at_s, _take(NORM_LEVELS, taken, span)),
            (3, 0),
            xycoords=axis.get_xaxis_transform(),
            textcoords="offset points",
            fontsize=8.5,
            color=style.NORM,
            zorder=6,
            bbox=style.PLATE,
            annotation_clip=True,
        )
