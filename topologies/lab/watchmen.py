"""Processes that belong to a lab but not to its containers: its reapers, and clients of commands in it."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import topologies
from topologies.errors import LabError
from topologies.lab import identity
from topologies.lab.owner import Owner

_MODULE: Final = "topologies.lab.reaper"
_PROC: Final = Path("/proc")


def post(lab_id: str, owner: Owner, environment: Mapping[str, str]) -> None:
    """Start the reaper of a lab, detached from us; *environment* leads it to the engine."""
    root = str(Path(topologies.__file__).resolve().parent.parent)
    subprocess.run(
        ["sh", "-c", '"$@" &', "sh", sys.executable, "-m", _MODULE, lab_id, str(owner)],  # no child of ours
        check=True,
        cwd="/",
        env={**environment, "PYTHONPATH": root},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def reapers(lab_id: str, *, proc: Path = _PROC) -> list[int]:
    """Return the reapers of a lab."""
    return [pid for pid, arguments in _processes(proc) if _is_reaper(arguments, lab_id)]


def clients(lab_id: str, *, proc: Path = _PROC) -> list[int]:
    """Return the docker clients that have, or had, a command in a container of a lab."""
    return [pid for pid, arguments in _processes(proc) if _is_client(arguments, lab_id)]


def dismiss(lab_id: str, *, patience_s: float) -> None:
    """End what watches or uses a lab that is gone, except the process that calls; returns when they ended.

    Docker's client can miss that the container of its command was removed, and would then wait for ever.

    Raises:
        LabError: one did not end in time.
    """
    for pid in (*reapers(lab_id), *clients(lab_id)):
        if pid != os.getpid():
            _end(pid, lab_id, patience_s)


def _end(pid: int, lab_id: str, patience_s: float) -> None:
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        # The number may have passed to another process before we had hold of this one.
        if pid not in (*reapers(lab_id), *clients(lab_id)):
            return
        signal.pidfd_send_signal(process, signal.SIGKILL)
        poll = select.poll()
        poll.register(process, select.POLLIN)
        if not poll.poll(patience_s * 1000):
            raise LabError(f"{lab_id}: process {pid}, which belongs to it, does not end; end it by hand")
    except ProcessLookupError:
        return
    finally:
        os.close(process)


def _is_reaper(arguments: Sequence[str], lab_id: str) -> bool:
    match arguments:
        case [_, "-m", module, lab, _]:
            return module == _MODULE and lab == lab_id
        case _:
            return False


def _is_client(arguments: Sequence[str], lab_id: str) -> bool:
    match arguments:
        case [program, "exec", *rest]:
            prefix = identity.container_name(lab_id, "")
            return Path(program).name == "docker" and any(one.startswith(prefix) for one in rest)
        case _:
            return False


def _processes(proc: Path) -> list[tuple[int, list[str]]]:
    numbers = [int(entry.name) for entry in proc.iterdir() if entry.name.isdecimal()]
    return [(pid, _arguments(proc / str(pid))) for pid in numbers]


def _arguments(entry: Path) -> list[str]:
    try:
        return (entry / "cmdline").read_text(errors="replace").split("\0")[:-1]
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return []
