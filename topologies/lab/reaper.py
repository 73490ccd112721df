"""Takes a lab down when the process that owns it is gone: `python -m topologies.lab.reaper LAB OWNER`.

It runs in a session of its own, waits without looking (on a process descriptor), and imports what talks to
the engine only when it is needed. Whoever takes the lab down in the ordinary way ends the reaper too.
"""

import fcntl
import os
import select
import sys
import time
import traceback

from topologies.home import runtime
from topologies.lab.owner import Owner


def main(lab_id: str, owner_text: str) -> int:
    """Wait for the owner's end, then remove its lab unless it is up and to be kept; return an exit status."""
    owner = Owner.parse(owner_text)
    if owner is None:
        return 2
    wait_for_end(owner)
    from topologies.lab.taking_down import is_to_be_kept, take_down  # noqa: PLC0415 -- most never need it

    if is_to_be_kept(lab_id):
        return 0
    _note(f"{lab_id}: its owner, process {owner.pid}, is gone; taking the lab down")
    try:
        take_down(lab_id)
    except Exception:  # noqa: BLE001 -- nobody is there to hear; the next command sweeps
        _note(f"{lab_id}: {traceback.format_exc()}")
        return 1
    _note(f"{lab_id}: taken down")
    return 0


def wait_for_end(owner: Owner) -> None:
    """Return when the process is gone; at once if it already is."""
    try:
        process = os.pidfd_open(owner.pid)
    except ProcessLookupError:
        return
    if owner.is_alive():  # looked at after the descriptor was opened, so the number cannot have passed on
        poll = select.poll()
        poll.register(process, select.POLLIN)
        poll.poll()
    os.close(process)


def _note(sentence: str) -> None:
    runtime().mkdir(parents=True, exist_ok=True)
    with (runtime() / "reaper.log").open("a", encoding="utf-8") as log:
        fcntl.flock(log, fcntl.LOCK_EX)
        log.write(f"{time.strftime('%Y-%m-%dT%H:%M:%S%z')} {sentence}\n")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
