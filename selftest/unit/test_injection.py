"""Holding a fault: stamped from before, proven, recorded, healed whatever happens."""

from collections.abc import Mapping
from typing import Any

import pytest

from chaos.freeze import Freeze
from chaos.injection import injected
from chaos.power_loss import PowerLoss
from chaos.together import Together
from selftest.unit.fake_stage import FakeStage
from topologies.errors import FaultDidNotTakeHold

Lines = list[Mapping[str, Any]]


@pytest.fixture
def lines() -> Lines:
    return []


def test_a_fault_is_recorded_and_healed(lines: Lines) -> None:
    system = FakeStage()
    with injected(PowerLoss("lb1"), system, lines.append) as injection:
        assert not system.is_running("lb1")
    assert system.is_running("lb1")
    fault, healed = lines
    assert fault == {
        "t": "fault",
        "at_ns": injection.began_ns,
        "name": "power loss",
        "node": "lb1",
        "began_ns": injection.began_ns,
        "ended_ns": injection.ended_ns,
        "took_hold": True,
    }
    assert (healed["t"], healed["name"], healed["node"]) == ("healed", "power loss", "lb1")
    assert injection.began_ns < injection.ended_ns < healed["began_ns"] < healed["ended_ns"]


def test_it_is_healed_when_the_block_fails(lines: Lines) -> None:
    system = FakeStage()
    with pytest.raises(ZeroDivisionError), injected(Freeze("lb1"), system, lines.append):
        raise ZeroDivisionError
    assert not system.is_frozen("lb1")
    assert [line["t"] for line in lines] == ["fault", "healed"]


def test_it_is_healed_when_the_injection_fails_half_way(lines: Lines) -> None:
    class Halfway(FakeStage):
        def power_off(self, node: str) -> None:
            raise ConnectionError(node)

    system = Halfway()
    with pytest.raises(ConnectionError), injected(PowerLoss("lb1"), system, lines.append):
        pytest.fail("the block must not run")
    assert not system.frames_dropped("lb1")
    assert [line["t"] for line in lines] == ["healed"]


def test_a_fault_without_a_trace_is_no_fault(lines: Lines) -> None:
    system = FakeStage(deaf=["freeze"])
    with (
        pytest.raises(FaultDidNotTakeHold, match="freeze on lb1 left no trace within 0 s"),
        injected(Freeze("lb1"), system, lines.append, patience_s=0),
    ):
        pytest.fail("the block must not run")
    assert [(line["t"], line.get("took_hold")) for line in lines] == [("fault", False), ("healed", None)]


def test_traces_from_before_prove_nothing(lines: Lines) -> None:
    system = FakeStage()
    system.freeze("lb1")
    with (
        pytest.raises(FaultDidNotTakeHold, match="shows already before it is injected"),
        injected(Freeze("lb1"), system, lines.append),
    ):
        pytest.fail("the block must not run")
    assert lines == []
    assert system.done == ["freeze lb1"]


def test_each_part_has_its_own_line(lines: Lines) -> None:
    both = Together((PowerLoss("lb1"), Freeze("lb2")))
    with injected(both, FakeStage(), lines.append):
        pass
    found = [(line["t"], line["name"], line["node"]) for line in lines]
    assert found == [
        ("fault", "power loss", "lb1"),
        ("fault", "freeze", "lb2"),
        ("healed", "power loss", "lb1"),
        ("healed", "freeze", "lb2"),
    ]
