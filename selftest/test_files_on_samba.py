"""Probes of files on a lab's Samba: what is written, appended, read, and refused."""

import dataclasses
import itertools
import secrets
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from chaos.crash import Crash
from chaos.fault import Fault
from chaos.freeze import Freeze
from chaos.injection import injected
from conformance.history import Operation, Outcome
from conformance.probes.recorder import Recorder
from conformance.probes.running import running
from conformance.probes.smb import LARGEST, SmbProbe
from topologies import storage
from topologies.lab import Lab, bring_up
from topologies.loading import load

ASKING = "web1"
DEADLINE_MS = 500
SLACK_MS = 100
"""How much later than its deadline an operation may end on a machine that has other work."""
FAULT_S = 1.5


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with bring_up(load("simple")) as lab:
        yield lab


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    with Recorder(tmp_path / "history.jsonl") as recorder:
        yield recorder


def writing(lab: Lab, **changes: Any) -> SmbProbe:
    account = storage.TEST_ACCOUNT
    probe = SmbProbe(
        name="p",
        what="write",
        client=f"probe-{secrets.token_hex(6)}",
        account=account,
        password=lab.secrets[storage.secret_of(account)],
        deadline_ms=DEADLINE_MS,
    )
    return dataclasses.replace(probe, **changes)


def worked(
    lab: Lab, recorder: Recorder, probe: SmbProbe, *, seconds: float = 1.0, served: bool = True
) -> list[Operation]:
    asking = lab.nodes[ASKING]
    with running([probe], lab, recorder, vantage=asking, need_service=served) as at_work:
        at_work.watch(seconds)
    return recorder.history().operations(probe.name)


def read_back(lab: Lab, recorder: Recorder, files: tuple[str, ...]) -> dict[str, Operation]:
    probe = writing(lab, name="r", what="read", files=files, interval_ms=10, deadline_ms=2000)
    operations = worked(lab, recorder, probe, seconds=len(files) * 0.01 + 1, served=False)
    assert len(operations) == len(files)
    return {operation.detail["file"]: operation for operation in operations}


def ends(operations: list[Operation]) -> Counter[tuple[str, str | None]]:
    return Counter((operation.outcome.value, operation.error) for operation in operations)


@pytest.mark.parametrize("keep_alive", [True, False])
@pytest.mark.parametrize("size", [1, 4096, LARGEST])
def test_files_are_acknowledged_and_there(
    lab: Lab, recorder: Recorder, size: int, *, keep_alive: bool
) -> None:
    operations = worked(lab, recorder, writing(lab, size=size, keep_alive=keep_alive, interval_ms=50))
    kept = read_back(lab, recorder, tuple(o.detail["file"] for o in operations))

    assert ends(operations).keys() == {("ok", None)}
    (provider,) = storage.providers(lab.topology)
    for operation in operations:
        assert operation.server == provider
        assert kept[operation.detail["file"]].detail["sha256"] == operation.detail["sha256"]
        stamps = [operation.detail[f"{name}_ns"] for name in ("connected", "logged_in", "sent")]
        assert all(earlier <= later for earlier, later in itertools.pairwise(stamps))
    assert (len({o.detail["connected_ns"] for o in operations}) < len(operations) / 2) is keep_alive


def test_records_are_acknowledged_and_there_in_their_order(lab: Lab, recorder: Recorder) -> None:
    operations = worked(lab, recorder, writing(lab, what="append"), seconds=2)
    kept = read_back(lab, recorder, tuple({o.detail["file"] for o in operations}))

    assert ends(operations).keys() == {("ok", None)}
    for name, operation in kept.items():
        found = operation.detail
        assert found["sequences"] == [o.number for o in operations if o.detail["file"] == name]
        assert (found["torn"], found["foreign"]) == (0, 0)


def test_a_file_that_is_there_is_not_written_again(lab: Lab, recorder: Recorder) -> None:
    probe = writing(lab)
    worked(lab, recorder, probe)
    again = worked(lab, recorder, dataclasses.replace(probe, name="again"), served=False)

    assert ("failed", "smb STATUS_OBJECT_NAME_COLLISION") in ends(again)


def test_what_is_not_there_is_not_read(lab: Lab, recorder: Recorder) -> None:
    (operation,) = read_back(lab, recorder, ("nowhere",)).values()

    assert (operation.outcome, operation.error) == (Outcome.FAILED, "smb STATUS_OBJECT_NAME_NOT_FOUND")


@pytest.mark.parametrize("changes", [{"password": "wrong"}, {"account": "nobody-we-know"}, {"signed": False}])
def test_only_who_may_gets_in(lab: Lab, recorder: Recorder, changes: dict[str, Any]) -> None:
    probe = writing(lab, what="login", interval_ms=100, **changes)
    operations = worked(lab, recorder, probe, served=False)

    is_right = (
        "signed" in changes
    )  # that the server may leave its answers unsigned does not mean that it does
    assert ends(operations).keys() == {("ok", None) if is_right else ("failed", "smb STATUS_LOGON_FAILURE")}


@pytest.mark.parametrize("what", ["write", "append"])
@pytest.mark.parametrize("fault", [Freeze, lambda node: Crash(node, "smbd")], ids=["freeze", "crash"])
def test_through_a_fault_what_is_acknowledged_is_there_and_what_has_failed_is_not(
    lab: Lab, recorder: Recorder, fault: Callable[[str], Fault], what: str
) -> None:
    """Operations begin and end in time all the while; only of unknown ones nobody knows."""
    (provider,) = storage.providers(lab.topology)
    probe, asking = writing(lab, what=what), lab.nodes[ASKING]
    lines: list[Mapping[str, Any]] = []
    with running([probe], lab, recorder, vantage=asking) as at_work:
        at_work.watch(0.5)
        with injected(fault(provider), lab, lines.append):
            at_work.watch(FAULT_S)
        at_work.until_served(patience_s=10)
    operations = recorder.history().operations("p")

    assert {Outcome.OK, Outcome.FAILED} <= {operation.outcome for operation in operations}
    for operation in operations:
        assert operation.completed_ns is not None
        assert operation.completed_ns - operation.invoked_ns < (DEADLINE_MS + SLACK_MS) * 1e6
    if what == "write":
        _files_agree(read_back(lab, recorder, tuple(o.detail["file"] for o in operations)), operations)
    else:
        files = tuple({o.detail["file"] for o in operations if o.outcome is Outcome.OK})
        _records_agree(read_back(lab, recorder, files), operations)


def _files_agree(kept: dict[str, Operation], operations: list[Operation]) -> None:
    for operation in operations:
        found = kept[operation.detail["file"]]
        if operation.outcome is Outcome.OK:
            assert found.detail["sha256"] == operation.detail["sha256"]
        elif operation.outcome is Outcome.FAILED:
            assert found.error == "smb STATUS_OBJECT_NAME_NOT_FOUND"


def _records_agree(kept: dict[str, Operation], operations: list[Operation]) -> None:
    there = {sequence for found in kept.values() for sequence in found.detail["sequences"]}

    assert {o.number for o in operations if o.outcome is Outcome.OK} <= there
    assert not there & {o.number for o in operations if o.outcome is Outcome.FAILED}
    assert {found.detail["foreign"] for found in kept.values()} == {0}
