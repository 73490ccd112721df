"""The drawing: complete, deterministic, safe to put into any page, nothing on top of something else."""

import itertools
import xml.etree.ElementTree as ET

import pytest

from selftest.samples import topologies as crafted
from selftest.samples.drawings import Drawing
from topologies.drawing import svg
from topologies.drawing.cards import caption
from topologies.drawing.inks import IDLE, LIVE
from topologies.drawing.layout import WIDTH, layout
from topologies.drawing.paper import Box, Paper, lines_of, width_of
from topologies.drawing.rows import ORDER, PER_ROW, rows_of
from topologies.loading import load, names
from topologies.model import Role, Topology

SVG = "{http://www.w3.org/2000/svg}"
TO_COME = {
    topology.name: topology
    for topology in (
        crafted.everything(),
        crafted.many_to_many(),
        crafted.proxies(),
        crafted.direct(),
        crafted.many_databases(),
    )
}
EVERY = [*names(), *TO_COME]
ROLES = {
    "lb1": "active",
    "lb2": "standby",
    "dbm1": "standby",
    "dbm2": "active",
    "sp1": "standby",
    "sp2": "active",
    "sip1": "standby",
    "sip2": "active",
}
FAULTS = {
    "dbs1": "replication link cut",
    "dbm1": "power loss",
    "tel1": "telephony server hangs",
    "pbx1": "power loss",
    "sp2": "freeze",
    "client": "link cut",
}


def texts(picture: str) -> list[str]:
    return [element.text or "" for element in ET.fromstring(picture).iter(f"{SVG}text")]  # noqa: S314 -- our own


def overlap(one: Box, other: Box) -> bool:
    return one.x < other.right and other.x < one.right and one.y < other.bottom and other.y < one.bottom


def topology_of(name: str) -> Topology:
    return TO_COME[name] if name in TO_COME else load(name)


@pytest.mark.parametrize("name", EVERY)
def test_everything_that_is_declared_can_be_read(name: str) -> None:
    topology = topology_of(name)
    said = texts(svg(topology))
    for node, spec in topology.nodes.items():
        assert node in said
        assert {str(address) for address in spec.addresses.values()} <= set(said)
    for vip in topology.virtual_ips.values():
        assert {str(vip.address), *vip.carries} <= set(said)
    assert set(topology.aliases) <= set(said)
    assert {*topology.networks, *(str(network) for network in topology.networks.values())} <= set(said)


@pytest.mark.parametrize("name", EVERY)
def test_nothing_lies_on_something_else_or_outside(name: str) -> None:
    places = layout(topology_of(name))
    chips = [chip for card in places.cards.values() for chip in card.chips.values()]
    boxes = [
        *places.bars.values(),
        *itertools.chain(*places.rails.values()),
        *(pill.box for pill in places.pills.values()),
        *(card.box for card in places.cards.values()),
        *chips,
    ]
    for one, other in itertools.combinations(boxes, 2):
        assert not overlap(one, other), (one, other)
    for box in boxes:
        assert box.x >= 0
        assert box.right <= WIDTH
        assert box.bottom <= places.height


def test_users_are_above_balancers_above_what_is_inside() -> None:
    places = layout(load("redundant-lb"))
    at = {name: card.box.y for name, card in places.cards.items()}
    assert at["client"] < places.bars["user"].y < places.pills["front"].box.y < at["lb1"] == at["lb2"]
    assert at["lb2"] < places.bars["inside"].y < at["web1"] == at["web2"] == at["st1"] < at["dbm1"]


@pytest.mark.parametrize("name", names())
def test_telephony_is_below_what_is_inside_and_around_its_own_network(name: str) -> None:
    topology = load(name)
    places = layout(topology)
    at = {node: card.box.y for node, card in places.cards.items()}
    user, inside, voice = (places.bars[network].y for network in ("user", "inside", "voice"))
    (between,) = {at[node] for node in topology.with_role(Role.TELEPHONY)}
    assert max(at[node] for node in topology.with_role(Role.CLIENT)) < user < inside
    for role in (Role.WEB, Role.DATABASE):
        assert all(inside < at[node] <= between for node in topology.with_role(role))
    assert between < voice
    outermost = {at[node] for role in (Role.PBX, Role.SIP_PROXY) for node in topology.with_role(role)}
    assert len(outermost) == 1
    assert voice < min(outermost)


