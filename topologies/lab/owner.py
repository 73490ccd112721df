"""Who is responsible for a lab: a process, told apart from a later one with the same number."""

import dataclasses
import os
import platform
from pathlib import Path
from typing import Self

_PROC = Path("/proc")


@dataclasses.dataclass(frozen=True)
class Owner:
    """A process of this machine; its text is `<boot id>:<pid>:<start time in ticks>`."""

    boot_id: str
    pid: int
    start_ticks: int

    def __str__(self) -> str:
        return f"{self.boot_id}:{self.pid}:{self.start_ticks}"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read the text of an owner; None where it is not one, such as `kept`."""
        match text.split(":"):
            case [boot_id, pid, ticks] if pid.isdecimal() and ticks.isdecimal():
                return cls(boot_id, int(pid), int(ticks))
            case _:
                return None

    @classmethod
    def of_process(cls, pid: int, *, proc: Path = _PROC) -> Self | None:
        """Return the owner that process *pid* is; None where there is no such (or only a dead) process."""
        ticks = _start_ticks(pid, proc=proc)
        return None if ticks is None else cls(_boot_id(proc), pid, ticks)

    @classmethod
    def this_process(cls) -> Self:
        """Return the owner that this process is."""
        owner = cls.of_process(os.getpid())
        assert owner is not None, "a running process has an entry in /proc"
        return owner

    def is_alive(self, *, proc: Path = _PROC) -> bool:
        """Tell whether exactly this process still runs."""
        return self.boot_id == _boot_id(proc) and _start_ticks(self.pid, proc=proc) == self.start_ticks


def seat() -> str:
    """Return where process ids mean what they mean here: `<machine>:<process namespace>`.

    An engine can serve several machines and containers; nobody judges the owners of another seat.
    """
    machine_id = Path("/etc/machine-id")
    machine = machine_id.read_text().strip() if machine_id.is_file() else ""
    return f"{machine or platform.node()}:{(_PROC / 'self/ns/pid').stat().st_ino}"


def _boot_id(proc: Path) -> str:
    return (proc / "sys/kernel/random/boot_id").read_text().strip()


def _start_ticks(pid: int, *, proc: Path) -> int | None:
    """Return when process *pid* was started, in clock ticks since boot; None for none or a zombie."""
    try:
        stat = (proc / str(pid) / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    state, *fields = stat.rpartition(")")[2].split()  # the name before it may hold spaces and brackets
    return None if state in {"Z", "X"} else int(fields[18])  # fields 3 (state) and 22 (starttime) of proc(5)
