"""Files as the nodes see them that use the storage."""

from collections import Counter
from collections.abc import Mapping
from typing import ClassVar

from conformance.checkers.check import Check
from conformance.checkers.facts import decided
from conformance.checkers.findings import many
from conformance.history import History, Operation, Outcome
from conformance.verdict import CheckResult


class FilesExchanged(Check):
    """What one node wrote every other reads, equal to the last byte; nothing fails.

    Reads the operations of probes with the scheme `smb`: of a writer file and sha256, of a reader file, and
    the sha256 of what it has got.
    """

    title: ClassVar[str] = "what one node writes every other reads"
    writers: Mapping[str, str]
    """Node -> its writing probe."""
    readers: Mapping[str, str]
    """Node -> its reading probe."""
    least: int = 5
    """Fewer files of a writer show nothing."""

    def judge(self, history: History) -> CheckResult:
        """Return what *history* says; no data is UNKNOWN."""
        wrong: list[str] = []
        doubts: list[str] = []
        wrote = {node: history.operations(probe) for node, probe in self.writers.items()}
        read = {node: history.operations(probe) for node, probe in self.readers.items()}
        for verb, operations in (("write", wrote), ("read", read)):
            for node, own in operations.items():
                sort_failures(node, verb, own, wrong, doubts)
        kept = {node: _good(own) for node, own in wrote.items()}
        compared = 0
        for writer, files in kept.items():
            if len(files) < self.least:
                doubts.append(f"{writer} wrote {many(len(files), 'file')}, which shows nothing")
            for reader in [reader for reader in read if reader != writer]:
                found = _good(read[reader])
                compared += len(files.keys() & found.keys())
                missing = [name for name in files if name not in found]
                if missing:
                    doubts.append(f"{reader} has not read {many(len(missing), 'file')} of {writer}")
                wrong += [
                    f"{reader} read {name} of {writer} with another content"
                    for name, checksum in files.items()
                    if name in found and found[name] != checksum
                ]
        if len(self.writers.keys() | self.readers.keys()) < 2:  # noqa: PLR2004 -- one, and another
            doubts.append("there were not two nodes to exchange files")
        count = sum(map(len, kept.values()))
        nodes = many(len(kept), "node")
        good = f"{many(count, 'file')} of {nodes}, read {many(compared, 'time')} elsewhere, equal"
        return decided(self, violations=wrong, doubts=doubts, good=good)


def _good(operations: list[Operation]) -> dict[str, str]:
    """Return file -> checksum of what was acknowledged."""
    return {o.detail["file"]: o.detail["sha256"] for o in operations if o.outcome is Outcome.OK}


def sort_failures(  # noqa: PLR0913 -- whose, what, and where it is to be told
    node: str,
    verb: str,
    operations: list[Operation],
    wrong: list[str],
    doubts: list[str],
    *,
    noun: str = "file",
) -> None:
    """Add what *node* was refused to *wrong*, and what became of nobody knows what to *doubts*."""
    refused = Counter(o.error for o in operations if o.outcome is Outcome.FAILED)
    wrong += [f"{node} could not {verb}: {count} x {error}" for error, count in refused.items()]
    untold = sum(o.outcome is Outcome.UNKNOWN for o in operations)
    if untold:
        doubts.append(f"nobody knows what became of {many(untold, noun)} that {node} wrote")
