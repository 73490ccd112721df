"""The labels of server aliases: how wide they are, and where those of a card go."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from topologies.databases import PORT, port_of
from topologies.drawing.paper import Box, width_of
from topologies.model import Topology

CHIP: Final = 18.0
"""Height."""
SIZE: Final = 10.5
_BETWEEN = 5.0
_BELOW_CARD = 11.0
"""A fault is named on the lower edge of a card."""


def port_label(topology: Topology, alias: str) -> str:
    """Return the port of *alias* as its label tells it; nothing where it is the usual one."""
    port = port_of(topology, alias)
    return "" if port == PORT else f":{port}"


def chip_width(topology: Topology, alias: str) -> float:
    """Return the width of the label of *alias*."""
    port = port_label(topology, alias)
    return width_of(f"{alias} {port}" if port else alias, SIZE, mono=True) + 12


def beside(widths: dict[str, float], box: Box) -> Iterator[tuple[str, Box]]:
    """Place labels to the right of a card, for one that has lines above and below."""
    top = box.y + box.height / 2 - (len(widths) * (CHIP + 4) - 4) / 2
    for index, (alias, width) in enumerate(widths.items()):
        yield alias, Box(box.right + 8, top + index * (CHIP + 4), width, CHIP)


def left_of_line(widths: dict[str, float], box: Box) -> Iterator[tuple[str, Box]]:
    """Place labels below a card and left of the line that leads down from it, one below the other."""
    for number, (alias, width) in enumerate(widths.items()):
        y = box.bottom + _BELOW_CARD + number * (CHIP + _BETWEEN)
        yield alias, Box(box.middle - 8 - width, y, width, CHIP)


def below(widths: dict[str, float], box: Box, *, room: float) -> Iterator[tuple[str, Box]]:
    """Place labels below a card, in lines that are at most *room* wide (or hold one label each)."""
    for number, line in enumerate(_lines(widths, room)):
        x = box.middle - _length(widths, line) / 2
        for alias in line:
            yield alias, Box(x, box.bottom + _BELOW_CARD + number * (CHIP + _BETWEEN), widths[alias], CHIP)
            x += widths[alias] + _BETWEEN


def _lines(widths: dict[str, float], room: float) -> list[list[str]]:
    lines: list[list[str]] = []
    for alias in widths:
        if lines and _length(widths, [*lines[-1], alias]) <= room:
            lines[-1].append(alias)
        else:
            lines.append([alias])
    return lines


def _length(widths: dict[str, float], line: Sequence[str] | Iterable[str]) -> float:
    placed = [widths[alias] for alias in line]
    return sum(placed) + _BETWEEN * (len(placed) - 1)
