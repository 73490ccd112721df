"""Where everything of a topology's picture goes: from the users at the top down to the data.

Networks are horizontal bars in the order of the file. A node hangs below the first network that it is on,
so a balancer on two networks stands between their bars; only clients and PBXs stand above the first bar.
A virtual IP is a pill between the bar of its network and the nodes that can own it.
"""

import dataclasses
import itertools
from collections.abc import Iterator, Mapping

from topologies.drawing.paper import Box, width_of
from topologies.model import NodeSpec, Role, Topology

WIDTH = 800.0
MARGIN = 28.0
HEADER = 72.0
BAR = 24.0
CARD = 60.0
CHIP = 18.0

_LEAD = 46.0
"""Length of the line between a bar and a card, with room for an address."""
_PILL = 44.0
_PILL_ROOM = 84.0
"""What a virtual IP adds between a bar and its candidates."""
_PER_ROW = 5
_GROUP_GAP = 0.3
"""Between nodes of different roles, as a share of the pitch."""
_ABOVE = frozenset({Role.CLIENT, Role.PBX})


@dataclasses.dataclass(frozen=True)
class Card:
    """The place of a node, and of the aliases that it provides."""

    box: Box
    chips: Mapping[str, Box]


@dataclasses.dataclass(frozen=True)
class Layout:
    """The place of everything, by name."""

    bars: Mapping[str, Box]
    cards: Mapping[str, Card]
    pills: Mapping[str, Box]
    height: float


def layout(topology: Topology) -> Layout:
    """Return where everything of *topology* goes."""
    drafting = _Drafting(topology)
    drafting.draft()
    return Layout(drafting.bars, drafting.cards, drafting.pills, drafting.y + MARGIN)


class _Drafting:
    """One walk down the sheet."""

    def __init__(self, topology: Topology) -> None:
        self.topology = topology
        self.bars: dict[str, Box] = {}
        self.cards: dict[str, Card] = {}
        self.pills: dict[str, Box] = {}
        self.y = HEADER
        self.above = {name for name, node in topology.nodes.items() if _stands_above(node, topology)}

    def draft(self) -> None:
        first = next(iter(self.topology.networks))
        self._rows([name for name in self.topology.nodes if name in self.above], leads_up=False)
        for network in self.topology.networks:
            if network != first or self.above:
                self.y += _LEAD
            self._pills(network, below=False)
            self.bars[network] = Box(MARGIN, self.y, WIDTH - 2 * MARGIN, BAR)
            self.y += BAR
            members = [name for name in self.topology.nodes if self._hangs_below(name, network)]
            self._pills(network, below=True, members=members)
            self._rows(members, leads_up=True)

    def _hangs_below(self, name: str, network: str) -> bool:
        return name not in self.above and network == _first_network(self.topology.nodes[name], self.topology)

    def _pills(self, network: str, *, below: bool, members: list[str] | None = None) -> None:
        for name, vip in self.topology.virtual_ips.items():
            candidates_below = not all(candidate in self.cards for candidate in vip.candidates)
            if vip.network != network or name in self.pills or candidates_below is not below:
                continue
            centres = self._centres(members) if members else {n: c.box.middle for n, c in self.cards.items()}
            own = [centres[candidate] for candidate in vip.candidates if candidate in centres]
            middle = sum(own) / len(own) if own else WIDTH / 2
            width = pill_width(name, str(vip.address), vip.carries)
            left = min(max(middle - width / 2, MARGIN), WIDTH - MARGIN - width)
            self.pills[name] = Box(left, self.y + (28 if below else 0), width, _PILL)
            self.y += _PILL_ROOM

    def _rows(self, names: list[str], *, leads_up: bool) -> None:
        """Place *names* in as many rows as they need; the lines of a later row run between earlier nodes."""
        left = sorted(names, key=lambda name: list(Role).index(self.topology.nodes[name].role))
        centres: dict[str, float] = {}
        while left:
            gaps = [(one + other) / 2 for one, other in itertools.pairwise(centres.values())]
            row = left[: len(gaps) or _PER_ROW]
            left = left[len(row) :]
            centres = dict(zip(row, gaps, strict=False)) if gaps else self._centres(row)
            self.y += _LEAD if leads_up else 0
            self._row(row, centres)

    def _row(self, row: list[str], centres: Mapping[str, float]) -> None:
        pitch = _pitch(centres)
        width = min(156.0, pitch - 16)
        lowest = self.y + CARD
        for name in row:
            box = Box(centres[name] - width / 2, self.y, width, CARD)
            chips = dict(_chips(self._provided(name), box, room=pitch, beside=self._is_between(name)))
            self.cards[name] = Card(box, chips)
            lowest = max(lowest, *(chip.bottom for chip in chips.values()), lowest)
        self.y = lowest

    def _centres(self, row: list[str]) -> dict[str, float]:
        """Return the x of every node of a row: evenly pitched, roles a little apart, centred."""
        roles = [self.topology.nodes[name].role for name in row]
        at, units = 0.0, [0.0]
        for before, role in itertools.pairwise(roles):
            at += 1 + (_GROUP_GAP if role is not before else 0)
            units.append(at)
        carries = any(set(row) & set(vip.candidates) for vip in self.topology.virtual_ips.values())
        pitch = min(376.0 if carries else 216.0, (WIDTH - 2 * MARGIN) / (at + 1))
        left = WIDTH / 2 - at * pitch / 2
        return {name: left + unit * pitch for name, unit in zip(row, units, strict=True)}

    def _provided(self, name: str) -> list[str]:
        return [alias for alias, provider in self.topology.aliases.items() if provider == name]

    def _is_between(self, name: str) -> bool:
        return len(self.topology.nodes[name].addresses) > 1 or name in self.above


def pill_width(name: str, address: str, carries: tuple[str, ...]) -> float:
    """Return the width of the pill of a virtual IP."""
    aliases = sum(chip_width(alias) + 6 for alias in carries)
    return max(width_of(f"virtual IP {name}", 11), width_of(address, 14, mono=True)) + aliases + 44


def chip_width(alias: str) -> float:
    """Return the width of the label of a server alias."""
    return width_of(alias, 10.5, mono=True) + 12


def _chips(aliases: list[str], box: Box, *, room: float, beside: bool) -> Iterator[tuple[str, Box]]:
    """Place the aliases of a card: to its right if there are lines above and below, otherwise below it."""
    if beside:
        top = box.y + box.height / 2 - (len(aliases) * (CHIP + 4) - 4) / 2
        for index, alias in enumerate(aliases):
            yield alias, Box(box.right + 8, top + index * (CHIP + 4), chip_width(alias), CHIP)
        return
    lines: list[list[str]] = [[]]
    for alias in aliases:
        if lines[-1] and sum(chip_width(other) + 5 for other in [*lines[-1], alias]) > max(
            room - 8, box.width
        ):
            lines.append([])
        lines[-1].append(alias)
    for number, line in enumerate(lines):
        x = box.middle - (sum(chip_width(alias) + 5 for alias in line) - 5) / 2
        for alias in line:
            yield alias, Box(x, box.bottom + 8 + number * (CHIP + 5), chip_width(alias), CHIP)
            x += chip_width(alias) + 5


def _pitch(centres: Mapping[str, float]) -> float:
    xs = sorted(centres.values())
    return min((right - left for left, right in itertools.pairwise(xs)), default=216.0)


def _first_network(node: NodeSpec, topology: Topology) -> str:
    return next(network for network in topology.networks if network in node.addresses)


def _stands_above(node: NodeSpec, topology: Topology) -> bool:
    return node.role in _ABOVE and list(node.addresses) == [next(iter(topology.networks))]
