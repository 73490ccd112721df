"""The order of bring-up."""

import pytest

from topologies.errors import TopologyError
from topologies.loading import load
from topologies.plan import Plan


def test_waves_of_the_reference_topology() -> None:
    waves = [("client", "dbm1", "st1", "pbx1", "tel1"), ("dbs1",), ("web1", "web2"), ("lb1", "lb2")]
    assert Plan.of(load("redundant-lb")).waves() == waves


def test_a_node_is_ready_as_soon_as_what_it_waits_for_is_done() -> None:
    plan = Plan({"a": (), "b": (), "after-a": ("a",), "after-both": ("a", "b")})
    assert plan.ready() == ("a", "b")
    plan.done("a")
    assert plan.ready() == ("after-a",)
    assert plan.ready() == ()
    plan.done("b")
    assert plan.ready() == ("after-both",)
    plan.done("after-a")
    assert plan.is_unfinished()
    plan.done("after-both")
    assert not plan.is_unfinished()


def test_looking_at_the_waves_leaves_the_plan_untouched() -> None:
    plan = Plan({"a": (), "b": ("a",)})
    assert plan.waves() == [("a",), ("b",)]
    assert plan.ready() == ("a",)


def test_a_cycle_is_named_before_anything_starts() -> None:
    with pytest.raises(TopologyError) as caught:
        Plan({"a": ("b",), "b": ("c",), "c": ("a",), "free": ()})
    said = str(caught.value)
    for step in ("a waits for b", "b waits for c", "c waits for a"):
        assert step in f"{said} {said}"
    assert "free" not in said
