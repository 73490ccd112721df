"""The takeover of a virtual address as three facts: it moved, it was announced, the client learned it."""

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, NamedTuple

from conformance.checkers.check import Check
from conformance.checkers.facts import observed, said
from conformance.checkers.findings import NS_PER_S, for_each, seconds, unknown
from conformance.history import History, Line
from conformance.injections import Injection
from conformance.stalls import Stalls
from conformance.verdict import CheckResult, Verdict


class _Fact(NamedTuple):
    """One of the three: what it is called, the lines that tell it, and since when, if at all."""

    what: str
    kind: str
    after_s: float | None


class TakeoverFacts(Check):
    """After the fault the owner moved, its MAC was announced, the client learned it; each within the norm.

    Moved: to a standby. Announced: a gratuitous ARP of the standby's MAC was seen on the client's wire.
    Learned: the client's neighbour entry changed to that MAC. Reads `address`, `arp` and `neighbour` lines,
    and `observed` lines "watch" (value: kinds), which say what was watched even if nothing happened.
    """

    title: ClassVar[str] = "the virtual IP moved, was announced, and the client learned it"
    fault: str
    address: str
    standbys: tuple[str, ...]
    macs: Mapping[str, str]
    """MAC of every candidate on the network of the address."""
    norm_s: float
    formula: str

    def judge(self, history: History) -> CheckResult:
        """Return what *history* says; no data is UNKNOWN."""
        return for_each(self, history, self.fault, lambda injection: self._after(injection, history))

    def _after(self, injection: Injection, history: History) -> CheckResult:
        facts = self._facts(injection, history)
        told = f"{self.address} after {injection}: " + ", ".join(
            f"{fact.what} {'never' if fact.after_s is None else f'at {fact.after_s:.3f} s'}" for fact in facts
        )
        missing = [fact for fact in facts if fact.after_s is None]
        if unwatched := [fact.kind for fact in missing if not _watched(history, fact.kind)]:
            return unknown(self, f"{told}; nobody watched for {' and '.join(unwatched)} lines")
        slowest_s = max((fact.after_s for fact in facts if fact.after_s is not None), default=None)
        if missing:
            watched_s = seconds(injection.until_ns - injection.began_ns)
            if watched_s <= self.norm_s:
                return unknown(self, f"{told}; watched for {watched_s:.3f} s only")
            return self._result(Verdict.VIOLATED, told, None)
        if slowest_s is None or slowest_s <= self.norm_s:
            return self._result(Verdict.HOLDS, told, slowest_s)
        late_ns = round((slowest_s - self.norm_s) * NS_PER_S)
        seen_ns = injection.began_ns + round(slowest_s * NS_PER_S)
        if late_ns <= (stalled_ns := Stalls.of(history).within(injection.began_ns, seen_ns)):
            return self._result(
                Verdict.UNKNOWN, f"{told}; the measuring host stalled for {seconds(stalled_ns)} s", slowest_s
            )
        return self._result(Verdict.VIOLATED, f"{told}; allowed {self.norm_s:g} s", slowest_s)

    def _facts(self, injection: Injection, history: History) -> Sequence[_Fact]:
        def first(kind: str, holds: Callable[[Line], bool]) -> Line | None:
            return next(
                (
                    line
                    for line in history.of_kind(kind)
                    if injection.began_ns <= line["at_ns"] <= injection.until_ns and holds(line)
                ),
                None,
            )

        moved = first(
            "address",
            lambda line: (
                line["address"] == self.address
                and line["node"] in self.standbys
                and line["state"] != "removed"
            ),
        )
        macs = self._macs_of([moved["node"]] if moved else self.standbys)
        announced = first(
            "arp",
            lambda line: (
                line["gratuitous"]
                and line["sender_ip"] == self.address
                and line["sender_mac"].lower() in macs
            ),
        )
        learned = first(
            "neighbour",
            lambda line: line["address"] == self.address and str(line.get("mac") or "").lower() in macs,
        )
        owner = f"owner moved to {moved['node']}" if moved else f"owner moved to {' or '.join(self.standbys)}"
        return tuple(
            _Fact(what, kind, None if line is None else seconds(line["at_ns"] - injection.began_ns))
            for what, kind, line in (
                (owner, "address", moved),
                ("gratuitous ARP seen", "arp", announced),
                ("client's neighbour entry changed", "neighbour", learned),
            )
        )

    def _macs_of(self, nodes: Sequence[str]) -> set[str]:
        return {self.macs[node].lower() for node in nodes if node in self.macs}

    def _result(self, verdict: Verdict, reason: str, measured_s: float | None) -> CheckResult:
        return CheckResult(
            name=self.title,
            verdict=verdict,
            reason=reason,
            measured=measured_s,
            norm=self.norm_s,
            unit="s",
            formula=self.formula,
        )


def _watched(history: History, kind: str) -> bool:
    told = any(kind in line["value"]["kinds"] for line in observed(history, "watch"))
    return told or bool(history.of_kind(kind))


class AliasesTogether(Check):
    """After the fault all aliases that the virtual IP carries are served by one node, not the failed one.

    Reads `observed` lines "served-by" (node: who asked; value: alias, provider: node or null).
    """

    title: ClassVar[str] = "all carried aliases moved together"
    aliases: tuple[str, ...]
    failed: str
    """The node that failed."""

    def judge(self, history: History) -> CheckResult:
        """Return what *history* says; no data is UNKNOWN."""
        faults = [
            fault for fault in Injection.all_of(history) if fault.node == self.failed and fault.took_hold
        ]
        if not faults:
            return unknown(self, f"no fault of {self.failed} took hold")
        seen = [
            line
            for line in observed(history, "served-by")
            if line["value"]["alias"] in self.aliases and line["at_ns"] >= faults[-1].ended_ns
        ]
        if unasked := sorted(set(self.aliases) - {line["value"]["alias"] for line in seen}):
            return unknown(self, f"nobody asked who serves {', '.join(unasked)} after {faults[-1]}")
        found = {line["value"]["alias"]: line["value"]["provider"] for line in seen}
        violations = [
            f"nobody serves {alias} after {faults[-1]}" for alias, node in found.items() if node is None
        ]
        violations += [
            f"{alias} is served by {node}, which failed"
            for alias, node in found.items()
            if node == self.failed
        ]
        if len(set(found.values())) > 1:
            violations.append(", ".join(f"{alias} is served by {node}" for alias, node in found.items()))
        told = f"{', '.join(found)} after {faults[-1]}: all served by {next(iter(found.values()))}"
        return CheckResult(
            name=self.title,
            verdict=Verdict.VIOLATED if violations else Verdict.HOLDS,
            reason=said(violations) if violations else told,
        )