def test_virtual_ip_of_proxies_is_between_them_and_their_network() -> None:
    places = layout(load("sip-proxy"))
    pill, (sp1, sp2) = places.pills["trunk"].box, (places.cards[name].box for name in ("sp1", "sp2"))
    assert places.bars["voice"].bottom < pill.y < pill.bottom < sp1.y == sp2.y
    assert sp1.middle < pill.x < pill.right < sp2.middle


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize(("roles", "faults"), [(None, {}), (ROLES, FAULTS)], ids=["at rest", "live"])
def test_no_text_lies_on_another_one_or_on_a_line(
    name: str, roles: dict[str, str] | None, faults: dict[str, str]
) -> None:
    topology = topology_of(name)
    mine = {node: role for node, role in (roles or {}).items() if node in topology.nodes}
    drawing = Drawing.of(svg(topology, roles=None if roles is None else mine, faults=faults))
    assert drawing.texts
    assert not [*drawing.texts_on_texts(), *drawing.texts_on_lines(), *drawing.texts_outside()]
    assert not list(drawing.texts_covered())


def test_what_gets_in_the_way_of_a_text_is_noticed() -> None:
    paper = Paper()
    paper.line(0, 10, 100, 10, stroke="black")
    paper.text(10, 13, "struck through", size=10)
    paper.text(30, 15, "upon it", size=10)
    paper.text(90, 60, "too far", size=10)
    paper.text(10, 80, "under it", size=10)
    paper.box(Box(5, 75, 10, 10), radius=0, fill="white")
    drawing = Drawing.of(paper.svg(100, 100, label="bad"))
    assert list(drawing.texts_on_texts()) == ["'struck through' and 'upon it'"]
    assert len(list(drawing.texts_on_lines())) == 2
    assert list(drawing.texts_outside()) == ["'too far' leaves the sheet"]
    assert list(drawing.texts_covered()) == ["'under it' is covered"]


def test_title_is_broken_into_few_lines_of_about_one_length() -> None:
    assert lines_of("Two PBXs", 15, 688) == ["Two PBXs"]
    title = "One load balancer, one web server, one database, one PBX, one telephony server"
    assert lines_of(title, 16, 688) == [
        "One load balancer, one web server, one",
        "database, one PBX, one telephony server",
    ]
    for room in range(100, 800, 10):
        lines = lines_of(title, 16, room)
        assert " ".join(lines) == title
        assert all(width_of(line, 16) <= room for line in lines)


def test_aliases_of_a_virtual_ip_are_on_its_pill() -> None:
    for pill in layout(TO_COME["everything"]).pills.values():
        for chip in pill.chips.values():
            assert pill.box.x <= chip.x
            assert chip.right <= pill.box.right
            assert pill.box.y <= chip.y
            assert chip.bottom <= pill.box.bottom


def test_many_nodes_stand_in_rows_by_role() -> None:
    places = layout(load("multi-master-db"))
    at = {name: card.box.y for name, card in places.cards.items()}
    rail, last = places.rails["inside"]
    assert at["web1"] == at["web2"] < rail.y < at["dbm1"] < last.y < at["tel1"]
    assert len({at[database] for database in ("dbm1", "dbm2", "dbs1", "dbs2")}) == 1
    assert places.bar_of("web1", "inside") == places.bars["inside"]
    assert places.bar_of("dbs2", "inside") == rail
    assert places.bar_of("tel1", "inside") == last
    assert places.bar_of("tel1", "voice") == places.bars["voice"]


def test_few_nodes_share_one_row() -> None:
    assert not layout(load("simple")).rails


def test_of_five_nodes_four_share_one_row_and_the_one_that_leads_on_stands_below() -> None:
    topology = load("master-slave-db")
    members = ["dbs1", "tel1", "web1", "dbm1", "st1"]
    assert rows_of(sorted(members, key=list(topology.nodes).index), topology) == [
        ["web1", "st1", "dbm1", "dbs1"],
        ["tel1"],
    ]
    (rail,) = layout(topology).rails["inside"]
    assert layout(topology).bar_of("tel1", "inside") == rail


