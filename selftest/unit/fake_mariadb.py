"""A database server in memory: the commands by which faults look at one, and hurt it."""

import dataclasses
from collections.abc import Callable, Sequence

from topologies.system import Completed

DONE = Completed(0, "", "")
FREE_BLOCKS = 4711


@dataclasses.dataclass
class Server:
    """How a database server is."""

    sources: int
    """From how many others it replicates."""
    applies: bool = True
    """Whether its SQL threads run."""
    receives: bool = True
    """Whether its receiving threads run."""
    holder: int | None = None
    """The session that has locked the tables."""
    waits: bool = False
    """Whether the SQL threads wait for a table."""
    ballast: bool = False
    full: bool = False
    killed: list[int] = dataclasses.field(default_factory=list, compare=False)

    def carry_out(self, argv: Sequence[str], do: Callable[[str], bool]) -> Completed | None:
        """Answer a command like a server in this condition; None: the command is none for it.

        do: is told what is done to the server; False means that it has no effect.
        """
        match argv:
            case ["sh", "-c", session, "sh", "mariadb", *_, locks] if "setsid" in session:
                assert "LOCK TABLES" in locks
                self.holder, self.waits = 8, do("lock_tables")
            case ["mariadb", *_, "--execute", statement]:
                return self._answer(statement, do)
            case ["dd", *_]:
                self.ballast, self.full = True, do("dd")
                return Completed(1, "", "No space left on device")
            case ["stat", *_]:
                return Completed(0, f"{0 if self.full else FREE_BLOCKS}\n", "")
            case ["test", "-e", _]:
                return Completed(0 if self.ballast else 1, "", "")
            case ["rm", _]:
                self.ballast = self.full = False
            case _:
                return None
        return DONE

    def _answer(self, statement: str, do: Callable[[str], bool]) -> Completed:
        match statement.split():
            case ["STOP", "ALL", "SLAVES", "SQL_THREAD"]:
                self.applies = not do("stop_slaves")
            case ["START", "ALL", "SLAVES", "SQL_THREAD"]:
                self.applies = True
            case ["KILL", number]:
                self.killed.append(int(number))
                self.holder, self.waits = None, False
            case ["SHOW", "ALL", "SLAVES", "STATUS"]:
                connection = f"dbm1\t{_yes(self.receives)}\t{_yes(self.applies)}"
                head = "Connection_name\tSlave_IO_Running\tSlave_SQL_Running"
                return rows(head, *[connection] * self.sources)
            case ["START", "SLAVE", _, "IO_THREAD"]:
                self.receives = True
            case ["SELECT", "id", "FROM", "information_schema.processlist", *_]:
                return rows("id", *["5"] * self.waits)
            case ["SELECT", holder, *_] if holder.startswith("IS_USED_LOCK"):
                return rows("holder", "NULL" if self.holder is None else str(self.holder))
        return DONE


def _yes(runs: bool) -> str:  # noqa: FBT001 -- a word for it
    return "Yes" if runs else "No"


def rows(head: str, *lines: str) -> Completed:
    """Return what the client prints: nothing at all where there is no row."""
    return Completed(0, "".join(f"{line}\n" for line in (head, *lines)) if lines else "", "")
