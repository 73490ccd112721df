"""Whom the storage lets in."""

from typing import ClassVar

from conformance.checkers.check import Check
from conformance.checkers.facts import decided, moment, observed
from conformance.checkers.findings import many
from conformance.history import History
from conformance.verdict import CheckResult


class StrangersRefused(Check):
    """Nobody gets to the share without the right account and password, or by SMB 1.

    Reads `observed` lines "share-attempt" (node: who tried; value: who, result: `accepted`, `refused` or
    `unreachable`, error; control: true for one who has to be let in). Where the control is not let in, a
    refusal proves nothing; nor does an attempt that was not answered.
    """

    title: ClassVar[str] = "strangers are refused"
    strangers: tuple[str, ...]
    """All who have to be refused, as the lines name them."""

    def judge(self, history: History) -> CheckResult:
        """Return what *history* says; no data is UNKNOWN."""
        lines = observed(history, "share-attempt")
        tried = [line for line in lines if line["value"]["who"] in self.strangers]
        accepted = [
            f"{line['value']['who']} got to the share from {line['node']} at {moment(history, line['at_ns'])}"
            for line in tried
            if line["value"]["result"] == "accepted"
        ]
        doubts = [
            f"{line['value']['who']} was neither refused nor let in: {line['value']['error']}"
            for line in tried
            if line["value"]["result"] == "unreachable"
        ]
        untried = [who for who in self.strangers if who not in {line["value"]["who"] for line in tried}]
        doubts += [f"nobody tried as {who}" for who in untried]
        let_in = [line["value"]["result"] for line in lines if line["value"]["control"]]
        if not let_in or set(let_in) != {"accepted"}:
            doubts.append("who has to be let in was not, every time, so a refusal proves nothing")
        if not self.strangers:
            doubts.append("nobody was to be refused")
        good = f"{many(len(tried), 'attempt')} refused, who has to be let in is"
        return decided(self, violations=accepted, doubts=doubts, good=good)
