"""Where the virtual IPs of a network go: side by side, between the lines of the nodes that can own them."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Final

from topologies.drawing import chips
from topologies.drawing.paper import Box, width_of
from topologies.model import Topology

TO_LINKS: Final = 40.0
"""Between a pill and its candidates, for the lines between them."""
INDENT: Final = 20.0
_HEIGHT = 44.0
_LINE = chips.CHIP + 4
_APART = 12.0
"""Between pills, and from a pill to the line of a node."""


@dataclasses.dataclass(frozen=True)
class Pill:
    """The place of a virtual IP, and of the aliases that it carries."""

    box: Box
    chips: Mapping[str, Box]


def place(
    topology: Topology, names: Sequence[str], lines: Mapping[str, float], y: float, sheet: Box
) -> dict[str, Pill]:
    """Return the places of virtual IPs *names*, none of them above *y* or outside of *sheet*.

    lines: the x of every line that passes there, by name of the node to which it leads.
    """
    placed: dict[str, Pill] = {}
    for candidates in dict.fromkeys(topology.virtual_ips[name].candidates for name in names):
        together = [name for name in names if topology.virtual_ips[name].candidates == candidates]
        own = [lines[node] for node in candidates if node in lines]
        middle = sum(own) / len(own)
        room = 2 * (min(abs(x - middle) for x in lines.values()) - _APART)
        for row in _rows(topology, together, room):
            x = middle - _length(row) / 2
            x = min(max(x, sheet.x), sheet.right - _length(row))
            taken = [pill.box for pill in placed.values()]
            if any(box.x < x + _length(row) + _APART and x < box.right + _APART for box in taken):
                y = max(box.bottom for box in taken) + TO_LINKS
            for name, pill in row.items():
                placed[name] = _moved(pill, x, y)
                x += pill.box.width + _APART
    return placed


def _rows(topology: Topology, names: Sequence[str], room: float) -> list[dict[str, Pill]]:
    """Return pills of one set of candidates as they stand beside each other: compact if they have to be."""
    wide = {name: _wide(topology, name) for name in names}
    compact = {name: _compact(topology, name) for name in names}
    if _length(wide) <= room:
        return [wide]
    return [compact] if _length(compact) <= room else [{name: pill} for name, pill in compact.items()]


def _length(row: Mapping[str, Pill]) -> float:
    return sum(pill.box.width + _APART for pill in row.values()) - _APART


def _moved(pill: Pill, x: float, y: float) -> Pill:
    boxes = {alias: dataclasses.replace(box, x=box.x + x, y=box.y + y) for alias, box in pill.chips.items()}
    return Pill(dataclasses.replace(pill.box, x=x, y=y), boxes)


def _wide(topology: Topology, name: str) -> Pill:
    """Return a pill with its aliases beside its address."""
    x, places = INDENT + _told(topology, name) + 14, {}
    for alias in topology.virtual_ips[name].carries:
        width = chips.chip_width(topology, alias)
        places[alias] = Box(x, (_HEIGHT - chips.CHIP) / 2, width, chips.CHIP)
        x += width + 6
    return Pill(Box(0, 0, x + 10 if places else x, _HEIGHT), places)


def _compact(topology: Topology, name: str) -> Pill:
    """Return a pill with its aliases below its address."""
    carries = topology.virtual_ips[name].carries
    places = {
        alias: Box(INDENT, _HEIGHT - 3 + _LINE * number, chips.chip_width(topology, alias), chips.CHIP)
        for number, alias in enumerate(carries)
    }
    width = max([_told(topology, name), *(box.width for box in places.values())])
    return Pill(Box(0, 0, width + 2 * INDENT, _HEIGHT + _LINE * len(carries)), places)


def _told(topology: Topology, name: str) -> float:
    address = str(topology.virtual_ips[name].address)
    return max(width_of(f"virtual IP {name}", 11), width_of(address, 14, mono=True))
