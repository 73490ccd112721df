"""Full disk."""

import dataclasses
import signal
from typing import ClassVar, Final

from chaos import database
from chaos.fault import CONTROLS, Capability, OneNode, Stage
from topologies import databases, disks
from topologies.errors import LabError
from topologies.waiting import wait_until

PATIENCE_S: Final = 30.0
"""For the server to recover; no norm depends on it."""
BALLAST: Final = "ballast"
"""The file that fills the volume; it lies in the data directory."""


@dataclasses.dataclass(frozen=True)
class DiskFull(OneNode):
    """The volume of a database server's data is full: it waits for room, and so does whoever writes.

    The peers still connect and read. A write hangs or fails, once the last page of its file (4 KiB) is used
    up. A replica goes on answering with old data, but hangs when it is asked how far it is.
    """

    name: ClassVar[str] = "disk full"
    needs: ClassVar[tuple[Capability, ...]] = CONTROLS

    def inject(self, system: Stage) -> None:
        """Write a file until nothing fits any more.

        Raises:
            LabError: the node's volume has no limit, so that the disk of the engine would be filled.
        """
        directory = self._directory(system)
        if directory is None:
            raise LabError(f"{self.name} on {self.node}: its volume has no limit; give the node a disk-mb")
        file, limit_mb = f"{directory}/{BALLAST}", system.topology.nodes[self.node].disk_mb
        system.nodes[self.node].run("dd", "if=/dev/zero", f"of={file}", "bs=1M", f"count={limit_mb}")

    def took_hold(self, system: Stage) -> bool:
        """Tell whether the file system of the data directory has no free block."""
        directory = self._directory(system)
        if directory is None:
            return False
        free = system.nodes[self.node].must_run("stat", "--file-system", "--format=%a", directory)
        return int(free) == 0

    def heal(self, system: Stage) -> None:
        """Remove the file, restart the server, which looks for room only once a minute, and then replication.

        A replica that reads the torn end of the server's log gives up for good (error 1236, *tried*).
        """
        directory = self._directory(system)
        if directory is None:
            return
        node, file = system.nodes[self.node], f"{directory}/{BALLAST}"
        if node.run("test", "-e", file).status == 0:
            system.signal(self.node, database.SERVICE, signal.SIGKILL)
            node.must_run("rm", file)
        system.start_service(self.node, database.SERVICE)
        wait_until(
            f"{database.SERVICE} answers again on {self.node}",
            lambda: database.answers(system, self.node),
            patience_s=PATIENCE_S,
            poll_s=0.05,
        )
        for replica in databases.replicas_of(system.topology, self.node):
            wait_until(
                f"{replica} receives from {self.node} again",
                lambda replica=replica: self._receives(system, replica),  # type: ignore[misc]
                patience_s=PATIENCE_S,
                poll_s=0.1,
                in_a_row=2,
            )

    def _receives(self, system: Stage, replica: str) -> bool:
        """Tell whether *replica* is connected to the node; start the thread that does it where it gave up."""
        state = next(
            one["Slave_IO_Running"]
            for one in database.connections(system, replica)
            if one["Connection_name"] == self.node
        )
        if state == "No":
            database.ask(system, replica, f"START SLAVE '{self.node}' IO_THREAD")
        return state == "Yes"

    def _directory(self, system: Stage) -> str | None:
        return disks.limited(system.topology).get(self.node)
