"""How a node is drawn: a card with icon, name and caption; its aliases, its live role, what hit it."""

import dataclasses

from topologies.databases import masters, sources_of
from topologies.drawing.chips import SIZE, port_label
from topologies.drawing.icons import LOOKS
from topologies.drawing.inks import FAINT, HIT, IDLE, IN_CHARGE, INK, LIVE
from topologies.drawing.paper import Box, Paper, width_of
from topologies.model import Role, Topology

_NARROW = 140.0
_ALIAS_INK = "#713f12"
_PORT_INK = "#a16207"


@dataclasses.dataclass(frozen=True)
class State:
    """What is known of a node at this moment."""

    live: str | None
    """Its role now."""
    fault: str | None
    """What hit it; it may have no name."""


def caption(topology: Topology, name: str) -> str:
    """Return what node *name* is, in a word or two: of a database whether it is a master or a slave."""
    role = topology.nodes[name].role
    if role is Role.DATABASE:
        if name in _masters(topology):
            return "master"
        if sources_of(topology, name):
            return "slave"
    return LOOKS[role].caption


def draw_card(paper: Paper, topology: Topology, name: str, box: Box, state: State) -> None:
    """Draw the card of node *name*."""
    node, hit = topology.nodes[name], state.fault is not None
    look, told = LOOKS[node.role], caption(topology, name)
    border, fill, ink = ("#cbd5e1", "#ffffff", look.ink)
    if state.live in IN_CHARGE:
        border, fill = LIVE, "#f0fdf4"
    if hit:
        border, fill, ink = HIT, "#fef2f2", HIT
    addresses = ", ".join(f"{network} {address}" for network, address in node.addresses.items())
    kind = told if told == look.caption else f"{look.caption}, {told}"
    paper.open_group(f"{name}: {kind}, {addresses}")
    strong = hit or state.live in IN_CHARGE
    paper.box(box, radius=9, fill=fill, stroke=border, stroke_width=2.2 if strong else 1.4)
    wide = box.width > _NARROW
    icon = 34 if wide else 26
    x = box.x + (11 if wide else 6)
    _icon(paper, Box(x, box.y + (box.height - icon) / 2, icon, icon), look.icon, ink)
    x += icon + (10 if wide else 6)
    paper.text(x, box.y + 28, name, size=15, fill=HIT if hit else INK, font_weight=600)
    paper.text(x, box.y + 44, told, size=11 if wide else 10, fill=HIT if hit else FAINT)
    paper.close_group()


def draw_alias(paper: Paper, topology: Topology, alias: str, box: Box) -> None:
    """Draw the label of a server alias, with its port where that is not the usual one."""
    paper.box(box, radius=4, fill="#fef9c3", stroke="#eab308", stroke_width=0.8)
    port, y = port_label(topology, alias), box.bottom - box.height / 2 + 3.7
    if port:
        paper.text(box.x + 6, y, alias, size=SIZE, mono=True, fill=_ALIAS_INK)
        paper.text(box.right - 6, y, port, size=SIZE, mono=True, fill=_PORT_INK, text_anchor="end")
    else:
        paper.text(box.middle, y, alias, size=SIZE, mono=True, fill=_ALIAS_INK, text_anchor="middle")


def draw_live_role(paper: Paper, box: Box, role: str, *, on_left: bool) -> None:
    """Put the live role on the upper edge of a card, away from where the virtual IP's line arrives."""
    width = width_of(role, 11) + 22
    x = box.x - 8 if on_left else box.right - width + 8
    paper.badge(Box(x, box.y - 9, width, 18), role, fill=LIVE if role in IN_CHARGE else IDLE)


def draw_fault(paper: Paper, box: Box, fault: str) -> None:
    """Strike the icon of a card through and name the fault on the lower edge."""
    x, y = box.x + (28 if box.width > _NARROW else 19), box.y + box.height / 2
    for dx in (-13, 13):
        paper.line(x - dx, y - 13, x + dx, y + 13, stroke=HIT, stroke_width=2.6, stroke_linecap="round")
    width = width_of(fault, 11) + 24
    paper.badge(Box(box.x - 8, box.bottom - 9, width, 18), fault, fill=HIT)


def _masters(topology: Topology) -> tuple[str, ...]:
    try:
        return masters(topology)
    except KeyError:  # no alias for a master
        return ()


def _icon(paper: Paper, box: Box, icon: str, ink: str) -> None:
    middle = box.y + box.height / 2
    paper.add("circle", cx=box.middle, cy=middle, r=box.width / 2, fill=ink, fill_opacity="0.1")
    paper.add(
        "path",
        d=icon,
        transform=f"translate({box.middle - 10.8:.1f} {middle - 10.8:.1f}) scale(0.9)",
        fill="none",
        stroke=ink,
        stroke_width="1.7",
        stroke_linecap="round",
        stroke_linejoin="round",
    )
