"""The picture of a topology, drawn on the places that `layout` found."""

import itertools
from collections.abc import Mapping

from topologies.drawing import replication
from topologies.drawing.cards import State, draw_alias, draw_card, draw_fault, draw_live_role
from topologies.drawing.inks import FAINT, HIT, INK, LIVE, NETWORKS, REPLICATES, WIRE
from topologies.drawing.layout import MARGIN, TITLE_LINE, TITLE_SIZE, WIDTH, Layout, layout
from topologies.drawing.paper import Box, Paper, width_of
from topologies.drawing.virtual_ips import draw_links, draw_pill
from topologies.model import Topology

_THIN, _THICK = 1.3, 2.4
_HEAD = 8.0


def svg(
    topology: Topology, *, roles: Mapping[str, str] | None = None, faults: Mapping[str, str] | None = None
) -> str:
    """Return the drawing of *topology* as SVG, 800 pixels wide; the same arguments give the same text.

    roles: what nodes are at this moment, such as `{"lb1": "active", "lb2": "standby"}`; shown as badges, and
        the way from a virtual IP to its owner is highlighted; even an empty one marks the drawing as live;
    faults: nodes that were hit, with the name of the fault; drawn in red.
    """
    picture = _Picture(topology, roles or {}, faults or {}, live=roles is not None)
    picture.draw()
    return picture.paper.svg(
        WIDTH, picture.places.height, label=f"Topology {topology.name}: {topology.title}"
    )


