"""Open is exactly what is documented."""

from typing import Any

from conformance.checkers.check import restored
from conformance.checkers.segregation import PortMatrix, Way, all_ways, documented_ways
from conformance.verdict import Verdict
from selftest.unit.lines import history, observed
from topologies.model import Topology

HTTP = Way("user", "acd-lb", "198.18.1.11", 80)
MATRIX = PortMatrix(documented=(HTTP,), sources=("user",), samples=2)
TOPOLOGY = Topology.model_validate(
    {
        "name": "sample",
        "title": "A sample",
        "variants": {"user-access": "any"},
        "networks": {"user": "198.18.1.0/24", "inside": "198.18.2.0/24"},
        "nodes": {
            "lb1": {"role": "balancer", "addresses": {"user": "198.18.1.11", "inside": "198.18.2.11"}},
            "lb2": {"role": "balancer", "addresses": {"user": "198.18.1.12", "inside": "198.18.2.12"}},
            "web1": {"role": "web", "addresses": {"inside": "198.18.2.21"}},
        },
        "virtual-ips": {
            "front": {
                "address": "198.18.1.100",
                "network": "user",
                "candidates": ["lb1", "lb2"],
                "carries": ["acd-lb"],
            }
        },
        "aliases": {"acd-web": "web1"},
        "reachable": [
            {"source": "user", "to": "acd-lb", "ports": [80, 443]},
            {"source": "inside", "to": "lb1", "ports": [8404]},
            {"source": "inside", "to": "acd-web", "ports": [8080]},
        ],
    }
)


def port(result: str, to: str = "acd-lb", address: str = "198.18.1.11", number: int = 80) -> dict[str, Any]:
    value = {"from": "user", "to": to, "address": address, "port": number, "result": result}
    return observed(5, "port", value)


CLOSED = [port("refused", "lb1", "198.18.1.11", 22), port("no route", "web1", "198.18.2.21", 8080)]


def test_open_as_documented() -> None:
    """The documented way is open, and nothing else."""
    result = MATRIX.judge(history(port("open"), *CLOSED))
    assert result.verdict is Verdict.HOLDS
    assert result.reason == "3 ways tried, 1 open way, all of them documented"


def test_open_beyond_what_is_documented() -> None:
    """The hole is named, and who found it."""
    result = MATRIX.judge(history(port("open"), *CLOSED, port("open", "web1", "198.18.1.21", 8080)))
    assert result.verdict is Verdict.VIOLATED
    assert result.reason == (
        "port 8080 of web1 (198.18.1.21) from the network user was open at t=0.000 s, tried by client"
    )


def test_documented_but_closed() -> None:
    """One open sample among several is enough."""
    result = MATRIX.judge(history(port("refused"), *CLOSED))
    assert result.verdict is Verdict.VIOLATED
    assert result.reason == (
        "port 80 of acd-lb (198.18.1.11) from the network user is documented, but was not open"
    )
    assert MATRIX.judge(history(port("silent"), port("open"), *CLOSED)).verdict is Verdict.HOLDS


def test_one_direction_only() -> None:
    """Each half can be judged alone."""
    missing = MATRIX.model_copy(update={"direction": "beyond"}).judge(history(port("refused"), *CLOSED))
    assert missing.verdict is Verdict.HOLDS


def test_too_little_was_tried() -> None:
    """Nothing, only the documented ways, or not all of them."""
    assert MATRIX.judge(history()).verdict is Verdict.UNKNOWN
    few = MATRIX.judge(history(port("open")))
    assert few.reason == "0 undocumented ways tried from user, at least 2 are needed"
    assert "is documented, but was not tried" in MATRIX.judge(history(*CLOSED)).reason


def test_the_matrix_of_a_topology() -> None:
    """Aliases lead to the virtual IP or to the address on the asking network."""
    assert documented_ways(TOPOLOGY) == (
        Way("user", "acd-lb", "198.18.1.100", 80),
        Way("user", "acd-lb", "198.18.1.100", 443),
        Way("inside", "lb1", "198.18.2.11", 8404),
        Way("inside", "acd-web", "198.18.2.21", 8080),
    )
    ways = all_ways(TOPOLOGY, [22])
    assert len(ways) == 2 * 6 * 5  # networks, addresses, ports
    assert Way("user", "web1", "198.18.2.21", 8080) in ways
    assert Way("user", "front", "198.18.1.100", 22) in ways


def test_it_can_be_stored() -> None:
    """Ways survive the form in which a case keeps them."""
    assert restored(MATRIX.stored()) == MATRIX
