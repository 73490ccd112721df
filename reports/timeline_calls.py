"""Calls in a timeline: how many were in progress at whom, and which of them were lost, and when."""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any

from matplotlib.axes import Axes

from reports import timeline_style as style

Line = Mapping[str, Any]
NS = 1e9
PANEL_IN = 0.95


@dataclasses.dataclass(frozen=True, slots=True)
class Up:
    """One call that was answered; times in seconds since the first fault."""

    server: str
    from_s: float
    to_s: float
    """When it was over; of one that was lost, when its speech had ceased."""
    is_lost: bool
    """Whether it lost its speech, or ended otherwise than agreed."""


def calls_of(lines: Sequence[Line], origin_ns: int) -> tuple[Up, ...]:
    """Return the calls that were answered, of all probes."""
    silent_ns = {
        line["call"]: line.get("since_ns", line["at_ns"])
        for line in lines
        if line["t"] == "media" and line["state"] == "silent"
    }
    found = []
    for line in lines:
        if line["t"] not in {"ok", "failed", "unknown"} or line.get("answered_ns") is None:
            continue
        over_ns = line.get("ended_ns") or line["at_ns"]
        lost_ns = None if line["t"] == "ok" else silent_ns.get(line.get("call"), over_ns)
        found.append(
            Up(
                server=str(line.get("server") or ""),
                from_s=(line["answered_ns"] - origin_ns) / NS,
                to_s=((over_ns if lost_ns is None else lost_ns) - origin_ns) / NS,
                is_lost=lost_ns is not None,
            )
        )
    return tuple(found)


def draw_calls(
    axis: Axes, calls: Sequence[Up], window: tuple[float, float], looks: Mapping[str, dict[str, Any]]
) -> None:
    """Draw how many calls were up at each server, and a cross where one was lost."""
    for server, look in looks.items():
        mine = [call for call in calls if call.server == server]
        if not mine:
            continue
        times, counts = zip(*steps(mine), strict=True)
        axis.step(times, counts, where="post", color=look["color"], linewidth=1.3, zorder=3)
        lost = sorted(call.to_s for call in mine if call.is_lost)
        heights = [sum(call.from_s < at_s <= call.to_s for call in mine) for at_s in lost]
        axis.plot(lost, heights, linestyle="", markersize=4, zorder=4, **style.NOT_SERVED)
    number = sum(call.is_lost for call in calls)
    lost_told = f"; crosses: {number} lost their speech, or their end" if number else ""
    axis.set_title(
        f"calls in progress, by who answered{lost_told}", loc="left", fontsize=8.5, color=style.QUIET, pad=3
    )
    axis.set_xlim(*window)
    axis.set_ylim(0, None)
    axis.set_ylabel("calls")


def steps(calls: Iterable[Up]) -> Iterator[tuple[float, int]]:
    """Yield how many of *calls* were up from when on."""
    changes = sorted([(call.from_s, 1) for call in calls] + [(call.to_s, -1) for call in calls])
    yield from zip((at_s for at_s, _ in changes), accumulate(change for _, change in changes), strict=True)
