"""Processes of a node, seen from the engine's host: which there are, signals, whether they are frozen."""

from __future__ import annotations

import os
import select
import signal
import time
from pathlib import Path

from .refusals import NodeGone, Refused

_COMM_LENGTH = 15
"""The kernel cuts the name of a process after so many characters."""
_ROUNDS = 5
_PROMPT_DEATH_S, _DEATH_S = 0.1, 5.0


class Init:
    """The first process of a node; with it the whole node ends."""

    def __init__(self, node: str, pid: int) -> None:
        try:
            self._pidfd = os.pidfd_open(pid)
        except (ProcessLookupError, OSError) as error:
            raise NodeGone(f"{node} is not running: process {pid} has ended") from error
        self.node, self.pid = node, pid

    def alive(self) -> bool:
        """Tell whether it still runs (a zombie does not)."""
        return not select.select([self._pidfd], [], [], 0)[0]

    def must_be_alive(self) -> None:
        """Raise NodeGone unless it still runs."""
        if not self.alive():
            raise NodeGone(f"{self.node} is not running: process {self.pid} has ended")

    def death(self) -> int:
        """Return a file descriptor, to be closed by the caller, that becomes readable when it ends."""
        return os.dup(self._pidfd)

    def kill(self) -> bool:
        """SIGKILL it, and wait until it and with it every process of the node is gone.

        False: it is frozen under cgroup v1, and will die in the moment in which it is thawed.
        """
        try:
            signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
        except ProcessLookupError:
            return True
        if select.select([self._pidfd], [], [], _PROMPT_DEATH_S)[0]:
            return True
        if is_frozen(self.pid):
            return False
        if select.select([self._pidfd], [], [], _DEATH_S)[0]:
            return True
        raise Refused(f"{self.node} still runs {_DEATH_S:g} s after SIGKILL to its first process")

    def close(self) -> None:
        """Let go of it."""
        os.close(self._pidfd)


def find(init_pid: int, program: str) -> dict[int, int]:
    """Return the live processes called *program* of a node: number inside the node by number on the host."""
    found: dict[int, int] = {}
    namespace = _pid_namespace(init_pid)
    for pid in (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()):
        if (number := _number_inside(pid, program, namespace)) is not None:
            found[pid] = number
    return dict(sorted(found.items()))


def send(init_pid: int, program: str, number: int) -> list[int]:
    """Signal every process called *program*, oldest first; return their numbers inside the node.

    After SIGKILL it looks again until none is left, since a parent may have replaced a child meanwhile.
    """
    hit: list[int] = []
    for _ in range(_ROUNDS):
        living = find(init_pid, program)
        for pid, inside in living.items():
            if _signal_one(pid, number):
                hit.append(inside)
        if number != signal.SIGKILL or not living:
            return hit
        _await_ends(living)
    if find(init_pid, program):
        raise Refused(f"{program} is started again as often as it is killed")
    return hit


def is_frozen(init_pid: int) -> bool:
    """Tell from the node's own cgroup (version 1 or 2) whether its processes are frozen.

    Raises:
        Refused: the node does not mount its cgroup.
    """
    mounted = Path(f"/proc/{init_pid}/root/sys/fs/cgroup")
    try:
        if (state := mounted / "freezer/freezer.state").exists():
            return state.read_text().strip() != "THAWED"
        if (events := mounted / "cgroup.events").exists():
            return "frozen 1" in events.read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return False  # it ended while we looked
    if not Path(f"/proc/{init_pid}/root").exists():
        return False
    raise Refused("cannot see whether the node is frozen: it mounts no cgroup under /sys/fs/cgroup")


def services_started(init_pid: int) -> dict[str, bool]:
    """Tell of every service of the node whether it was started since the node was."""
    root = Path(f"/proc/{init_pid}/root")
    started_at_s = _started_at_s(init_pid)
    folder = root / "etc/jtel/services"
    if not folder.is_dir():
        return {}
    return {
        service.name: _modified_s(root / f"run/jtel/{service.name}.pid") >= started_at_s
        for service in folder.iterdir()
        if os.access(service, os.X_OK)
    }


def _modified_s(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _started_at_s(pid: int) -> float:
    """Return the wall-clock time at which a process started, rounded down by at most two clock ticks."""
    ticks = int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[19])
    age_s = time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
    return time.time() - age_s - 2 / os.sysconf("SC_CLK_TCK")


def _pid_namespace(pid: int) -> str:
    try:
        return str(Path(f"/proc/{pid}/ns/pid").readlink())
    except (FileNotFoundError, ProcessLookupError) as error:
        raise NodeGone(f"process {pid} has ended") from error


def _number_inside(pid: int, program: str, namespace: str) -> int | None:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
        if not status.startswith(f"Name:\t{program[:_COMM_LENGTH]}\n"):
            return None
        if str(Path(f"/proc/{pid}/ns/pid").readlink()) != namespace:
            return None
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return None  # it ended, or is none of the node's
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    if fields["State"][0] in "ZX":
        return None
    return int(fields["NSpid"].split()[-1])


def _signal_one(pid: int, number: int) -> bool:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


def _await_ends(pids: dict[int, int]) -> None:
    for pid in pids:
        try:
            ending = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        try:
            select.select([ending], [], [], 1.0)
        finally:
            os.close(ending)
