"""Crash of a process."""

import dataclasses
import signal
from typing import ClassVar

from chaos.fault import CONTROLS, Capability, OneNode, Stage
from topologies.errors import FaultDidNotTakeHold
from topologies.waiting import wait_until

PATIENCE_S = 10.0
"""For the program to come back; no norm depends on it."""


@dataclasses.dataclass(frozen=True)
class Crash(OneNode):
    """SIGKILL to every process of a program. The peers get resets and refusals: the node is still there."""

    needs: ClassVar[tuple[Capability, ...]] = CONTROLS
    program: str
    """The name of the processes, such as `haproxy`."""
    service: str = ""
    """The service that starts it again, where it is not called like the program."""

    @property
    def name(self) -> str:
        """What it is called in reports."""
        return f"crash of {self.program}"

    def inject(self, system: Stage) -> None:
        """Kill the program's processes.

        Raises:
            FaultDidNotTakeHold: none was running.
        """
        if not system.signal(self.node, self.program, signal.SIGKILL):
            raise FaultDidNotTakeHold(f"{self.node} runs no {self.program}, so it cannot crash")

    def took_hold(self, system: Stage) -> bool:
        """Tell whether the node itself sees no live process of that name."""
        table = system.nodes[self.node].run("sh", "-c", "cat /proc/[0-9]*/stat 2>/dev/null; true").stdout
        return self.program[:15] not in live_programs(table)

    def heal(self, system: Stage) -> None:
        """Start the service again, and wait until the program runs under its name."""
        system.start_service(self.node, self.service or self.program)
        wait_until(
            f"{self.program} runs again on {self.node}",
            lambda: system.processes(self.node, self.program),
            patience_s=PATIENCE_S,
            poll_s=0.02,
        )


def live_programs(stat: str) -> set[str]:
    """Return the names of the live processes from the lines of /proc/PID/stat; zombies are not alive."""
    found = set()
    for line in stat.splitlines():
        before, _, after = line.rpartition(") ")
        if after and after[0] not in "ZX":
            found.add(before.partition(" (")[2])
    return found
