"""The configuration of database servers is read from the nodes, and kept with the case."""

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from conformance.case import Case
from conformance.found import found_databases
from topologies.errors import UsageError
from topologies.lab import Lab
from topologies.lab.credentials import Secrets
from topologies.lab.rendering import render
from topologies.loading import load
from topologies.model import Role

TOPOLOGY = load("multi-master-semisync")


def lab(replace: tuple[str, str] = ("", "")) -> Lab:
    """Return as much of a lab as is asked for: files of nodes, with *replace* made in each."""
    secrets = Secrets()

    def node(name: str) -> SimpleNamespace:
        files = {
            file.path: file.content.decode().replace(*replace) for file in render(name, TOPOLOGY, secrets)
        }
        return SimpleNamespace(read_file=files.__getitem__)

    nodes = {name: node(name) for name in TOPOLOGY.with_role(Role.DATABASE)}
    return cast("Lab", SimpleNamespace(topology=TOPOLOGY, nodes=nodes, secrets=secrets))


def test_every_database_server_is_read(tmp_path: Path) -> None:
    with Case(tmp_path, "found") as case:
        databases = found_databases(lab(), case)

    assert {name: database.health.writer for name, database in databases.items()} == {
        "dbm1": True,
        "dbm2": True,
        "dbs1": False,
        "dbs2": False,
    }
    assert databases["dbm2"].server.acknowledgement_s == 0.5
    kept = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert any("my.cnf" in name for name in kept)
    assert any("health.toml" in name for name in kept)


def test_rules_that_are_missing_are_told(tmp_path: Path) -> None:
    with (
        Case(tmp_path, "found") as case,
        pytest.raises(UsageError, match=r"health.toml: max_lag_s: Field required"),
    ):
        found_databases(lab(("max_lag_s", "max_age_s")), case)
