"""A machine of a lab, seen through the interface that containers have too."""

import dataclasses
import re
import time
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from topologies.errors import NodeUnreachable
from topologies.lab.node import LabNode
from topologies.lab.vm.container import entering
from topologies.system import Completed

if TYPE_CHECKING:
    import subprocess

OWN_FILE_SYSTEMS: Final = ("/dev", "/proc", "/run", "/sys")
"""What a machine mounts itself, so that only a command in it can read there."""
_TOLD: Final = {
    "journal": ("journalctl", "--no-pager", "--output=short-monotonic"),
    "machine-addresses": ("ip", "address"),
    "machine-routes": ("ip", "route", "show", "table", "all"),
    "machine-neighbours": ("ip", "-statistics", "neighbour"),
    "machine-listeners": ("ss", "-tulnp"),
    "machine-connections": ("ss", "-tnp"),
    "machine-processes": ("ps", "-eo", "pid,ppid,stat,comm,args"),
}
_SLACK_S: Final = 1.0
_CUT_OFF, _KILLED = 255, 137
_OF_SSH: Final = re.compile(r"(ssh|mux_client\w*|kex_\w+|Connection|Shared connection|client_loop)\b")


@dataclasses.dataclass(frozen=True)
class MachineNode(LabNode):
    """A node with a kernel of its own; a command waits until the machine takes commands."""

    @property
    def told_inside(self) -> Mapping[str, tuple[str, ...]]:
        """What is seen beside a machine is the container around it; so it tells the same of itself."""
        return _TOLD

    def run(self, *argv: str, timeout_s: float = 10.0, stdin: str = "") -> Completed:
        """Run a command to its end; see `topologies.system.Node.run`."""
        guarded = ("timeout", "--signal=KILL", f"{timeout_s:.3f}", *argv)
        began_s = time.monotonic()
        try:
            ended = super().run(*entering(self.spec), *guarded, timeout_s=timeout_s + _SLACK_S, stdin=stdin)
        except NodeUnreachable as error:
            raise NodeUnreachable(f"{self.name}: {argv[0]!r} was not carried out: {error}") from error
        if ended.status == _KILLED and time.monotonic() - began_s >= timeout_s:
            raise NodeUnreachable(f"{self.name}: {argv[0]!r} did not end within {timeout_s:g} s")
        if was_cut_off(ended):
            raise NodeUnreachable(f"{self.name}: {argv[0]!r} was cut off: {ended.stderr.strip()}")
        return ended

    def start(self, *argv: str) -> "subprocess.Popen[str]":
        """Start a long-running command with text pipes; closing its stdin must end it."""
        return super().start(*entering(self.spec), *argv)

    def read_bytes(self, path: str) -> bytes:
        """Return a file as found on the node; also of one that is frozen or off, but for what is in memory.

        Raises:
            NodeUnreachable: it cannot be read.
        """
        if any(PurePosixPath(path).is_relative_to(own) for own in OWN_FILE_SYSTEMS):
            return self.must_run("cat", path).encode()
        return super().read_bytes(path)


def was_cut_off(ended: Completed) -> bool:
    """Tell whether it was the connection, not the command, that ended with this status."""
    return ended.status == _CUT_OFF and _OF_SSH.match(ended.stderr) is not None
