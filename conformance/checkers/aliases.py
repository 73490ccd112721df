"""Server aliases: from where they are resolved, where they lead, and who answers behind them."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from conformance.checkers.check import Check
from conformance.checkers.facts import decided, moment, observed
from conformance.checkers.findings import many
from conformance.history import History
from conformance.verdict import CheckResult


class AliasResolvesFrom(Check):
    """Every node resolves every alias of its list from the system itself, whatever DNS says.

    Reads `observed` lines "resolve" (node; value: alias, source: `hosts`, `dns` or `none`, address or null).
    """

    title: ClassVar[str] = "aliases are resolved inside the system"
    source: Literal["hosts"] = "hosts"
    expected: Mapping[str, tuple[str, ...]]
    """The aliases that each node has to resolve."""

    def judge(self, history: History) -> CheckResult:
        """Return what *history* says; no data is UNKNOWN."""
        wrong: list[str] = []
        seen = set()
        for line in observed(history, "resolve"):
            node, value = line["node"], line["value"]
            if value["alias"] not in self.expected.get(node, ()):
                continue
            seen.add((node, value["alias"]))
            if value["source"] == "none" or value["address"] is None:
                wrong.append(f"{node} could not resolve {value['alias']} at {moment(history, line['at_ns'])}")
            elif value["source"] != self.source:
                wrong.append(
                    f"{node} knew {value['alias']} from {value['source']} alone"
                    f" at {moment(history, line['at_ns'])}"
                )
        asked = {(node, alias) for node, aliases in self.expected.items() for alias in aliases}
        unseen = [f"{node} was not asked for {alias}" for node, alias in sorted(asked - seen)]
        if not asked:
            unseen.append("no node and no alias was expected")
        nodes = many(len(self.expected), "node")
        good = f"{many(len(seen), 'alias', 'aliases')} resolved on {nodes}, all from {self.source}"
        return decided(self, violations=wrong, doubts=unseen, good=good)


class AliasLeadsTo(Check):
    """Every alias resolves to exactly the address that the variant documents, seen from every node.

    Reads `observed` lines "resolve" (node; value: alias, address or null).
    """

    title: ClassVar[str] = "aliases lead to the documented addresses"
    expected: Mapping[str, Mapping[str, str]]
    """The address behind each alias, by the node from which it is seen."""

    def judge(self, history: History) -> CheckResult:
        """Return what *history* says; no data is UNKNOWN."""
        wrong: list[str] = []
        seen = set()
        for line in observed(history, "resolve"):
            node, alias, address = line["node"], line["value"]["alias"], line["value"]["address"]
            if (expected := self.expected.get(node, {}).get(alias)) is None:
                continue
            seen.add((node, alias))
            if address != expected:
                found = f"to {address}" if address else "nowhere"
                at = moment(history, line["at_ns"])
                wrong.append(f"on {node} {alias} led {found} at {at}, documented is {expected}")
        asked = {(node, alias) for node, aliases in self.expected.items() for alias in aliases}
        unseen = [f"{node} was not asked for {alias}" for node, alias in sorted(asked - seen)]
        if not asked:
            unseen.append("no alias was expected")
        nodes = many(len(self.expected), "node")
        good = f"{many(len(seen), 'alias', 'aliases')} on {nodes} led where documented"
        return decided(self, violations=wrong, doubts=unseen, good=good)


class AliasServedBy(Check):
    """Behind every alias one of the nodes answers that the variant documents for it.

    Reads `observed` lines "served-by" (node: who asked; value: alias, provider: node or null).
    """

    title: ClassVar[str] = "aliases are served by the documented nodes"
    expected: Mapping[str, tuple[str, ...]]
    """The nodes that may answer behind each alias."""

    def judge(self, history: History) -> CheckResult:
        """Return what *history* says; no data is UNKNOWN."""
        asked = observed(history, "served-by")
        lines = [line for line in asked if line["value"]["alias"] in self.expected]
        wrong = []
        for line in lines:
            alias, provider = line["value"]["alias"], line["value"]["provider"] or "nobody"
            if provider not in self.expected[alias]:
                served = (
                    f"{alias} was served by {provider} for {line['node']} at {moment(history, line['at_ns'])}"
                )
                wrong.append(f"{served}, documented is {' or '.join(self.expected[alias])}")
        unasked = sorted(set(self.expected) - {line["value"]["alias"] for line in lines})
        doubts = [f"nobody asked who serves {alias}" for alias in unasked]
        if not self.expected:
            doubts.append("no alias was expected")
        good = f"{many(len(self.expected), 'alias', 'aliases')} served as documented"
        return decided(self, violations=wrong, doubts=doubts, good=good)
