"""The arrows of a drawing: one for each source of each replica, from card to card, through no other card."""

import itertools
import re

import pytest

from selftest.samples import topologies as crafted
from topologies.databases import sources_of
from topologies.drawing import replication, svg
from topologies.drawing.layout import layout
from topologies.drawing.paper import Box
from topologies.loading import load
from topologies.model import Topology

EVERY = {
    topology.name: topology
    for topology in (
        *(load(name) for name in ("simple", "redundant", "redundant-lb", "master-slave-db")),
        *(load(name) for name in ("multi-master-db", "multi-master-semisync")),
        *(crafted.everything(), crafted.direct(), crafted.many_databases()),
    )
}
WITH_REPLICAS = [name for name in EVERY if name != "simple"]


def points(arrow: replication.Arrow) -> list[tuple[float, float]]:
    def at(t: float) -> tuple[float, float]:
        weights = ((1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t**2, t**3)
        x, y = (sum(w * p[axis] for w, p in zip(weights, arrow.curve, strict=True)) for axis in (0, 1))
        return x, y

    return [at(step / 100) for step in range(101)]


def is_near(point: tuple[float, float], box: Box, margin: float) -> bool:
    x, y = point
    return box.x - margin <= x <= box.right + margin and box.y - margin <= y <= box.bottom + margin


@pytest.mark.parametrize("name", EVERY)
def test_every_replica_has_an_arrow_from_each_of_its_sources(name: str) -> None:
    topology = EVERY[name]
    declared = {(source, node) for node in topology.nodes for source in sources_of(topology, node)}
    drawn = [(arrow.source, arrow.replica) for arrow in layout(topology).arrows]
    assert sorted(drawn) == sorted(declared)
    said = re.findall(r"<title>(\S+) replicates from ([^<,]+)", svg(topology))
    assert sorted((source, replica) for replica, source in said) == sorted(declared)


@pytest.mark.parametrize("name", EVERY)
def test_arrow_leads_from_card_to_card_and_through_none(name: str) -> None:
    places = layout(EVERY[name])
    cards = {node: card.box for node, card in places.cards.items()}
    for arrow in places.arrows:
        on_way = points(arrow)
        assert is_near(on_way[0], cards[arrow.source], 2)
        assert is_near(on_way[-1], cards[arrow.replica], 2)
        for node, box in cards.items():
            margin = -2 if node in {arrow.source, arrow.replica} else 4
            assert not any(is_near(point, box, margin) for point in on_way), (arrow, node)


@pytest.mark.parametrize("name", WITH_REPLICAS)
def test_arrows_end_apart(name: str) -> None:
    ends = [arrow.curve[end] for arrow in layout(EVERY[name]).arrows for end in (0, 3)]
    if name == "many-databases":
        ends = [arrow.curve[3] for arrow in layout(EVERY[name]).arrows]
    for (x1, y1), (x2, y2) in itertools.combinations(ends, 2):
        assert abs(x1 - x2) + abs(y1 - y2) > 9


def test_masters_that_follow_each_other_have_an_arrow_each_way_in_the_gap_between_them() -> None:
    places = layout(load("multi-master-db"))
    ring = [arrow for arrow in places.arrows if {arrow.source, arrow.replica} == {"dbm1", "dbm2"}]
    left, right = places.cards["dbm1"].box.right, places.cards["dbm2"].box.x
    assert len(ring) == 2
    for arrow in ring:
        assert all(left <= x <= right for x, _ in points(arrow))
    first, second = (sum(y for _, y in points(arrow)) / 101 for arrow in ring)
    assert abs(first - second) > 15


def test_arc_that_spans_another_one_is_deeper() -> None:
    lowest = {
        (arrow.source, arrow.replica): max(y for _, y in points(arrow))
        for arrow in layout(load("multi-master-db")).arrows
    }
    assert lowest["dbm1", "dbs2"] > lowest["dbm1", "dbs1"] + 8
    assert lowest["dbm1", "dbs1"] == pytest.approx(lowest["dbm2", "dbs2"])


def test_head_points_where_the_arrow_ends() -> None:
    arrow = replication.Arrow("a", "b", ((0, 0), (0, 20), (30, 20), (30, 0)))
    tip, *back = replication.head(arrow, 8)
    assert tip == (30, 0)
    assert all(y == pytest.approx(8) for _, y in back)
    assert {round(x - 30, 1) for x, _ in back} == {3.6, -3.6}


def test_arrow_to_a_node_that_was_hit_ends_below_the_name_of_the_fault() -> None:
    def end_y(*hit: str) -> float:
        return max(arrow.curve[3][1] for arrow in layout(load("multi-master-db"), hit=hit).arrows)

    assert end_y("dbs2") >= end_y() + 9


def legend(topology: Topology) -> set[str]:
    return set(re.findall(r">(replicates[^<]*)<", svg(topology)))


def test_legend_says_what_an_arrow_means() -> None:
    assert legend(load("simple")) == set()
    assert legend(load("multi-master-db")) == {"replicates"}
    assert legend(load("multi-master-semisync")) == {"replicates", "replicates, semi-synchronous"}


def test_only_masters_wait_for_each_other_where_replication_is_semi_synchronous() -> None:
    told = re.findall(r"<title>(\S+) replicates from (\S+), semi-sync", svg(load("multi-master-semisync")))
    assert sorted(told) == [("dbm1", "dbm2"), ("dbm2", "dbm1")]
    assert "semi-sync" not in svg(load("multi-master-db"))


def test_arrows_of_a_node_that_was_hit_are_broken() -> None:
    whole = svg(load("master-slave-db"))
    assert 'stroke-dasharray="4 3"' not in whole
    assert 'stroke-dasharray="4 3"' in svg(load("master-slave-db"), faults={"dbs1": "freeze"})