def test_nodes_that_lead_on_to_a_further_network_stand_last() -> None:
    topology = TO_COME["many-to-many"]
    members = [name for name, node in topology.nodes.items() if "inside" in node.addresses and name != "lb1"]
    rows = rows_of(members, topology)
    assert rows == [["web1", "web2", "store1", "dbm1"], ["tel1", "tel2"]]
    assert max(map(len, rows)) <= PER_ROW


def test_every_role_has_its_place_from_users_to_data() -> None:
    assert sorted(ORDER) == sorted(Role)


def test_role_with_too_many_nodes_is_split_evenly() -> None:
    topology = TO_COME["many-databases"]
    assert [len(row) for row in rows_of(topology.with_role(Role.DATABASE), topology)] == [3, 3]


def test_databases_say_what_they_are() -> None:
    topology = load("multi-master-db")
    told = {name: caption(topology, name) for name in ("dbm1", "dbm2", "dbs1", "dbs2", "web1")}
    assert list(told.values()) == ["master", "master", "slave", "slave", "web server"]
    assert caption(load("simple"), "dbm1") == "master"


def test_database_of_which_nothing_is_known_is_a_database() -> None:
    nodes = {"client": ("client", "user"), "db1": ("database", "user")}
    assert caption(crafted.crafted("bare", "One database", nodes), "db1") == "database"


def test_port_is_told_where_it_is_not_the_usual_one() -> None:
    said = texts(svg(load("multi-master-db")))
    assert {":3307", ":3308"} <= set(said)
    assert ":3306" not in said
    assert not [text for text in texts(svg(load("master-slave-db"))) if text.startswith(":")]


def test_the_same_arguments_give_the_same_text() -> None:
    roles = {"lb1": "active", "lb2": "standby"}
    assert svg(load("redundant-lb"), roles=roles) == svg(
        load("redundant-lb"), roles=dict(reversed(roles.items()))
    )


def test_live_roles_and_faults_are_shown() -> None:
    topology = load("redundant-lb")
    assert "live" not in texts(svg(topology))
    said = texts(svg(topology, roles={"lb2": "active"}, faults={"lb1": "power loss"}))
    assert {"live", "active", "power loss"} <= set(said)
    assert "#dc2626" not in svg(topology)
    assert "#dc2626" in svg(topology, faults={"web1": "freeze"})


def test_way_to_the_proxy_that_holds_the_virtual_ip_is_highlighted() -> None:
    topology = load("sip-proxy")
    picture = svg(topology, roles={"sp1": "standby", "sp2": "active"})
    assert {"active", "standby"} <= set(texts(picture))
    root = ET.fromstring(picture)  # noqa: S314 -- our own
    ways = [path for path in root.iter(f"{SVG}path") if path.get("stroke") in (LIVE, IDLE)]
    ends = {path.attrib["stroke"]: float(path.attrib["d"].split()[-2]) for path in ways}
    cards = {name: card.box for name, card in layout(topology).cards.items()}
    assert cards["sp1"].x < ends[IDLE] < cards["sp1"].right
    assert cards["sp2"].x < ends[LIVE] < cards["sp2"].right


def test_many_drawings_can_stand_in_one_page() -> None:
    picture = svg(load("redundant-lb"))
    for forbidden in (" id=", "<style", "<script", "href", "class="):
        assert forbidden not in picture


def test_text_from_outside_is_escaped() -> None:
    picture = svg(load("simple"), faults={"lb1": "<b>&"})
    assert "<b>" not in picture
    assert "<b>&" in texts(picture)


@pytest.mark.parametrize("name", EVERY)
def test_no_line_runs_behind_a_card(name: str) -> None:
    topology = topology_of(name)
    places = layout(topology)
    for node, spec in topology.nodes.items():
        card = places.cards[node].box
        for network in spec.addresses:
            bar = places.bar_of(node, network)
            if not places.goes_round(node, network):
                top, bottom = sorted((card.y + card.height / 2, bar.y))
                line = Box(card.middle, top, 0.1, bottom - top)
                others = (other.box for who, other in places.cards.items() if who != node)
                assert not any(overlap(line, other) for other in others), (node, network)


def test_line_to_a_network_further_down_goes_round_the_one_between() -> None:
    places = layout(load("nn-sip"))
    assert places.goes_round("client", "voice")
    assert not places.goes_round("client", "user")
    assert not places.goes_round("tel1", "voice")
