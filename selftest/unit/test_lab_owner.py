"""An owner is a process, not a number."""

import os
from pathlib import Path

import pytest

from topologies.lab.owner import Owner, seat

BOOT = "0f9b3c5e-0000-4000-8000-000000000001"


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    """Make a /proc with process 42, started at tick 777, whose name is hard to read."""
    (tmp_path / "sys/kernel/random").mkdir(parents=True)
    (tmp_path / "sys/kernel/random/boot_id").write_text(f"{BOOT}\n")
    live(tmp_path, start_ticks=777)
    return tmp_path


def live(proc: Path, *, start_ticks: int, state: str = "S") -> None:
    (proc / "42").mkdir(exist_ok=True)
    before, behind = " ".join(["0"] * 18), "0 0 0"
    (proc / "42/stat").write_text(f"42 (a (b) c) {state} {before} {start_ticks} {behind}")


def test_text_and_back(proc: Path) -> None:
    owner = Owner.of_process(42, proc=proc)
    assert str(owner) == f"{BOOT}:42:777"
    assert Owner.parse(str(owner)) == owner


@pytest.mark.parametrize("text", ["kept", "", "a:b:c", f"{BOOT}:42", f"{BOOT}:-1:2"])
def test_what_is_no_owner(text: str) -> None:
    assert Owner.parse(text) is None


def test_alive_until_it_is_not(proc: Path) -> None:
    owner = Owner(BOOT, 42, 777)
    assert owner.is_alive(proc=proc)
    live(proc, start_ticks=778)  # the number was given to another process
    assert not owner.is_alive(proc=proc)


def test_zombie_and_stranger_are_not_alive(proc: Path) -> None:
    assert not Owner(BOOT, 43, 777).is_alive(proc=proc)
    assert not Owner("another boot", 42, 777).is_alive(proc=proc)
    live(proc, start_ticks=777, state="Z")
    assert not Owner(BOOT, 42, 777).is_alive(proc=proc)
    assert Owner.of_process(42, proc=proc) is None


def test_this_process_lives_here() -> None:
    owner = Owner.this_process()
    assert owner.pid == os.getpid()
    assert owner.is_alive()
    assert seat() == seat()
