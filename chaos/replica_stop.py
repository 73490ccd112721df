"""Stopped replica."""

import dataclasses
from typing import ClassVar

from chaos import database
from chaos.fault import CONTROLS, Capability, OneNode, Stage
from topologies.errors import FaultDidNotTakeHold
from topologies.waiting import wait_until

PATIENCE_S = 10.0
"""For the threads to run again; no norm depends on it."""


@dataclasses.dataclass(frozen=True)
class ReplicaStop(OneNode):
    """The SQL threads of a replica are stopped: it applies nothing more, whatever its sources send.

    The peers get answers as quickly as ever, and what they read never changes again.
    """

    name: ClassVar[str] = "replica stop"
    needs: ClassVar[tuple[Capability, ...]] = CONTROLS

    def inject(self, system: Stage) -> None:
        """Stop the SQL thread of every connection; what has begun is applied to its end.

        Raises:
            FaultDidNotTakeHold: it replicates from nobody.
        """
        if not database.connections(system, self.node):
            raise FaultDidNotTakeHold(f"{self.node} replicates from nobody, so its replication cannot stop")
        database.ask(system, self.node, "STOP ALL SLAVES SQL_THREAD")

    def took_hold(self, system: Stage) -> bool:
        """Tell whether the server says that it has connections, and no SQL thread on any."""
        found = database.connections(system, self.node)
        return bool(found) and all(one["Slave_SQL_Running"] == "No" for one in found)

    def heal(self, system: Stage) -> None:
        """Start the threads again, and wait until all of them run."""
        database.ask(system, self.node, "START ALL SLAVES SQL_THREAD")
        wait_until(
            f"every SQL thread of {self.node} runs again",
            lambda: [one["Slave_SQL_Running"] for one in database.connections(system, self.node)],
            lambda states: set(states) <= {"Yes"},
            patience_s=PATIENCE_S,
            poll_s=0.02,
        )
