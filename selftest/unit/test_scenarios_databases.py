"""Looks at what database servers hold: when they are at rest, and what is recorded then."""

import dataclasses
import functools
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance.case import Case
from conformance.scenarios import databases as base
from topologies.waiting import wait_until

SERVERS = ("dbm1", "dbs1", "dbs2")
BROKEN = "No\t1062"
STOPPED = "No\t0"
RUNNING = "Yes\t0"


@dataclasses.dataclass
class Server:
    """A server whose rows are what *held* says at each look."""

    held: Callable[[], str]
    replication: str = RUNNING

    def must_run(self, *argv: str) -> str:
        """Carry out a command of the database's client."""
        if "SHOW ALL SLAVES STATUS" in argv[-1]:
            return f"Slave_SQL_Running\tLast_SQL_Errno\n{self.replication}\n"
        if "CHECKSUM" in argv[-1]:
            return f"jtel.marks\t{self.held()}\n"
        return ""


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let waiting take no time; the list holds what was slept."""
    slept: list[float] = []
    fake = SimpleNamespace(monotonic=lambda: sum(slept), sleep=slept.append)
    monkeypatch.setattr(base, "wait_until", functools.partial(wait_until, clock=fake))
    return slept


def settled(tmp_path: Path, *servers: Server) -> dict[str, str]:
    """Let *servers* come to rest; return the checksums that are recorded."""
    lab = SimpleNamespace(nodes=dict(zip(SERVERS, servers, strict=True)), now_ns=lambda: 1)
    with Case(tmp_path, "rest") as case:
        base.come_to_rest(cast("Any", lab), case, SERVERS, "probe-1")
        history = case.history()
    facts = [line for line in history.of_kind("observed") if line["what"] == "checksums"]
    return {str(fact["node"]): cast("Any", fact["value"])["tables"]["marks"] for fact in facts}


def test_servers_are_waited_for_until_they_hold_the_same(tmp_path: Path, clock: list[float]) -> None:
    catching_up = iter("122333333")
    said = settled(tmp_path, Server(lambda: "3"), Server(lambda: next(catching_up)), Server(lambda: "3"))
    assert said == dict.fromkeys(SERVERS, "3")
    assert clock == [0.1] * 3


def test_a_server_that_broke_off_at_an_error_is_not_waited_for(tmp_path: Path, clock: list[float]) -> None:
    said = settled(tmp_path, Server(lambda: "3"), Server(lambda: "1", BROKEN), Server(lambda: "3"))
    assert said == {"dbm1": "3", "dbs1": "1", "dbs2": "3"}
    assert clock == []


def test_the_others_are_waited_for_although_one_broke_off(tmp_path: Path, clock: list[float]) -> None:
    catching_up = iter("233")
    said = settled(
        tmp_path, Server(lambda: "3"), Server(lambda: "1", BROKEN), Server(lambda: next(catching_up))
    )
    assert said == {"dbm1": "3", "dbs1": "1", "dbs2": "3"}
    assert clock == [0.1]


def test_a_replica_that_was_stopped_may_go_on_and_is_waited_for(tmp_path: Path, clock: list[float]) -> None:
    settled(tmp_path, Server(lambda: "3"), Server(lambda: "1", STOPPED), Server(lambda: "3"))
    assert sum(clock) == pytest.approx(base.REST_PATIENCE_S, abs=0.2)
