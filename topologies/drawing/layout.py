"""Where everything of a topology's picture goes: from the users at the top down to the data.

Networks are horizontal bars in the order of the file. A node hangs below the first network that it is on,
so a balancer on two networks stands between their bars. Only clients stand above the first bar, even if they
are on further networks, and PBXs that are on no other.
A virtual IP is a pill between the bar of its network and the nodes that can own it. Where a network has more
than one row of nodes, its bar folds: it goes on, thin, above each further row.
"""

import dataclasses
import itertools
from collections.abc import Iterable, Mapping, Sequence

from topologies.drawing import chips, pills, replication
from topologies.drawing.paper import Box, lines_of
from topologies.drawing.rows import rows_of
from topologies.model import NodeSpec, Role, Topology

WIDTH = 800.0
MARGIN = 28.0
BAR = 24.0
RAIL = 7.0
CARD = 60.0
_CARD_WIDTH = 156.0
_GAP = 28.0
"""Between cards, at least."""

TITLE_SIZE = 15.5
TITLE_ROOM = WIDTH - 2 * MARGIN - 56
"""Beside the title there may be the word `live`."""
TITLE_LINE = 20.0
_HEADER = 72.0
_LEAD = 46.0
"""Length of the line between a bar and a card, with room for an address."""
_FOLD = 24.0
"""From the nodes of one row to the rail of the next."""
_PILL_LEAD = 28.0
"""The same between a bar and a virtual IP."""
_GROUP_GAP = 0.12
"""Between nodes of different roles, as a share of the pitch."""
_LEGEND = 12.0
"""What the legend needs besides the margin, below names of faults on the last cards."""


@dataclasses.dataclass(frozen=True)
class Card:
    """The place of a node, and of the aliases that it provides."""

    box: Box
    chips: Mapping[str, Box]


@dataclasses.dataclass(frozen=True)
class Layout:
    """The place of everything, by name."""

    title: Sequence[str]
    """Line by line."""
    bars: Mapping[str, Box]
    rails: Mapping[str, Sequence[Box]]
    """Where the bar of a network goes on, above each further row."""
    hung_from: Mapping[str, Box]
    """The bar or rail above a node, or a virtual IP, that hangs below its network."""
    cards: Mapping[str, Card]
    pills: Mapping[str, pills.Pill]
    arrows: Sequence[replication.Arrow]
    height: float

    def bar_of(self, name: str, network: str) -> Box:
        """Return the bar, or rail, at which the line from node or virtual IP *name* to *network* ends."""
        above = self.hung_from.get(name)
        return above if above in (*self.rails.get(network, ()), self.bars[network]) else self.bars[network]

    def goes_round(self, name: str, network: str) -> bool:
        """Tell whether the line from node *name* to *network* runs along the left edge of the sheet.

        It does where a further network lies between; then the node has to be the first of its row.
        """
        card, bar = self.cards[name].box, self.bars[network]
        between = [other for other in self.bars.values() if card.y < other.y < bar.y]
        first = min(other.box.x for other in self.cards.values() if other.box.y == card.y)
        return bool(between) and card.x == first


def layout(topology: Topology, *, hit: Iterable[str] = ()) -> Layout:
    """Return where everything of *topology* goes; on the lower edges of nodes that were *hit* stands why."""
    drafting = _Drafting(topology)
    drafting.draft()
    boxes = {name: card.box for name, card in drafting.cards.items()}
    arrows = replication.arrows(drafting.rows, boxes, drafting.ways, frozenset(hit))
    height = drafting.y + MARGIN + (_LEGEND if arrows else 0)
    return Layout(drafting.title, drafting.bars, drafting.rails, drafting.hung_from, drafting.cards,
                  drafting.pills, arrows, height)  # fmt: skip


