"""The look of the timelines: colours that colour-blind readers tell apart, one shape per server."""

from collections.abc import Iterable, Mapping
from typing import Any

FONT: Any = {
    "font.family": "DejaVu Sans",  # comes with matplotlib
    "font.size": 9.0,
    "svg.fonttype": "path",  # looks the same on every machine
    "svg.hashsalt": "jtel",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#7a8794",
    "xtick.color": "#4a5663",
    "ytick.color": "#4a5663",
    "text.color": "#1d2733",
    "axes.labelcolor": "#4a5663",
}
INK, QUIET, FAINT = "#1d2733", "#5d6a78", "#c3ccd5"
FAILED, FAULT, NORM, STALL = "#c8102e", "#e69f00", "#5b2a86", "#8d99a6"
SERVER_COLOURS = ("#0072b2", "#009e73", "#b8578f", "#56b4e9", "#7f6000", "#e69f00")
"""The last one is that of faults."""
SERVER_SHAPES = ("o", "s", "^", "D", "v", "P")
NOT_SERVED: dict[str, Any] = {"marker": "x", "color": FAILED, "markeredgewidth": 1.0}
UNKNOWN: dict[str, Any] = {
    "marker": "o",
    "color": INK,
    "markerfacecolor": "white",
    "markeredgewidth": 0.9,
    "markersize": 4.5,
}
"""Sent, but nobody told what became of it: a hollow dot, which no server has."""
WITNESS: dict[str, Any] = {"color": INK, "markersize": 6}
OWNER = "#44546a"
FAULT_INK = "#8a5a00"
PLATE: dict[str, Any] = {"facecolor": "white", "alpha": 0.85, "edgecolor": "none", "pad": 1}
"""Behind words, so that lines do not strike them through."""
WIDTH_IN = 9.4
"""900 pixels in a browser."""
PNG_DPI = 160
RASTER_DPI = 220
"""Of the dots inside an SVG: thousands of them would make it heavy."""


def looks_of(servers: Iterable[str]) -> Mapping[str, dict[str, Any]]:
    """Return colour and shape of each server; who answered is unknown for the empty name."""
    named = sorted(server for server in servers if server)
    looks: dict[str, dict[str, Any]] = {
        server: {
            "color": SERVER_COLOURS[index % len(SERVER_COLOURS)],
            "marker": SERVER_SHAPES[index % len(SERVER_SHAPES)],
        }
        for index, server in enumerate(named)
    }
    return {**looks, "": {"color": QUIET, "marker": "o"}}
