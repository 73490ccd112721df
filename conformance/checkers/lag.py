"""How far a server was behind when it answered: from what its reads showed, and what had been acknowledged.

A read tells the newest sequence that it saw. Whatever is newer and was acknowledged before the read began
was missing: the lag is the age of the oldest such row. A row became visible on its master at some instant
from its invocation to its acknowledgement, and the read looked at some instant from its invocation to its
end. So:

    lower = invocation of the read - acknowledgement of the oldest missing row, 0 if none was missing for sure
    upper = end of the read - invocation of the oldest row newer than it saw that was acknowledged at any time
"""

import bisect
import dataclasses
import itertools
import math
from collections.abc import Sequence
from typing import Self

from conformance.checkers.rows import Acknowledged
from conformance.history import History, Operation, Outcome

NOTHING = -1
"""What a read has seen that saw no row: sequences begin at 0."""


@dataclasses.dataclass(frozen=True, slots=True)
class Read:
    """A read that was answered."""

    server: str | None
    newest: int
    """The largest sequence that it saw, or NOTHING."""
    invoked_ns: int
    completed_ns: int


@dataclasses.dataclass(frozen=True, slots=True)
class Lag:
    """How old the oldest row was that a read should have seen and did not."""

    read: Read
    lower_ns: int
    upper_ns: int


@dataclasses.dataclass(frozen=True)
class Lags:
    """The lags of several reads, by time."""

    of_reads: Sequence[Lag]

    @classmethod
    def of(cls, acknowledged: Sequence[Acknowledged], reads: Sequence[Read]) -> Self:
        """Return how far each of *reads* was behind what was acknowledged."""
        by_sequence = sorted(acknowledged)
        sequences = [one.sequence for one in by_sequence]
        # the earliest stamps among a row and all newer ones
        acknowledged_ns = _least_from([one.acknowledged_ns for one in by_sequence])
        invoked_ns = _least_from([one.invoked_ns for one in by_sequence])
        found = []
        for read in reads:
            at = bisect.bisect_right(sequences, read.newest)
            lower_ns = upper_ns = 0
            if at < len(sequences):
                lower_ns = max(0, read.invoked_ns - acknowledged_ns[at])
                upper_ns = max(lower_ns, read.completed_ns - invoked_ns[at])
            found.append(Lag(read, lower_ns, upper_ns))
        return cls(found)

    @property
    def most(self) -> Lag:
        """The lag that was surely the longest."""
        return max(self.of_reads, key=_lower_ns)

    @property
    def at_most_ns(self) -> int:
        """No lag was longer than that."""
        return max(lag.upper_ns for lag in self.of_reads)

    def __str__(self) -> str:
        lower = sorted(lag.lower_ns for lag in self.of_reads)
        upper = sorted(lag.upper_ns for lag in self.of_reads)
        return ", ".join(
            f"{name} {_quantile(lower, share) / 1e6:.1f} to {_quantile(upper, share) / 1e6:.1f} ms"
            for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("max", 1.0))
        )


def reads_of(history: History, probe: str) -> list[Read]:
    """Return the reads of *probe* that were answered, by time of invocation."""
    return [_read(o, o.completed_ns) for o in history.operations(probe) if is_read(o) and o.completed_ns]


def is_read(operation: Operation) -> bool:
    """Tell whether *operation* is a read that was answered."""
    return operation.detail.get("what") == "read" and operation.outcome is Outcome.OK


def _read(operation: Operation, completed_ns: int) -> Read:
    newest = operation.detail.get("newest")
    return Read(
        server=operation.server,
        newest=NOTHING if newest is None else int(newest),
        invoked_ns=operation.invoked_ns,
        completed_ns=completed_ns,
    )


def _least_from(stamps: Sequence[int]) -> list[int]:
    return list(itertools.accumulate(reversed(stamps), min))[::-1]


def _lower_ns(lag: Lag) -> int:
    return lag.lower_ns


def _quantile(ordered: Sequence[int], share: float) -> int:
    return ordered[math.ceil(share * len(ordered)) - 1]
