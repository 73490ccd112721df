"""Reads at the master see what was written there."""

import bisect
import dataclasses
import itertools
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import ClassVar

from conformance.checkers.check import Check
from conformance.checkers.execution import commonest_error
from conformance.checkers.facts import decided, moment
from conformance.checkers.findings import many
from conformance.checkers.lag import reads_of
from conformance.checkers.rows import Acknowledged, Writes
from conformance.history import History, Operation, Outcome
from conformance.verdict import CheckResult


class ReadsOwnWrites(Check):
    """By the alias writes reach a master, and a read that begins after an acknowledgement sees that row.

    Reads the inserts of one probe and the reads (`newest`) of another one by the same alias. Only what one
    server acknowledged and the same one read is compared: another one may be behind.
    """

    title: ClassVar[str] = "what was written at the master is read there"
    writes: str
    """The probe that inserts."""
    reads: str
    """The probe that reads."""
    masters: tuple[str, ...]
    least: int = 20
    """Fewer acknowledged inserts, or fewer reads that can be compared, show nothing."""

    def judge(self, history: History) -> CheckResult:
        """Return what *history* says; no data is UNKNOWN."""
        writes, reads = Writes.of(history, self.writes), reads_of(history, self.reads)
        wrong = self._none_done(writes.inserts, "insert", "acknowledged")
        asked = [o for o in history.operations(self.reads) if o.detail.get("what") == "read"]
        wrong += self._none_done(asked, "read", "answered")
        wrong += [
            f"row {one.sequence} was written by {one.server}, no master,"
            f" at {moment(history, one.acknowledged_ns)}"
            for one in writes.acknowledged
            if one.server is not None and one.server not in self.masters
        ]
        wrong += [
            f"a read was answered by {read.server}, no master, at {moment(history, read.completed_ns)}"
            for read in reads
            if read.server is not None and read.server not in self.masters
        ]
        done = _by_server(writes.acknowledged)
        compared = [
            (read, newest)
            for read in reads
            if read.server is not None
            and read.server in done
            and (newest := done[read.server].before(read.invoked_ns)) is not None
        ]
        wrong += [
            f"a read on {read.server} at {moment(history, read.invoked_ns)} saw"
            f" {'no row' if read.newest < 0 else f'rows up to {read.newest}'},"
            f" though it had acknowledged row {newest} before"
            for read, newest in compared
            if read.newest < newest
        ]
        doubts = writes.too_few(self.least)
        if nameless := sum(one.server is None for one in writes.acknowledged):
            doubts.append(f"{many(nameless, 'acknowledgement')} of {self.writes} told no server")
        if len(compared) < self.least:
            doubts.append(
                f"{self.reads}: {many(len(compared), 'read')} after a write at the same server,"
                f" at least {self.least} are needed"
            )
        good = (
            f"{many(len(writes.acknowledged), 'row')} written by {' and '.join(done)},"
            f" {many(len(compared), 'read')} there, each of which saw what was acknowledged before"
        )
        return decided(self, violations=wrong, doubts=doubts, good=good)

    def _none_done(self, operations: Sequence[Operation], what: str, done: str) -> list[str]:
        ended = [o for o in operations if o.completed_ns is not None]
        if len(ended) < self.least or any(o.outcome is Outcome.OK for o in ended):
            return []
        return [f"none of {many(len(ended), what)} was {done}: {commonest_error(ended)}"]


@dataclasses.dataclass(frozen=True)
class _Done:
    """What one server had acknowledged by when."""

    acknowledged_ns: Sequence[int]
    newest: Sequence[int]
    """The largest sequence of that stamp and all earlier ones."""

    def before(self, stamp_ns: int) -> int | None:
        """Return the largest sequence that was acknowledged before *stamp_ns*."""
        at = bisect.bisect_left(self.acknowledged_ns, stamp_ns)
        return self.newest[at - 1] if at else None


def _by_server(acknowledged: Sequence[Acknowledged]) -> Mapping[str, _Done]:
    """Return what each server that told its name had done; *acknowledged* is in order of time."""
    found: dict[str, list[Acknowledged]] = defaultdict(list)
    for one in acknowledged:
        if one.server is not None:
            found[one.server].append(one)
    return {
        server: _Done(
            [one.acknowledged_ns for one in own],
            list(itertools.accumulate((one.sequence for one in own), max)),
        )
        for server, own in found.items()
    }
