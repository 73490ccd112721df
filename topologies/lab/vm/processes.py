"""The processes of a machine, from the lines of its /proc/PID/stat."""

from collections.abc import Iterator
from typing import Final

from topologies.lab.node import LabNode

LIST: Final = ("sh", "-c", "cat /proc/[0-9]*/stat 2>/dev/null; true")
_SIGNAL: Final = 'n=$1; shift; for pid; do kill -"$n" "$pid" 2>/dev/null && echo "$pid"; done; true'
_COMM_LENGTH: Final = 15
"""The kernel cuts the name of a process after so many characters."""
_STARTED: Final = 19
"""Place of the start time among the fields after the name."""


def called(program: str, stat: str) -> list[int]:
    """Return the live (not zombie) processes called *program*, oldest first."""
    found = [(started, pid) for pid, name, started in _live(stat) if name == program[:_COMM_LENGTH]]
    return [pid for _, pid in sorted(found)]


def find(node: LabNode, program: str) -> list[int]:
    """Return the live processes called *program* of a machine.

    Raises:
        NodeUnreachable: the machine takes no command.
    """
    return called(program, node.must_run(*LIST))


def signalled(node: LabNode, pids: list[int], number: int) -> list[int]:
    """Signal processes of a machine; return those that were still there.

    Raises:
        NodeUnreachable: the machine takes no command.
    """
    said = node.must_run("sh", "-c", _SIGNAL, "sh", str(number), *map(str, pids))
    return [int(pid) for pid in said.split()]


def _live(stat: str) -> Iterator[tuple[int, str, int]]:
    for line in stat.splitlines():
        before, _, after = line.rpartition(") ")
        if after and after[0] not in "ZX":
            pid, _, name = before.partition(" (")
            yield int(pid), name, int(after.split()[_STARTED])
