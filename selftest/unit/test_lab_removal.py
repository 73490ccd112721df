# ruff: noqa: D102 -- what the fake engine does is what engines do
"""How a lab goes away where the engine does not let go of a network."""

from types import SimpleNamespace
from typing import Any, cast

import docker.errors
import pytest
import requests
from docker import DockerClient

from topologies.engine import Engine, embedded
from topologies.errors import GhostNetwork
from topologies.lab import identity, removal, state, taking_down, watchmen

LAB_ID = "simple-3fa9c1"
LABELS = {identity.LAB: LAB_ID, identity.SEAT: "", identity.OWNER: ""}


class FakeEngine:
    """An engine with one network, which it removes only once it was restarted."""

    def __init__(self, kind: str = "embedded", *, users: int = 0) -> None:
        self.kind, self.users = kind, users
        self.has_network, self.miscounts = True, True
        self.client = cast("DockerClient", SimpleNamespace(api=self))

    def containers(self, **_: Any) -> list[dict[str, Any]]:
        return []

    def networks(self, **_: Any) -> list[dict[str, Any]]:
        return [{"Id": "n", "Name": "jtel-net", "Labels": LABELS}] if self.has_network else []

    def volumes(self, **_: Any) -> dict[str, Any]:
        return {"Volumes": None}

    def inspect_network(self, _: str) -> dict[str, Any]:
        return {"Containers": {f"c{number}": {} for number in range(self.users)}}

    def disconnect_container_from_network(self, *_: Any, **__: Any) -> None:
        self.users = 0

    def remove_network(self, _: str) -> None:
        if self.miscounts or self.users:
            refusal = requests.Response()
            refusal.status_code = requests.codes.forbidden
            raise docker.errors.APIError("has active endpoints", refusal)
        self.has_network = False


@pytest.fixture(autouse=True)
def in_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(removal, "_GHOST_S", 0.0)
    monkeypatch.setattr(watchmen, "dismiss", lambda *_, **__: None)
    monkeypatch.setattr(state, "remove", lambda _: None)
    monkeypatch.setattr(state, "lab_ids", list)
    monkeypatch.setattr(taking_down, "is_orphan", lambda *_: True)


def test_a_network_that_is_used_is_released_and_removed() -> None:
    engine = FakeEngine(users=2)
    engine.miscounts = False
    removal.remove_objects(engine.client, LAB_ID)
    assert not engine.has_network


def test_a_network_on_which_nothing_is_and_that_stays_is_told() -> None:
    with pytest.raises(GhostNetwork, match=r"does not remove its network jtel-net.*restart the engine"):
        removal.remove_objects(FakeEngine().client, LAB_ID)


def test_the_embedded_engine_is_restarted_where_nobody_else_uses_it(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = FakeEngine()
    monkeypatch.setattr(embedded, "restart", lambda: setattr(engine, "miscounts", False))
    assert taking_down.sweep_engine(cast("Engine", engine)) == [LAB_ID]
    assert not engine.has_network


@pytest.mark.parametrize("kind", ["given", "default"])
def test_an_engine_of_others_is_not_restarted(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "restart", lambda: pytest.fail("it was restarted"))
    with pytest.raises(GhostNetwork):
        taking_down.sweep_engine(cast("Engine", FakeEngine(kind)))


def test_an_engine_with_a_lab_that_lives_is_not_restarted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "restart", lambda: pytest.fail("it was restarted"))
    monkeypatch.setattr(taking_down, "is_orphan", lambda lab_id, _: lab_id == LAB_ID)
    both = {LAB_ID: [LABELS], "simple-000000": [LABELS]}
    monkeypatch.setattr(removal, "objects", lambda _: both)
    with pytest.raises(GhostNetwork):
        taking_down.sweep_engine(cast("Engine", FakeEngine()))