class _Picture:
    def __init__(
        self, topology: Topology, roles: Mapping[str, str], faults: Mapping[str, str], *, live: bool
    ) -> None:
        self.live = live
        self.topology = topology
        self.roles = roles
        self.faults = faults
        self.places: Layout = layout(topology, hit=faults)
        self.paper = Paper()

    def draw(self) -> None:
        sheet = Box(0.5, 0.5, WIDTH - 1, self.places.height - 1)
        self.paper.box(sheet, radius=10, fill="#ffffff", stroke="#e2e8f0")
        self._header()
        for index, network in enumerate(self.places.bars):
            self._bar(network, *NETWORKS[index % len(NETWORKS)])
        for name in self.topology.nodes:
            self._wires(name)
        for arrow in self.places.arrows:
            self._arrow(arrow)
        for name in self.places.pills:
            draw_links(self.paper, self.topology, self.places, name, self.roles)
        for name in self.topology.nodes:
            self._addresses(name)
        for name in self.places.pills:
            draw_pill(self.paper, self.topology, self.places, name)
        for name in self.topology.nodes:
            self._node(name)
        if self.places.arrows:
            self._legend(MARGIN, self.places.height - 16)

    def _header(self) -> None:
        variants = ", ".join(f"{chapter}: {variant}" for chapter, variant in self.topology.variants.items())
        for number, line in enumerate(self.places.title):
            y = 34 + TITLE_LINE * number
            self.paper.text(MARGIN, y, line, size=TITLE_SIZE, fill=INK, font_weight=600)
        below = 53 + TITLE_LINE * (len(self.places.title) - 1)
        named = "  ·  ".join(filter(None, (self.topology.name, variants)))
        self.paper.text(MARGIN, below, named, size=12, fill=FAINT)
        if self.live:
            self.paper.badge(Box(WIDTH - MARGIN - 40, 20, 40, 18), "live", fill=LIVE)

    def _bar(self, network: str, fill: str, ink: str) -> None:
        """Draw a bar, and where it folds: down along the left margin, and on above every further row."""
        bar = self.places.bars[network]
        for rail in self.places.rails.get(network, ()):
            fold = Box(rail.x, bar.y + bar.height / 2, rail.height, rail.bottom - bar.y - bar.height / 2)
            self.paper.box(fold, radius=rail.height / 2, fill=fill)
            self.paper.box(rail, radius=rail.height / 2, fill=fill)
        self.paper.box(bar, radius=6, fill=fill)
        self.paper.text(bar.x + 12, bar.y + 16.3, network, size=12.5, fill=ink, font_weight=600)
        address = str(self.topology.networks[network])
        self.paper.text(bar.right - 12, bar.y + 16, address, size=11, mono=True, fill=ink, text_anchor="end")

    def _wires(self, name: str) -> None:
        card = self.places.cards[name].box
        style: dict[str, str | float] = {"stroke": WIRE}
        if name in self.faults:
            style = {"stroke": HIT, "stroke_dasharray": "4 4"}
        for network in self.topology.nodes[name].addresses:
            bar = self.places.bar_of(name, network)
            start, end = (card.y, bar.bottom) if bar.y < card.y else (card.bottom, bar.y)
            x = card.middle
            if self.places.goes_round(name, network):
                x, start, end = bar.x, card.y + card.height / 2, bar.y + bar.height / 2
                aside = MARGIN / 2
                corners = [(card.x, start), (aside, start), (aside, end), (x, end)]
            else:
                corners = [(x, start), (x, end)]
            for one, other in itertools.pairwise(corners):
                self.paper.line(*one, *other, stroke_width=1.8, stroke_linecap="round", **style)
            dot = HIT if name in self.faults else FAINT
            self.paper.add("circle", cx=x, cy=end, r=3.6, fill=dot)

    def _addresses(self, name: str) -> None:
        """Write each address beside the line to its network, on white, so that no line crosses it."""
        card, addresses = self.places.cards[name].box, self.topology.nodes[name].addresses
        is_candidate = any(name in vip.candidates for vip in self.topology.virtual_ips.values())
        for network, address in addresses.items():
            bar = self.places.bar_of(name, network)
            hangs_far = card.y - bar.bottom > card.height * 1.7 and len(addresses) == 1 and not is_candidate
            x, y = card.middle + 8, bar.y - 12
            if bar.y < card.y:
                y = card.y - 9 if hangs_far else bar.bottom + 20
            elif self.places.goes_round(name, network):
                x, y = card.x - width_of(str(address), 10.5, mono=True) - 8, card.y + card.height / 2 - 7
            self.paper.text(
                x,
                y,
                str(address),
                size=10.5,
                mono=True,
                fill=FAINT,
                stroke="#ffffff",
                stroke_width=4,
                paint_order="stroke",
            )

    def _arrow(self, arrow: replication.Arrow) -> None:
        """Draw who replicates from whom; red and broken where one of both was hit."""
        together = replication.are_semi_synchronous(self.topology, (arrow.source, arrow.replica))
        is_hit = bool({arrow.source, arrow.replica} & set(self.faults))
        self.paper.open_group(
            f"{arrow.replica} replicates from {arrow.source}{', semi-synchronous' if together else ''}"
        )
        self._curve(arrow, _THICK if together else _THIN, ink=HIT if is_hit else REPLICATES, broken=is_hit)
        self.paper.close_group()

    def _curve(self, arrow: replication.Arrow, width: float, *, ink: str, broken: bool = False) -> None:
        start, *rest = arrow.curve
        path = "M{:.1f} {:.1f}C".format(*start) + " ".join(f"{x:.1f} {y:.1f}" for x, y in rest)
        dashes: dict[str, str | float] = {"stroke_dasharray": "4 3"} if broken else {}
        self.paper.add("path", d=path, fill="none", stroke=ink, stroke_width=width, **dashes)
        tip = " ".join(f"{x:.1f},{y:.1f}" for x, y in replication.head(arrow, _HEAD))
        self.paper.add("polygon", points=tip, fill=ink)

    def _legend(self, x: float, y: float) -> None:
        ways = [(arrow.source, arrow.replica) for arrow in self.places.arrows]
        together = [replication.are_semi_synchronous(self.topology, way) for way in ways]
        entries = [(_THIN, "replicates")] * (not all(together))
        entries += [(_THICK, "replicates, semi-synchronous")] * any(together)
        for width, told in entries:
            curve = ((x, y), (x + 9, y - 6), (x + 19, y - 6), (x + 28, y))
            self._curve(replication.Arrow("", "", curve), width, ink=REPLICATES)
            self.paper.text(x + 36, y + 2, told, size=11, fill=FAINT)
            x += 36 + width_of(told, 11) + 28

    def _node(self, name: str) -> None:
        card, state = self.places.cards[name], State(self.roles.get(name), self.faults.get(name))
        draw_card(self.paper, self.topology, name, card.box, state)
        for alias, place in card.chips.items():
            draw_alias(self.paper, self.topology, alias, place)
        if state.live:
            draw_live_role(self.paper, card.box, state.live, on_left=self._pill_is_right_of(name))
        if state.fault is not None:
            draw_fault(self.paper, card.box, state.fault or "hit")

    def _pill_is_right_of(self, name: str) -> bool:
        middles = [
            self.places.pills[vip].box.middle
            for vip, spec in self.topology.virtual_ips.items()
            if name in spec.candidates
        ]
        return any(middle > self.places.cards[name].box.middle for middle in middles)
