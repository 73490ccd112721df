"""How a virtual IP is drawn: a pill on its network, and a line to every node that can own it."""

from collections.abc import Mapping

from topologies.drawing.cards import draw_alias
from topologies.drawing.inks import IDLE, IN_CHARGE, LIVE, VIRTUAL
from topologies.drawing.layout import Layout
from topologies.drawing.paper import Paper
from topologies.drawing.pills import INDENT
from topologies.model import Topology


def draw_links(paper: Paper, topology: Topology, places: Layout, name: str, roles: Mapping[str, str]) -> None:
    """Draw the lines of virtual IP *name*: to its network, and to its candidates; the owner's is green."""
    pill, vip = places.pills[name].box, topology.virtual_ips[name]
    bar = places.bar_of(name, vip.network)
    below = pill.y > bar.y
    edge = bar.bottom if below else bar.y
    paper.line(pill.middle, edge, pill.middle, pill.y + pill.height / 2, stroke=VIRTUAL, stroke_width=2.4)
    paper.add("circle", cx=pill.middle, cy=edge, r=4.2, fill=VIRTUAL)
    for candidate in vip.candidates:
        card = places.cards[candidate].box
        side = (pill.middle > card.middle) - (pill.middle < card.middle)
        y = card.y if below else card.bottom
        start = pill.middle - side * pill.width * 0.3
        x, far = card.middle + side * card.width * 0.3, pill.bottom if below else pill.y
        bend = (far + y) / 2
        path = f"M{start:.1f} {far:.1f}C{start:.1f} {bend:.1f} {x:.1f} {bend:.1f} {x:.1f} {y:.1f}"
        paper.add("path", d=path, fill="none", **_link_style(candidate, roles))


def draw_pill(paper: Paper, topology: Topology, places: Layout, name: str) -> None:
    """Draw virtual IP *name* with its address and the aliases that it carries."""
    pill, vip = places.pills[name].box, topology.virtual_ips[name]
    paper.open_group(f"virtual IP {name}: {vip.address}, carries {', '.join(vip.carries)}")
    paper.box(pill, radius=22, fill="#faf5ff", stroke=VIRTUAL, stroke_width=1.8)
    left = pill.x + INDENT
    paper.text(left, pill.y + 18, f"virtual IP {name}", size=11, fill=VIRTUAL)
    paper.text(left, pill.y + 34, str(vip.address), size=14, mono=True, fill="#581c87", font_weight=600)
    for alias, box in places.pills[name].chips.items():
        draw_alias(paper, topology, alias, box)
    paper.close_group()


def _link_style(candidate: str, roles: Mapping[str, str]) -> dict[str, str | float]:
    if roles.get(candidate) in IN_CHARGE:
        return {"stroke": LIVE, "stroke_width": 3.2}
    ink = IDLE if candidate in roles else VIRTUAL
    return {"stroke": ink, "stroke_width": 1.6, "stroke_dasharray": "5 4"}
