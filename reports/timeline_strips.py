"""The strips of a timeline: the whole record above the panels, the owners of the address below them."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from reports import timeline_style as style
from reports.timeline_data import Record, Track
from reports.timeline_faults import shade

Lane = tuple[str, str]
"""Node and address."""
MAX_LANES = 8
STRUCK: dict[str, Any] = {"facecolor": "white", "edgecolor": style.OWNER, "hatch": "////"}


def draw_overview(axis: Axes, record: Record, tracks: Sequence[Track], window: tuple[float, float]) -> None:
    """Draw the whole record: where operations were not served, and which part the panels show."""
    shade(axis, record)
    marks = [mark for track in tracks for mark in track.marks if not mark.is_ok]
    lost = [mark.at_s for mark in marks if not mark.is_unknown]
    unknown = [mark.at_s for mark in marks if mark.is_unknown]
    axis.vlines(lost, 0.0, 1.0, color=style.FAILED, linewidth=0.8, rasterized=True, zorder=3)
    axis.vlines(unknown, 0.0, 0.5, color=style.INK, linewidth=0.8, rasterized=True, zorder=4)
    axis.add_patch(
        Rectangle(
            (window[0], 0.02),
            window[1] - window[0],
            0.96,
            fill=False,
            edgecolor=style.INK,
            linewidth=1.2,
            zorder=5,
        )
    )
    axis.set_xlim(*record.busy_s)
    axis.set_ylim(0, 1)
    axis.set_yticks([0.5], ["whole record"])
    axis.tick_params(axis="y", length=0, labelsize=8)
    axis.tick_params(axis="x", labelsize=7.5, pad=1, length=2)
    axis.set_facecolor("#f5f7f9")
    axis.spines["left"].set_visible(False)


def lanes_of(record: Record) -> list[Lane]:
    """Return node and address of every lane, addresses that moved only (all of them where none did)."""
    holders: dict[str, set[str]] = {}
    for held in record.held:
        holders.setdefault(held.address, set()).add(held.node)
    moved = {address for address, nodes in holders.items() if len(nodes) > 1}
    lanes = {(held.node, held.address) for held in record.held if not moved or held.address in moved}
    return sorted(lanes, key=lambda lane: (lane[1], lane[0]))[:MAX_LANES]


def draw_ownership(axis: Axes, record: Record, lanes: Sequence[Lane], window: tuple[float, float]) -> None:
    """Draw a bar per node while it held the address; pale while that node itself was struck."""
    shade(axis, record)
    for row, lane in enumerate(reversed(lanes)):
        for held in record.held:
            if (held.node, held.address) != lane:
                continue
            for from_s, to_s, struck in _pieces(record, held.node, held.from_s, held.to_s):
                look = STRUCK if struck else {"color": style.OWNER}
                axis.barh(row, to_s - from_s, left=from_s, height=0.62, linewidth=0.8, zorder=3, **look)
    above, below = len(lanes) - 0.42, -0.58
    axis.plot(record.announcements_s, [above] * len(record.announcements_s), linestyle="", marker=7,
              color=style.INK, markersize=6, zorder=5, clip_on=True)  # fmt: skip
    axis.plot(record.neighbour_changes_s, [below] * len(record.neighbour_changes_s), linestyle="", marker=6,
              color=style.INK, markersize=6, zorder=5, clip_on=True)  # fmt: skip
    axis.set_xlim(*window)
    axis.set_ylim(-0.85, len(lanes) - 0.15)
    single = len({address for _, address in lanes}) == 1
    labels = [node if single else f"{node} {address}" for node, address in reversed(lanes)]
    axis.set_yticks(range(len(lanes)), labels)
    axis.tick_params(axis="y", length=0)
    held_address = f"virtual IP {lanes[0][1]}" if single else "virtual IPs"
    axis.set_title(
        f"who held {held_address}  (hatched: still configured on the node that the fault struck)",
        loc="left", fontsize=8.5, color=style.QUIET, pad=3,
    )  # fmt: skip


def _pieces(record: Record, node: str, from_s: float, to_s: float) -> list[tuple[float, float, bool]]:
    """Cut a span at the faults of its node; each piece says whether the node was struck meanwhile."""
    cuts = {from_s, to_s}
    struck = [(fault.began_s, fault.ended_s) for fault in record.faults if node in fault.node.split(", ")]
    cuts |= {at_s for span in struck for at_s in span if from_s < at_s < to_s}
    edges = sorted(cuts)
    return [
        (start_s, end_s, any(began <= start_s < ended for began, ended in struck))
        for start_s, end_s in pairwise(edges)
    ]
