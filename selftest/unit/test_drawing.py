"""The drawing: complete, deterministic, safe to put into any page, nothing on top of something else."""

import itertools
import xml.etree.ElementTree as ET

import pytest

from topologies.drawing import svg
from topologies.drawing.layout import WIDTH, layout
from topologies.drawing.paper import Box
from topologies.loading import load, names

SVG = "{http://www.w3.org/2000/svg}"


def texts(picture: str) -> list[str]:
    return [element.text or "" for element in ET.fromstring(picture).iter(f"{SVG}text")]  # noqa: S314 -- our own


def overlap(one: Box, other: Box) -> bool:
    return one.x < other.right and other.x < one.right and one.y < other.bottom and other.y < one.bottom


@pytest.mark.parametrize("name", names())
def test_everything_that_is_declared_can_be_read(name: str) -> None:
    topology = load(name)
    said = texts(svg(topology))
    for node, spec in topology.nodes.items():
        assert node in said
        assert {str(address) for address in spec.addresses.values()} <= set(said)
    for vip in topology.virtual_ips.values():
        assert {str(vip.address), *vip.carries} <= set(said)
    assert set(topology.aliases) <= set(said)
    assert {*topology.networks, *(str(network) for network in topology.networks.values())} <= set(said)


@pytest.mark.parametrize("name", names())
def test_nothing_lies_on_something_else_or_outside(name: str) -> None:
    places = layout(load(name))
    chips = [chip for card in places.cards.values() for chip in card.chips.values()]
    boxes = [
        *places.bars.values(),
        *places.pills.values(),
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
    assert at["client"] < places.bars["user"].y < places.pills["front"].y < at["lb1"] == at["lb2"]
    assert at["lb2"] < places.bars["inside"].y < at["web1"] == at["web2"] == at["dbm1"]


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


def test_many_drawings_can_stand_in_one_page() -> None:
    picture = svg(load("redundant-lb"))
    for forbidden in (" id=", "<style", "<script", "href", "class="):
        assert forbidden not in picture


def test_text_from_outside_is_escaped() -> None:
    picture = svg(load("simple"), faults={"lb1": "<b>&"})
    assert "<b>" not in picture
    assert "<b>&" in texts(picture)
