"""What cannot be carried out is refused with one sentence and exit status 4, and nothing is left of it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from selftest.runs import ROOT

CLASH = """
title: Two nodes with one address
variants: {user-access: one-web-server}
networks: {user: 198.18.1.0/24}
nodes:
  client: {role: client, user: 198.18.1.10}
  lb1: {role: balancer, user: 198.18.1.10}
"""


def suite(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "conformance", "-q", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def sentence(done: subprocess.CompletedProcess[str]) -> str:
    """Return the one line that was said, checked to be one and to be followed by no trace."""
    lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    assert done.returncode == 4, lines
    assert not any("Traceback" in line for line in lines)
    return " ".join(lines)


def test_unknown_topology() -> None:
    """The known ones are named."""
    told = sentence(suite("--topology=nonsense"))
    assert "nonsense" in told
    assert "redundant-lb" in told


def test_unknown_defect() -> None:
    """The closest known one is named."""
    assert "no-health-checks" in sentence(suite("--defect=no-health-check"))


@pytest.mark.parametrize(
    ("content", "word"), [("title: [broken", "line"), (CLASH, "198.18.1.10")], ids=["broken", "clash"]
)
def test_bad_file(tmp_path: Path, content: str, word: str) -> None:
    """File and place are named."""
    path = tmp_path / "mine.yaml"
    path.write_text(content, encoding="utf-8")
    told = sentence(suite(f"--topology={path}"))
    assert "mine.yaml" in told
    assert word in told


def test_stopped_engine(tmp_path: Path) -> None:
    """The engine that was told to be used, and what to do, are named."""
    socket = tmp_path / "docker.sock"
    told = sentence(
        suite("--topology=simple", f"--run-dir={tmp_path / 'out'}", DOCKER_HOST=f"unix://{socket}")
    )
    assert str(socket) in told


def test_foreign_run_dir(tmp_path: Path) -> None:
    """A folder with somebody else's files is left alone."""
    (tmp_path / "thesis.tex").write_text("precious", encoding="utf-8")
    assert "thesis.tex" not in sentence(suite("--topology=simple", f"--run-dir={tmp_path}"))
    assert (tmp_path / "thesis.tex").read_text(encoding="utf-8") == "precious"


def test_what_does_not_exist_yet() -> None:
    """An option of the contract without its feature says so."""
    assert "live systems" in sentence(suite("--target=customer.yaml"))
