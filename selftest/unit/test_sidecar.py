"""The session with the sidecar's agent, which runs here as a plain process."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from topologies.errors import LabError, NodeUnreachable
from topologies.lab.sidecar import Sidecar
from topologies.waiting import wait_until

AGENT = [sys.executable, "-m", "topologies.sidecar"]


@pytest.fixture
def node() -> Iterator["subprocess.Popen[bytes]"]:
    """Start a process that stands for a node's first."""
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process
        process.kill()


@pytest.fixture
def sidecar(node: "subprocess.Popen[bytes]") -> Iterator[Sidecar]:
    with Sidecar(AGENT, lambda name: {"lb1": node.pid}.get(name, 0)) as sidecar:
        yield sidecar


def test_clock_goes_on(sidecar: Sidecar) -> None:
    assert 0 < sidecar.now_ns() < sidecar.now_ns()


def test_unknown_request_is_refused_with_what_it_can(sidecar: Sidecar) -> None:
    with pytest.raises(LabError, match="cannot 'dance'; it can alive, attach"):
        sidecar.ask("dance")


def test_wrong_request_is_an_answer_and_no_end(sidecar: Sidecar) -> None:
    with pytest.raises(LabError, match="KeyError: 'program'"):
        sidecar.ask_about("lb1", "processes")
    assert sidecar.is_alive("lb1")


def test_a_node_lives_until_its_first_process_ends(sidecar: Sidecar, node: "subprocess.Popen[bytes]") -> None:
    assert sidecar.is_alive("lb1")
    assert sidecar.ask_about("lb1", "processes", program="sleep")
    sidecar.ask_about("lb1", "kill")
    node.wait()
    assert not sidecar.is_alive("lb1")
    with pytest.raises(NodeUnreachable, match="lb1 is not running"):
        sidecar.ask_about("lb1", "kill")


def test_signal_tells_whom_it_hit(sidecar: Sidecar, node: "subprocess.Popen[bytes]") -> None:
    wait_until("sleep", lambda: sidecar.ask_about("lb1", "processes", program="sleep"), patience_s=5)
    assert sidecar.ask_about("lb1", "signal", program="no such program", signal=9) == []
    assert node.poll() is None


def test_a_node_that_never_ran_is_not_running(sidecar: Sidecar) -> None:
    assert not sidecar.is_alive("lb2")
    with pytest.raises(NodeUnreachable, match="lb2 is not running"):
        sidecar.attach("lb2")


def test_stall_facts_reach_their_recorder(sidecar: Sidecar) -> None:
    seen: list[object] = []
    with sidecar.session("watch_stalls", "unwatch_stalls", seen.append):
        assert sidecar.now_ns()
    assert all(isinstance(fact, dict) and fact["t"] in {"stall", "steal"} for fact in seen)


def test_an_agent_that_does_not_start_says_why() -> None:
    with (
        Sidecar([sys.executable, "-c", "raise SystemExit('no such container')"], lambda _: 0) as sidecar,
        pytest.raises(LabError, match="no such container"),
    ):
        sidecar.now_ns()


def test_asking_after_the_end_is_an_error(sidecar: Sidecar) -> None:
    sidecar.close()
    with pytest.raises(LabError, match="agent was closed"):
        sidecar.now_ns()
