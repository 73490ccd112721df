"""The legend of a timeline: only what the picture shows."""

from collections.abc import Iterator, Mapping
from typing import Any

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from reports import timeline_style as style
from reports.timeline_data import Record


def draw_legend(figure: Figure, record: Record, looks: Mapping[str, dict[str, Any]], y: float) -> None:
    """Draw one line of legend, its middle at *y* (0 to 1 from the bottom of *figure*)."""
    handles = [*_servers(looks), *_operations(record), *_witnesses(record)]
    figure.legend(
        handles=handles,
        handlelength=1.4,
        loc="center left",
        bbox_to_anchor=(0.005, y),
        ncols=max(len(handles), 1),
        frameon=False,
        fontsize=8,
        handletextpad=0.2,
        columnspacing=1.2,
    )


def _servers(looks: Mapping[str, dict[str, Any]]) -> Iterator[Any]:
    """Say who answered; several servers share the words."""
    named = [server for server in looks if server]
    if len(named) > 1:
        yield _dot("answered by", {"marker": ""})
    for server in named:
        yield _dot(server if len(named) > 1 else f"answered by {server}", looks[server])
    if not named:
        yield _dot("answered", looks[""])


def _operations(record: Record) -> Iterator[Any]:
    outcomes = {mark.outcome for track in record.tracks for mark in track.marks}
    if outcomes - {"ok", "unknown"}:
        yield _dot("not served", style.NOT_SERVED)
    if "unknown" in outcomes:
        yield _dot("fate unknown", style.UNKNOWN)


def _witnesses(record: Record) -> Iterator[Any]:
    if record.announcements_s:
        yield _dot("gratuitous ARP", {**style.WITNESS, "marker": 7})
    if record.neighbour_changes_s:
        yield _dot("client's neighbour entry", {**style.WITNESS, "marker": 6})
    if record.stalls:
        yield Patch(color=style.STALL, alpha=0.5, linewidth=0, label="measuring host stalled")


def _dot(label: str, look: Mapping[str, Any]) -> Line2D:
    return Line2D([], [], label=label, **{"linestyle": "", "markersize": 5, **look})
