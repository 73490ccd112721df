"""The picture of a topology, drawn on the places that `layout` found."""

from collections.abc import Mapping

from topologies.drawing.icons import LOOKS
from topologies.drawing.layout import CHIP, MARGIN, WIDTH, Card, Layout, chip_width, layout
from topologies.drawing.paper import Box, Paper, width_of
from topologies.model import NodeSpec, Topology

_INK = "#0f172a"
_FAINT = "#64748b"
_WIRE = "#94a3b8"
_LIVE = "#15803d"
_IDLE = "#64748b"
_HIT = "#dc2626"
_VIRTUAL = "#7e22ce"
_NETWORKS = (("#dbeafe", "#1e3a8a"), ("#e2e8f0", "#334155"), ("#ccfbf1", "#115e59"), ("#fef3c7", "#78350f"))
_NARROW = 140.0
_IN_CHARGE = frozenset({"active", "master", "primary", "owner"})


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
        self.places: Layout = layout(topology)
        self.paper = Paper()

    def draw(self) -> None:
        sheet = Box(0.5, 0.5, WIDTH - 1, self.places.height - 1)
        self.paper.box(sheet, radius=10, fill="#ffffff", stroke="#e2e8f0")
        self._header()
        for index, network in enumerate(self.places.bars):
            self._bar(network, *_NETWORKS[index % len(_NETWORKS)])
        for name, node in self.topology.nodes.items():
            self._wires(name, node)
        for name in self.places.pills:
            self._pill_links(name)
        for name, node in self.topology.nodes.items():
            self._addresses(name, node)
        for name in self.places.pills:
            self._pill(name)
        for name, node in self.topology.nodes.items():
            self._card(name, node, self.places.cards[name])

    def _header(self) -> None:
        variants = ", ".join(f"{chapter}: {variant}" for chapter, variant in self.topology.variants.items())
        self.paper.text(MARGIN, 34, self.topology.title, size=17, fill=_INK, font_weight=600)
        self.paper.text(MARGIN, 53, f"{self.topology.name}  ·  {variants}", size=12, fill=_FAINT)
        if self.live:
            self.paper.badge(Box(WIDTH - MARGIN - 40, 20, 40, 18), "live", fill=_LIVE)

    def _bar(self, network: str, fill: str, ink: str) -> None:
        bar = self.places.bars[network]
        self.paper.box(bar, radius=6, fill=fill)
        self.paper.text(bar.x + 12, bar.y + 16.3, network, size=12.5, fill=ink, font_weight=600)
        address = str(self.topology.networks[network])
        self.paper.text(bar.right - 12, bar.y + 16, address, size=11, mono=True, fill=ink, text_anchor="end")

    def _wires(self, name: str, node: NodeSpec) -> None:
        card = self.places.cards[name].box
        style: dict[str, str | float] = {"stroke": _WIRE}
        if name in self.faults:
            style = {"stroke": _HIT, "stroke_dasharray": "4 4"}
        for network in node.addresses:
            bar = self.places.bars[network]
            start, end = (card.y, bar.bottom) if bar.y < card.y else (card.bottom, bar.y)
            self._line(card.middle, start, card.middle, end, stroke_width=1.8, **style)
            dot = _HIT if name in self.faults else _FAINT
            self.paper.add("circle", cx=card.middle, cy=end, r=3.6, fill=dot)

    def _addresses(self, name: str, node: NodeSpec) -> None:
        """Write each address beside the line to its network, on white, so that no line crosses it."""
        card = self.places.cards[name].box
        for network, address in node.addresses.items():
            bar = self.places.bars[network]
            hangs_far = card.y - bar.bottom > card.height * 1.7 and len(node.addresses) == 1
            y = (card.y - 9 if hangs_far else bar.bottom + 20) if bar.y < card.y else bar.y - 12
            self.paper.text(
                card.middle + 8,
                y,
                str(address),
                size=10.5,
                mono=True,
                fill=_FAINT,
                stroke="#ffffff",
                stroke_width=4,
                paint_order="stroke",
            )

    def _line(self, x1: float, y1: float, x2: float, y2: float, /, **attributes: str | float) -> None:
        self.paper.add("line", x1=x1, y1=y1, x2=x2, y2=y2, **attributes)

    def _pill_links(self, name: str) -> None:
        pill, vip = self.places.pills[name], self.topology.virtual_ips[name]
        bar = self.places.bars[vip.network]
        below = pill.y > bar.y
        edge, far = (bar.bottom, pill.bottom) if below else (bar.y, pill.y)
        self._line(
            pill.middle, edge, pill.middle, pill.y + pill.height / 2, stroke=_VIRTUAL, stroke_width=2.4
        )
        self.paper.add("circle", cx=pill.middle, cy=edge, r=4.2, fill=_VIRTUAL)
        for candidate in vip.candidates:
            card = self.places.cards[candidate].box
            side = (pill.middle > card.middle) - (pill.middle < card.middle)
            x, y = card.middle + side * card.width * 0.3, card.y if below else card.bottom
            start = pill.middle - side * pill.width * 0.3
            bend = (far + y) / 2
            path = f"M{start:.1f} {far:.1f}C{start:.1f} {bend:.1f} {x:.1f} {bend:.1f} {x:.1f} {y:.1f}"
            self.paper.add("path", d=path, fill="none", **self._link_style(candidate))

    def _link_style(self, candidate: str) -> dict[str, str | float]:
        if self.roles.get(candidate) in _IN_CHARGE:
            return {"stroke": _LIVE, "stroke_width": 3.2}
        ink = _IDLE if candidate in self.roles else _VIRTUAL
        return {"stroke": ink, "stroke_width": 1.6, "stroke_dasharray": "5 4"}

    def _pill(self, name: str) -> None:
        pill, vip = self.places.pills[name], self.topology.virtual_ips[name]
        self.paper.open_group(f"virtual IP {name}: {vip.address}, carries {', '.join(vip.carries)}")
        self.paper.box(pill, radius=pill.height / 2, fill="#faf5ff", stroke=_VIRTUAL, stroke_width=1.8)
        left = pill.x + 20
        self.paper.text(left, pill.y + 18, f"virtual IP {name}", size=11, fill=_VIRTUAL)
        self.paper.text(
            left, pill.y + 34, str(vip.address), size=14, mono=True, fill="#581c87", font_weight=600
        )
        x = pill.right - 16
        for alias in reversed(vip.carries):
            x -= chip_width(alias)
            self._alias(alias, Box(x, pill.y + (pill.height - CHIP) / 2, chip_width(alias), CHIP))
            x -= 6
        self.paper.close_group()

    def _alias(self, alias: str, box: Box) -> None:
        self.paper.chip(box, alias, fill="#fef9c3", ink="#713f12", stroke="#eab308", stroke_width=0.8)

    def _card(self, name: str, node: NodeSpec, card: Card) -> None:
        look, box, hit = LOOKS[node.role], card.box, name in self.faults
        live = self.roles.get(name)
        border, fill, ink = ("#cbd5e1", "#ffffff", look.ink)
        if live in _IN_CHARGE:
            border, fill = _LIVE, "#f0fdf4"
        if hit:
            border, fill, ink = _HIT, "#fef2f2", _HIT
        addresses = ", ".join(f"{network} {address}" for network, address in node.addresses.items())
        self.paper.open_group(f"{name}: {look.caption}, {addresses}")
        strong = hit or live in _IN_CHARGE
        self.paper.box(box, radius=9, fill=fill, stroke=border, stroke_width=2.2 if strong else 1.4)
        wide = box.width > _NARROW
        icon = 34 if wide else 26
        x = box.x + (11 if wide else 6)
        self._icon(Box(x, box.y + (box.height - icon) / 2, icon, icon), look.icon, ink)
        x += icon + (10 if wide else 6)
        faint = _HIT if hit else _FAINT
        self.paper.text(x, box.y + 28, name, size=15, fill=_HIT if hit else _INK, font_weight=600)
        self.paper.text(x, box.y + 44, look.caption, size=11 if wide else 10, fill=faint)
        self.paper.close_group()
        for alias, place in card.chips.items():
            self._alias(alias, place)
        if live:
            self._live(box, live, on_left=self._pill_is_right_of(name))
        if hit:
            self._hit(box, self.faults[name] or "hit")

    def _pill_is_right_of(self, name: str) -> bool:
        middles = [
            self.places.pills[vip].middle
            for vip, spec in self.topology.virtual_ips.items()
            if name in spec.candidates
        ]
        return any(middle > self.places.cards[name].box.middle for middle in middles)

    def _live(self, box: Box, role: str, *, on_left: bool) -> None:
        """Put the live role on the upper edge, away from where the virtual IP's line arrives."""
        width = width_of(role, 11) + 22
        x = box.x - 8 if on_left else box.right - width + 8
        self.paper.badge(Box(x, box.y - 9, width, 18), role, fill=_LIVE if role in _IN_CHARGE else _IDLE)

    def _icon(self, box: Box, icon: str, ink: str) -> None:
        middle = box.y + box.height / 2
        self.paper.add("circle", cx=box.middle, cy=middle, r=box.width / 2, fill=ink, fill_opacity="0.1")
        self.paper.add(
            "path",
            d=icon,
            transform=f"translate({box.middle - 10.8:.1f} {middle - 10.8:.1f}) scale(0.9)",
            fill="none",
            stroke=ink,
            stroke_width="1.7",
            stroke_linecap="round",
            stroke_linejoin="round",
        )

    def _hit(self, box: Box, fault: str) -> None:
        """Strike the icon through and name the fault on the lower edge."""
        x, y = box.x + (28 if box.width > _NARROW else 19), box.y + box.height / 2
        for dx in (-13, 13):
            self._line(x - dx, y - 13, x + dx, y + 13, stroke=_HIT, stroke_width=2.6, stroke_linecap="round")
        width = width_of(fault, 11) + 24
        self.paper.badge(Box(box.x - 8, box.bottom - 9, width, 18), fault, fill=_HIT)
