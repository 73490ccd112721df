"""Who replicates from whom, as arrows from source to replica: which way each goes, and what room it needs.

Between neighbours of a row an arrow crosses the gap between their cards. Otherwise it is an arc below the
row, and arcs within an arc are less deep.
"""

import dataclasses
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from topologies.databases import masters
from topologies.drawing.paper import Box
from topologies.model import Topology

GAP: Final = 38.0
"""Between the cards of neighbours one of which replicates from the other."""
LANE: Final = 14.0
"""Between the ends of arcs on one card."""
_SHALLOWEST = 22.0
_DEEPER = 13.0
_BEND = 13.0
_PAIR = 9.0
"""From the middle of two cards to each arrow of those who replicate from each other."""
_CLEAR = 10.0
"""Below a card that was hit: the name of the fault is on its edge."""

Point = tuple[float, float]
Ways = Sequence[tuple[str, str]]
"""Source and replica of each arrow."""


@dataclasses.dataclass(frozen=True)
class Arrow:
    """One arrow as it is drawn, by the four points of a cubic curve that ends at the replica."""

    source: str
    replica: str
    curve: tuple[Point, Point, Point, Point]


def ways_of(topology: Topology) -> Ways:
    """Return source and replica of every replication."""
    by_replica = topology.database.sources if topology.database else {}
    return [(source, replica) for replica, sources in by_replica.items() for source in sources]


def are_semi_synchronous(topology: Topology, way: tuple[str, str]) -> bool:
    """Tell whether the source acknowledges a write once this replica has it too."""
    if topology.database is None or topology.database.replication != "semi-synchronous":
        return False
    return set(way) <= set(masters(topology))


def have_neighbours(row: Sequence[str], ways: Ways) -> bool:
    """Tell whether an arrow crosses a gap of *row*."""
    return any(_span(row, way) == 1 for way in ways)


def lanes(row: Sequence[str], ways: Ways) -> Mapping[str, int]:
    """Return how many arcs end below each node of *row*, on the side where there are more of them."""
    taken = _taken_lanes(row, _arcs(row, ways)).values()
    return {name: max((lane for own in taken for node, lane in own.items() if node == name), default=-1) + 1
            for name in row}  # fmt: skip


def room(row: Sequence[str], ways: Ways) -> float:
    """Return how far the arcs reach below *row* (and the labels below its cards)."""
    return max((_depth(level) + 4 for level in _levels(row, ways).values()), default=0.0)


def arrows(
    rows: Iterable[tuple[Sequence[str], float]], cards: Mapping[str, Box], ways: Ways, hit: Iterable[str]
) -> list[Arrow]:
    """Return the arrow of every way.

    rows: the nodes of each row, and the y below which nothing of the row is;
    cards: the place of each node;
    hit: nodes on whose lower edge a fault is named.
    """
    feet = {name: box.bottom + (_CLEAR if name in hit else 1.0) for name, box in cards.items()}
    drawn: list[Arrow] = []
    for row, lowest in rows:
        taken = _taken_lanes(row, _arcs(row, ways))
        for way, level in _levels(row, ways).items():
            xs = [_lane_x(cards[node], cards[other], taken[way][node]) for node, other in (way, way[::-1])]
            depth = lowest + _depth(level)
            drawn.append(Arrow(*way, _arc((xs[0], feet[way[0]]), (xs[1], feet[way[1]]), depth)))
        drawn += [_across(way, ways, cards) for way in ways if _span(row, way) == 1]
    told = {(arrow.source, arrow.replica) for arrow in drawn}
    return drawn + [_to_another_row(way, cards, feet) for way in ways if way not in told]


def head(arrow: Arrow, size: float) -> list[Point]:
    """Return the triangle at the end of an arrow."""
    (bx, by), (tip_x, tip_y) = arrow.curve[2:]
    length = math.hypot(tip_x - bx, tip_y - by) or 1.0
    ux, uy = (tip_x - bx) / length, (tip_y - by) / length
    back_x, back_y = tip_x - ux * size, tip_y - uy * size
    across_x, across_y = -uy * size * 0.45, ux * size * 0.45
    return [
        (tip_x, tip_y),
        (back_x + across_x, back_y + across_y),
        (back_x - across_x, back_y - across_y),
    ]


def _span(row: Sequence[str], way: tuple[str, str]) -> int | None:
    """Return how many nodes further the other end of *way* stands; None: in another row."""
    return abs(row.index(way[0]) - row.index(way[1])) if set(way) <= set(row) else None


def _arcs(row: Sequence[str], ways: Ways) -> Ways:
    """Return the ways that need an arc below *row*, those that lie within others first."""
    spans = {way: _span(row, way) or 0 for way in ways}
    return sorted((way for way in ways if spans[way] > 1), key=spans.__getitem__)


def _levels(row: Sequence[str], ways: Ways) -> Mapping[tuple[str, str], int]:
    """Return for each arc how many lie within each other inside of it."""
    levels: dict[tuple[str, str], int] = {}
    reach: dict[tuple[str, str], tuple[int, int]] = {}
    for way in _arcs(row, ways):
        low, high = sorted(row.index(node) for node in way)
        within = [levels[other] for other, (left, right) in reach.items() if low <= left and right <= high]
        levels[way], reach[way] = max(within, default=-1) + 1, (low, high)
    return levels


def _taken_lanes(row: Sequence[str], arcs: Ways) -> Mapping[tuple[str, str], Mapping[str, int]]:
    """Return at which lane each arc ends at both of its nodes, counted from the edge of the card."""
    used: dict[tuple[str, bool], int] = {}
    taken: dict[tuple[str, str], dict[str, int]] = {}
    for way in arcs:
        for node, other in (way, way[::-1]):
            side = (node, row.index(other) > row.index(node))
            taken.setdefault(way, {})[node] = used.get(side, 0)
            used[side] = used.get(side, 0) + 1
    return taken


def _depth(level: int) -> float:
    return _SHALLOWEST + _DEEPER * level


def _lane_x(card: Box, other: Box, lane: int) -> float:
    inwards = LANE * (lane + 0.85)
    return card.right - inwards if other.x > card.x else card.x + inwards


def _arc(start: Point, end: Point, depth: float) -> tuple[Point, Point, Point, Point]:
    """Return a curve that leaves and arrives upright and whose lowest point is about at *depth*."""
    pull = (depth - (start[1] + end[1]) / 2) * 4 / 3
    return start, (start[0], start[1] + pull), (end[0], end[1] + pull), end


def _across(way: tuple[str, str], ways: Ways, cards: Mapping[str, Box]) -> Arrow:
    """Cross the gap between neighbours: to the right bent upwards, to the left bent downwards."""
    source, replica = (cards[node] for node in way)
    side = 1 if replica.x > source.x else -1
    y = source.y + source.height / 2 - (side * _PAIR if way[::-1] in ways else 0)
    start, end = (source.right, replica.x) if side > 0 else (source.x, replica.right)
    third, bent = (end - start) / 3, y - side * _BEND
    return Arrow(*way, ((start, y), (start + third, bent), (end - third, bent), (end - side, y)))


def _to_another_row(way: tuple[str, str], cards: Mapping[str, Box], feet: Mapping[str, float]) -> Arrow:
    source, replica = (cards[node] for node in way)
    down = replica.y > source.y
    start = (source.x + LANE, feet[way[0]] if down else source.y)
    end = (replica.x + LANE * 2, replica.y - 1 if down else feet[way[1]])
    bend = (start[1] + end[1]) / 2
    return Arrow(*way, (start, (start[0], bend), (end[0], bend), end))
