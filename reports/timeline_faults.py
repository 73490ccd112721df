"""The faults of a timeline: bands across all panels. One is named in the panels, several in a strip above."""

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes

from reports import timeline_style as style
from reports.timeline_data import Band, Record

MAX_ROWS = 6
ROW_IN = 0.19
"""Height of a row of the strip, in inches."""
LETTER = 0.0078
"""About the width of a letter of a name, as a share of the width of the strip."""
NAME: dict[str, Any] = {"fontsize": 8, "color": style.FAULT_INK, "zorder": 7}


def shade(axis: Axes, record: Record) -> None:
    """Colour the time of every fault and of every stall."""
    for fault in record.faults:
        axis.axvspan(fault.began_s, fault.ended_s, color=style.FAULT, alpha=0.1, linewidth=0, zorder=0)
        axis.axvline(fault.began_s, color=style.FAULT, linewidth=1.4, zorder=2)
        if fault.healed:
            axis.axvline(fault.ended_s, color=style.FAULT, linewidth=1.0, linestyle=":", zorder=2)
    for from_s, to_s in record.stalls:
        axis.axvspan(from_s, to_s, facecolor=style.STALL, alpha=0.4, linewidth=0, zorder=1)


def rows_of(record: Record) -> Sequence[Band]:
    """Return the faults that the strip names, one to a row; a single one is named in the panels instead."""
    return record.faults[:MAX_ROWS] if len(record.faults) > 1 else ()


def name_in_panel(axis: Axes, record: Record, window: tuple[float, float]) -> None:
    """Name the fault where it began, and say when it was healed; several are named by the strip."""
    for fault in record.faults if len(record.faults) == 1 else ():
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
                bbox=style.PLATE,
                **NAME,
            )


def draw_faults(axis: Axes, record: Record, window: tuple[float, float]) -> None:
    """Draw the strip: a bar per fault from its beginning until it was healed, with its name."""
    rows = rows_of(record)
    for row, fault in enumerate(rows):
        axis.barh(row, fault.ended_s - fault.began_s, left=fault.began_s, height=0.8, color=style.FAULT,
                  alpha=0.3, linewidth=0, zorder=1)  # fmt: skip
        for at_s, solid in ((fault.began_s, True), (fault.ended_s, False)):
            if solid or fault.healed:
                axis.vlines(at_s, row - 0.4, row + 0.4, color=style.FAULT, zorder=2,
                            linewidth=1.6 if solid else 1.2, linestyles="-" if solid else ":")  # fmt: skip
        told = str(fault) if fault.healed else f"{fault}, not healed"
        at_s, side = _place(fault, window, len(told) * LETTER)
        axis.annotate(
            told,
            (at_s, row),
            (4 * side, 0),
            textcoords="offset points",
            ha="left" if side > 0 else "right",
            va="center_baseline",
            annotation_clip=False,
            **NAME,
        )
    axis.set_xlim(*window)
    axis.set_ylim(len(rows) - 0.5, -0.5)
    axis.set_yticks([(len(rows) - 1) / 2], ["faults"])
    axis.tick_params(axis="both", length=0, labelsize=8)
    axis.tick_params(axis="x", labelbottom=False)
    for spine in axis.spines.values():
        spine.set_visible(False)


def _place(fault: Band, window: tuple[float, float], width: float) -> tuple[float, int]:
    """Return from where its name runs, and to which side: on its bar, or else right or left of it.

    width: of the name, as a share of the width of the window.
    """
    width_s = width * (window[1] - window[0])
    from_s, to_s = max(fault.began_s, window[0]), min(fault.ended_s, window[1])
    if to_s - from_s >= width_s:
        return from_s, 1
    return (to_s, 1) if to_s + width_s <= window[1] else (from_s, -1)
