"""Lag of a replica."""

import dataclasses
from typing import ClassVar, Final

from chaos import database
from chaos.fault import CONTROLS, Capability, OneNode, Stage
from topologies.waiting import wait_until

PATIENCE_S: Final = 5.0
"""For the lock to be taken or left; no norm depends on it."""
_LOCK: Final = """
SET @tables = (
  SELECT GROUP_CONCAT('`', table_schema, '`.`', table_name, '` READ')
  FROM information_schema.tables
  WHERE table_schema = 'jtel' AND table_type = 'BASE TABLE'
);
EXECUTE IMMEDIATE CONCAT('LOCK TABLES ', @tables);
DO GET_LOCK('replica lag', 0);
"""
"""What the session does that holds the replica up; its named lock tells that it has locked the tables."""
_HOLDER: Final = "SELECT IS_USED_LOCK('replica lag') AS holder"
_WAITING: Final = (
    "SELECT id FROM information_schema.processlist"
    " WHERE user = 'system user' AND state = 'Waiting for table metadata lock'"
)
"""Not SHOW ALL SLAVES STATUS: it hangs where two connections want to apply the same transaction."""


@dataclasses.dataclass(frozen=True)
class ReplicaLag(OneNode):
    """A session on the replica locks its tables for reading, so that the SQL threads wait and fall behind.

    The peers get answers as quickly as ever, and what they read is older by every second; afterwards the
    replica catches up. Its threads run and its links are in order, but one with several sources may hang when
    it is asked how far it is. It shows once a source wrote something. Whoever writes on the node itself waits
    too, so this is for a replica on which nobody writes.
    """

    name: ClassVar[str] = "replica lag"
    needs: ClassVar[tuple[Capability, ...]] = CONTROLS
    at_most_s: float = 120.0
    """After so many seconds the lock is left, even if nobody is there to heal."""

    def inject(self, system: Stage) -> None:
        """Lock the tables.

        Raises:
            NotReady: they could not be locked.
        """
        session = 'setsid "$@" </dev/null >/dev/null 2>&1 &'
        statements = f"{_LOCK}DO SLEEP({self.at_most_s:g})"
        argv = ("sh", "-c", session, "sh", *database.CLIENT, "--execute", statements)
        system.nodes[self.node].must_run(*argv)
        wait_until(
            f"the tables of {self.node} are locked",
            lambda: self._holder(system),
            patience_s=PATIENCE_S,
            poll_s=0.02,
        )

    def took_hold(self, system: Stage) -> bool:
        """Tell whether an SQL thread waits for a table."""
        return database.ask(system, self.node, _WAITING) != []

    def heal(self, system: Stage) -> None:
        """End the session that holds the lock, and wait until it is gone; then the replica catches up."""
        if (holder := self._holder(system)) is None:
            return
        # It may end by itself in this very moment, which is no error.
        system.nodes[self.node].run(*database.CLIENT, "--execute", f"KILL {holder}")
        wait_until(
            f"the tables of {self.node} are free again",
            lambda: self._holder(system),
            lambda found: found is None,
            patience_s=PATIENCE_S,
            poll_s=0.02,
        )

    def _holder(self, system: Stage) -> str | None:
        (row,) = database.ask(system, self.node, _HOLDER)
        return None if row["holder"] == "NULL" else row["holder"]
