"""Which engine is used, and that a dead socket is not taken for one."""

import socket
from pathlib import Path

import pytest

from topologies.engine import connection, finding
from topologies.engine.connection import Engine
from topologies.engine.daemon import Daemon
from topologies.errors import EngineError


@pytest.fixture(autouse=True)
def bare_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing answers anywhere."""
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setenv("JTEL_CONFORMANCE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("JTEL_CONFORMANCE_RUNTIME", str(tmp_path / "run"))
    monkeypatch.setattr(connection, "DEFAULT_SOCKET", tmp_path / "docker.sock")


def test_bare_machine_has_no_engine() -> None:
    assert finding.find() is None


def test_engine_that_was_named_and_does_not_answer_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    with pytest.raises(EngineError, match=r"DOCKER_HOST names tcp://127\.0\.0\.1:1, where no engine answers"):
        finding.find()


def test_socket_that_nobody_listens_on_is_no_engine(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as left_over:
        left_over.bind(str(tmp_path / "docker.sock"))
    assert finding.find() is None


def test_machines_own_engine_comes_before_the_embedded_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(connection, "_accepts", lambda _: True)
    monkeypatch.setattr(Engine, "answers", lambda _: True)
    assert finding.find() == Engine("default", f"unix://{tmp_path}/docker.sock")


def test_client_programs_are_told_the_engine_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_CONTEXT", "somewhere-else")
    monkeypatch.setenv("DOCKER_TLS_VERIFY", "1")
    environment = Engine("embedded", "unix:///engine.sock").environment
    assert environment["DOCKER_HOST"] == "unix:///engine.sock"
    assert not {"DOCKER_CONTEXT", "DOCKER_TLS_VERIFY"} & set(environment)


def test_named_engine_keeps_the_users_certificates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_TLS_VERIFY", "1")
    assert Engine("given", "tcp://engine:2376").environment["DOCKER_TLS_VERIFY"] == "1"


def test_ending_an_engine_that_never_was_is_no_error(tmp_path: Path) -> None:
    Daemon(data=tmp_path / "data", folder=tmp_path / "run", flags=()).stop()
    assert not (tmp_path / "run").exists()


def test_files_of_a_dead_engine_are_swept(tmp_path: Path) -> None:
    dead = Daemon(data=tmp_path / "data", folder=tmp_path / "run", flags=())
    (tmp_path / "run/exec").mkdir(parents=True)
    (tmp_path / "run/dockerd.pid").write_text("1")
    dead.stop()
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["dockerd.lock"]
