"""What is known of a lab survives the process that brought it up, and tells who may sweep it."""

import datetime as dt
import stat
from pathlib import Path

import pytest

from topologies.errors import LabError, UsageError
from topologies.lab import attach, identity, state, take_down, watchmen
from topologies.lab.owner import Owner
from topologies.lab.taking_down import is_orphan
from topologies.loading import load

LAB = "redundant-lb-00beef"
DEAD = Owner("an-earlier-boot", 1, 1)


@pytest.fixture(autouse=True)
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Provide a folder for the state of labs that nobody else uses."""
    monkeypatch.setenv("JTEL_CONFORMANCE_RUNTIME", str(tmp_path))
    return tmp_path


def known(owner: Owner | None = None, *, kept: bool = False, is_up: bool = True) -> state.LabState:
    return state.LabState(
        lab_id=LAB,
        declared=load("redundant-lb"),
        slot=5,
        secrets_key="key",
        owner=str(owner or Owner.this_process()),
        kept=kept,
        is_up=is_up,
        started_at=dt.datetime(2026, 1, 2, tzinfo=dt.UTC),
        engine_url="unix:///nowhere.sock",
        images={"client": "client:1"},
    )


def labels(owner: Owner, *, kept: bool = False) -> dict[str, str]:
    return identity.Labels(LAB, "redundant-lb", owner, kept=kept).on("lb1")


def test_written_and_read_again() -> None:
    state.write(known())
    assert state.read(LAB) == known()
    assert state.read(LAB).topology == load("redundant-lb").relocated(5)  # type: ignore[union-attr]
    assert list(state.lab_ids()) == [LAB]
    assert stat.S_IMODE((state.folder(LAB) / "state.json").stat().st_mode) == 0o600
    assert [path.name for path in state.folder(LAB).iterdir()] == ["state.json"]
    state.remove(LAB)
    state.remove(LAB)
    assert state.read(LAB) is None


def test_state_of_another_version_is_one_sentence() -> None:
    state.write(known())
    (state.folder(LAB) / "state.json").write_text("{}")
    with pytest.raises(LabError, match=f"state.json: written by another version .* topologies down {LAB}"):
        state.read(LAB)


def test_lab_of_a_living_process_is_no_orphan() -> None:
    state.write(known())
    assert not is_orphan(LAB, [labels(Owner.this_process())])
    assert not is_orphan(LAB, [])  # its first object is still to come


def test_lab_of_a_dead_process_is_an_orphan() -> None:
    assert is_orphan(LAB, [labels(DEAD)])  # whether its state is there or not
    state.write(known(DEAD))
    assert is_orphan(LAB, [labels(DEAD)])
    assert is_orphan(LAB, [])


def test_lab_of_another_machine_is_left_alone() -> None:
    assert not is_orphan(LAB, [labels(DEAD) | {identity.SEAT: "elsewhere:1"}])


def test_kept_lab_is_an_orphan_only_while_it_comes_up() -> None:
    assert not is_orphan(LAB, [labels(DEAD, kept=True)])
    state.write(known(DEAD, kept=True))
    assert not is_orphan(LAB, [labels(DEAD, kept=True)])
    state.write(known(DEAD, kept=True, is_up=False))
    assert is_orphan(LAB, [labels(DEAD, kept=True)])
    state.write(known(kept=True, is_up=False))
    assert not is_orphan(LAB, [labels(Owner.this_process(), kept=True)])


def test_state_without_a_lab_is_an_orphan() -> None:
    state.folder(LAB).mkdir(parents=True)
    assert is_orphan(LAB, [])
    state.write(known(kept=True))
    assert is_orphan(LAB, [])


def test_ids() -> None:
    made = identity.new_lab_id("redundant-lb")
    assert identity.is_lab_id(made)
    assert not identity.is_lab_id("redundant-lb")
    assert identity.container_name(made, "lb1") == f"jtel-{made}-lb1"
    with pytest.raises(UsageError, match="'simple' is not a lab's id"):
        take_down("simple")


def test_attach_to_what_is_not_there() -> None:
    with pytest.raises(LabError, match=f"no lab {LAB} is known here"):
        attach(LAB)
    state.write(known(is_up=False))
    with pytest.raises(LabError, match=f"{LAB} is still being brought up"):
        attach(LAB)


def test_processes_of_a_lab_are_told_from_others(tmp_path: Path) -> None:
    lines = {
        "10": ["python", "-m", "topologies.lab.reaper", LAB, "boot:1:2"],
        "11": ["python", "-m", "topologies.lab.reaper", "simple-00beef", "boot:1:2"],
        "12": ["/opt/docker", "exec", "-i", f"jtel-{LAB}-sidecar", "python3"],
        "13": ["docker", "exec", "-i", "jtel-simple-00beef-sidecar", "python3"],
        "14": ["vi", "exec", f"jtel-{LAB}-notes"],
        "15": [],
    }
    for pid, arguments in lines.items():
        (tmp_path / pid).mkdir()
        (tmp_path / pid / "cmdline").write_text("".join(f"{each}\0" for each in arguments))
    assert watchmen.reapers(LAB, proc=tmp_path) == [10]
    assert watchmen.clients(LAB, proc=tmp_path) == [12]
