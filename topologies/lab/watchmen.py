"""The reapers of labs, seen from outside: started before a lab's first object, dismissed after its last."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import topologies
from topologies.errors import LabError
from topologies.lab.owner import Owner

_MODULE: Final = "topologies.lab.reaper"


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


def on_duty(lab_id: str | None = None, *, proc: Path = Path("/proc")) -> dict[int, str]:
    """Return the reapers that run: lab id by process id; only those of *lab_id* if given."""
    found = {}
    for entry in proc.iterdir():
        if entry.name.isdecimal():
            match _arguments(entry):
                case [_, "-m", module, lab, _] if module == _MODULE and lab_id in {None, lab}:
                    found[int(entry.name)] = lab
    return found


def dismiss(lab_id: str, *, patience_s: float) -> None:
    """End the reapers of a lab, except the process that calls; returns when they are gone.

    Raises:
        LabError: one did not go in time.
    """
    for pid in on_duty(lab_id):
        if pid == os.getpid():
            continue
        try:
            process = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        try:
            if pid not in on_duty(lab_id):  # the number may have passed to somebody else before we held it
                continue
            signal.pidfd_send_signal(process, signal.SIGTERM)
            poll = select.poll()
            poll.register(process, select.POLLIN)
            if not poll.poll(patience_s * 1000):
                raise LabError(f"{lab_id}: its reaper, process {pid}, does not end; end it by hand")
        except ProcessLookupError:
            continue
        finally:
            os.close(process)


def _arguments(entry: Path) -> list[str]:
    try:
        return (entry / "cmdline").read_text(errors="replace").split("\0")[:-1]
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return []
