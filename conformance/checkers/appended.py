"""Records that are appended to files, as other nodes find them."""

from collections import Counter
from collections.abc import Mapping
from typing import ClassVar

from conformance.checkers.check import Check
from conformance.checkers.facts import decided
from conformance.checkers.files import sort_failures
from conformance.checkers.findings import many
from conformance.history import History, Line, Operation, Outcome
from conformance.verdict import CheckResult

Records = Mapping[str, set[int]]
"""File -> the sequences of records."""


class RecordsAppended(Check):
    """Every record that was acknowledged is there once and whole, for every other node; nothing else is.

    Reads the operations of probes with the scheme `smb`: of a writer file and sequence, of a reader file, and
    which sequences it has found, how many lines are torn, and how many are somebody else's. A record of
    unknown fate may be there or not, and torn.
    """

    title: ClassVar[str] = "what one node appends every other reads"
    writers: Mapping[str, str]
    """Node -> its appending probe."""
    readers: Mapping[str, str]
    """Node -> its reading probe."""
    least: int = 5
    """Fewer records of a writer show nothing."""

    def judge(self, history: History) -> CheckResult:
        """Return what *history* says; no data is UNKNOWN."""
        wrong: list[str] = []
        doubts: list[str] = []
        wrote = {node: history.operations(probe) for node, probe in self.writers.items()}
        read = {node: history.operations(probe) for node, probe in self.readers.items()}
        for node, own in wrote.items():
            sort_failures(node, "append", own, wrong, doubts, noun="record")
        for node, own in read.items():
            sort_failures(node, "read", own, wrong, doubts)
        count = compared = 0
        for writer, own in wrote.items():
            kept, open_ = _sequences(own, Outcome.OK), _sequences(own, Outcome.UNKNOWN)
            total = sum(map(len, kept.values()))
            count += total
            if total < self.least:
                doubts.append(f"{writer} appended {many(total, 'record')}, which shows nothing")
            for reader in [reader for reader in read if reader != writer]:
                found = {o.detail["file"]: o.detail for o in read[reader] if o.outcome is Outcome.OK}
                for name, sequences in kept.items():
                    if name not in found:
                        doubts.append(f"{reader} has not read {name} of {writer}")
                        continue
                    compared += 1
                    pair = f"{reader} read {name} of {writer}"
                    wrong += [
                        f"{pair}: {word}"
                        for word in _contrary(found[name], sequences, open_.get(name, set()))
                    ]
        if len(self.writers.keys() | self.readers.keys()) < 2:  # noqa: PLR2004 -- one, and another
            doubts.append("there were not two nodes to exchange records")
        told = f"{many(count, 'record')} of {many(len(wrote), 'node')}"
        good = f"{told}, their files read {many(compared, 'time')} elsewhere"
        return decided(self, violations=wrong, doubts=doubts, good=good)


def _sequences(operations: list[Operation], outcome: Outcome) -> Records:
    found: dict[str, set[int]] = {}
    for operation in operations:
        if operation.outcome is outcome and "file" in operation.detail:
            found.setdefault(operation.detail["file"], set()).add(operation.detail["sequence"])
    return found


def _contrary(read: Line, kept: set[int], open_: set[int]) -> list[str]:
    """Return what is wrong with a file that was *read*, in words; *open_*: sequences of unknown fate."""
    times: Counter[int] = Counter(read["sequences"])
    lost, strange = kept - times.keys(), times.keys() - kept - open_
    twice = [sequence for sequence, count in times.items() if count > 1]
    torn = max(0, read["torn"] - len(open_))
    return [
        f"{many(number, 'record')} {word}"
        for number, word in (
            (len(lost), "lost"),
            (len(strange), "that nobody has acknowledged"),
            (len(twice), "more than once"),
            (torn, "torn"),
            (read["foreign"], "of somebody else"),
        )
        if number
    ]