class _Drafting:
    """One walk down the sheet."""

    def __init__(self, topology: Topology) -> None:
        self.topology = topology
        self.ways = replication.ways_of(topology)
        self.title = lines_of(topology.title, TITLE_SIZE * 1.02, TITLE_ROOM)
        self.bars: dict[str, Box] = {}
        self.rails: dict[str, list[Box]] = {}
        self.hung_from: dict[str, Box] = {}
        self.cards: dict[str, Card] = {}
        self.pills: dict[str, pills.Pill] = {}
        self.rows: list[tuple[Sequence[str], float]] = []
        self.y = _HEADER + TITLE_LINE * (len(self.title) - 1)
        self.above = [name for name, node in topology.nodes.items() if _stands_above(node, topology)]

    def draft(self) -> None:
        first = next(iter(self.topology.networks))
        for row in rows_of(self.above, self.topology):
            self._row(row, self._card_width([row]))
        for network in self.topology.networks:
            self.y += _LEAD if network != first or self.above else 0
            lines = {name: card.box.middle for name, card in self.cards.items()
                     if network in self.topology.nodes[name].addresses}  # fmt: skip
            mine = [name for name, vip in self.topology.virtual_ips.items()
                    if vip.network == network and set(vip.candidates) <= set(lines)]  # fmt: skip
            self._pills(mine, lines, lead=0)
            self.bars[network] = Box(MARGIN, self.y, WIDTH - 2 * MARGIN, BAR)
            self.y += BAR
            self._hang_below(network)

    def _hang_below(self, network: str) -> None:
        members = [name for name in self.topology.nodes if self._hangs_below(name, network)]
        rows = rows_of(members, self.topology)
        width, bar = self._card_width(rows), self.bars[network]
        for number, row in enumerate(rows):
            if number:
                bar = Box(MARGIN, self.y + _FOLD, WIDTH - 2 * MARGIN, RAIL)
                self.rails.setdefault(network, []).append(bar)
                self.y = bar.bottom
            mine = [name for name, vip in self.topology.virtual_ips.items() if name not in self.pills
                    and vip.network == network and set(vip.candidates) & set(row)]  # fmt: skip
            self.hung_from |= dict.fromkeys([*row, *mine], bar)
            self._pills(mine, self._centres(row), lead=_PILL_LEAD)
            self.y += _LEAD
            self._row(row, width)

    def _hangs_below(self, name: str, network: str) -> bool:
        return name not in self.above and network == _first_network(self.topology.nodes[name], self.topology)

    def _pills(self, names: Sequence[str], lines: Mapping[str, float], *, lead: float) -> None:
        """Place virtual IPs *lead* below where the walk is, and walk past them."""
        if names:
            sheet = Box(MARGIN, self.y, WIDTH - 2 * MARGIN, 0)
            mine = pills.place(self.topology, names, lines, self.y + lead, sheet)
            self.pills |= mine
            self.y = max(pill.box.bottom for pill in mine.values()) + pills.TO_LINKS - lead

    def _row(self, row: Sequence[str], width: float) -> None:
        centres = self._centres(row)
        lanes = replication.lanes(row, self.ways)
        lowest = self.y + CARD
        fits_beside = self._fit_beside(row, centres, width)
        for name in row:
            box = Box(centres[name] - width / 2, self.y, width, CARD)
            widths = self._widths(name)
            if not self._is_between(name):
                taken = 2 * (lanes[name] + 0.5) * replication.LANE
                room = width - taken if lanes[name] else self._pitch(row) - 12
                labels = dict(chips.below(widths, box, room=room))
            else:
                labels = dict(chips.beside(widths, box) if fits_beside else chips.left_of_line(widths, box))
            self.cards[name] = Card(box, labels)
            lowest = max([lowest, *(label.bottom for label in labels.values())])
        self.rows.append((row, lowest))
        self.y = lowest + replication.room(row, self.ways)

    def _centres(self, row: Sequence[str]) -> dict[str, float]:
        """Return the x of every node of a row: evenly pitched, roles a little apart, centred."""
        units, pitch = self._units(row), self._pitch(row)
        left = WIDTH / 2 - units[-1] * pitch / 2
        return {name: left + unit * pitch for name, unit in zip(row, units, strict=True)}

    def _units(self, row: Sequence[str]) -> list[float]:
        roles = [self.topology.nodes[name].role for name in row]
        steps = (1 + (_GROUP_GAP if role is not before else 0) for before, role in itertools.pairwise(roles))
        return list(itertools.accumulate(steps, initial=0.0))

    def _pitch(self, row: Sequence[str]) -> float:
        carries = any(set(row) & set(vip.candidates) for vip in self.topology.virtual_ips.values())
        widest = max(376.0 if carries else 216.0, _CARD_WIDTH + self._beside(row))
        return min(widest, (WIDTH - 2 * MARGIN) / (self._units(row)[-1] + 1))

    def _card_width(self, rows: Iterable[Sequence[str]]) -> float:
        """Return how wide the cards of *rows* are: all the same."""
        widths = (
            self._pitch(row) - (replication.GAP if replication.have_neighbours(row, self.ways) else _GAP)
            for row in rows
        )
        return min([_CARD_WIDTH, *widths])

    def _beside(self, row: Sequence[str]) -> float:
        """Return how much room labels need beside the cards of *row* that have lines above and below."""
        widths = [width for name in row if self._is_between(name) for width in self._widths(name).values()]
        return max(widths) + 20 if widths else 0.0

    def _fit_beside(self, row: Sequence[str], centres: Mapping[str, float], width: float) -> bool:
        """Tell whether between each such card and what comes next there is room for its labels."""
        rights = [centres[name] + width / 2 for name in row]
        nexts = [*(right - width - 8 for right in rights[1:]), WIDTH - MARGIN]
        return all(self._beside([name]) - 12 <= end - right
                   for name, right, end in zip(row, rights, nexts, strict=True))  # fmt: skip

    def _widths(self, name: str) -> dict[str, float]:
        """Return the aliases of a node, and how wide their labels are."""
        mine = (alias for alias, provider in self.topology.aliases.items() if provider == name)
        return {alias: chips.chip_width(self.topology, alias) for alias in mine}

    def _is_between(self, name: str) -> bool:
        return len(self.topology.nodes[name].addresses) > 1 or name in self.above


def _first_network(node: NodeSpec, topology: Topology) -> str:
    return next(network for network in topology.networks if network in node.addresses)


def _stands_above(node: NodeSpec, topology: Topology) -> bool:
    first = next(iter(topology.networks))
    is_pbx_on_it_alone = node.role is Role.PBX and list(node.addresses) == [first]
    return is_pbx_on_it_alone or (node.role is Role.CLIENT and first in node.addresses)
