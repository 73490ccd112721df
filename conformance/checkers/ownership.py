"""Who owns a virtual address: on the interfaces of the nodes, and on the wire."""

import itertools
from collections.abc import Mapping, Sequence
from typing import ClassVar

from conformance.checkers.check import Check
from conformance.checkers.facts import decided, moment, observed, said
from conformance.checkers.findings import NS_PER_S, many, unknown
from conformance.checkers.spans import Span, common, holds_at, without
from conformance.history import History, Line
from conformance.injections import Injection
from conformance.verdict import CheckResult, Verdict

WITHOUT_POWER = frozenset({"power loss"})
"""From its beginning a node holds nothing until it is back."""
STOPPED = frozenset({"stop"})
"""When it has ended a node holds nothing until it is back; while it lasts the node gives up what it has."""
CUT_OFF = frozenset({"freeze", "isolation", "cut cable"})
"""With these a node keeps the address on its interface, but cannot announce it to anybody."""


class OneOwner(Check):
    """Never two nodes own the address and can both speak on the wire; and without a fault somebody does.

    Reads `address`, `fault` and `healed` lines, `observed` lines "owners" (value: address, owners) and,
    where `macs` are given, `arp` lines. A node without power owns nothing. A frozen, isolated or unplugged
    one keeps the address on its interface without being heard, so for it the wire decides: it is an owner
    there if, while another one owns the address, a gratuitous ARP announces the address from its MAC. When
    it is heard again the two have `election_s` to agree.
    """

    title: ClassVar[str] = "the virtual IP has one owner"
    address: str
    candidates: tuple[str, ...]
    election_s: float = 0.0
    """The norm within which two owners that hear each other again agree on one."""
    formula: str = ""
    macs: Mapping[str, str] = {}
    """MAC of each candidate on the network of the address."""

    def judge(self, history: History) -> CheckResult:
        """Return what *history* says; no data is UNKNOWN."""
        samples = [s for s in observed(history, "owners") if s["value"]["address"] == self.address]
        changes = [
            line
            for line in history.of_kind("address")
            if line["address"] == self.address and line["node"] in self.candidates
        ]
        if not samples and not changes:
            return unknown(self, f"nobody looked who owns {self.address}")
        silent = {node: self._silent(node, history) for node in self.candidates}
        speaking = {node: without(_held(node, changes, history), silent[node]) for node in self.candidates}
        violations = [
            *self._at_once(speaking, history),
            *self._sampled(samples, silent, history),
            *self._announced(history, speaking),
        ]
        if violations:
            return self._result(Verdict.VIOLATED, said(violations), "2 at once")
        owners = sorted(node for node in self.candidates if speaking[node]) or _owners(samples)
        looked = many(len(samples), "sample") if samples else many(len(changes), "change")
        whom = " then ".join(owners) or "nobody"
        good = f"{self.address} was owned by {whom}, never by two at once ({looked})"
        return self._result(Verdict.HOLDS, good, "1 at most")

    def _result(self, verdict: Verdict, reason: str, measured: str) -> CheckResult:
        return CheckResult(
            name=self.title,
            verdict=verdict,
            reason=reason,
            measured=measured,
            norm="1 at a time",
            unit="owners",
            formula=self.formula,
        )

    def _silent(self, node: str, history: History) -> list[Span]:
        """Return when *node* could not be heard: what is on its interface then makes it no owner."""
        end_ns = history.lines[-1]["at_ns"] + 1
        found = []
        for fault in Injection.all_of(history):
            if fault.node != node or not fault.took_hold:
                continue
            if fault.name in WITHOUT_POWER | STOPPED:
                from_ns = fault.began_ns if fault.name in WITHOUT_POWER else fault.ended_ns
                found.append(
                    Span(from_ns, end_ns if fault.healed_began_ns is None else fault.healed_began_ns)
                )
            elif fault.name in CUT_OFF:
                heard_ns = end_ns if fault.healed_ended_ns is None else fault.healed_ended_ns
                found.append(Span(fault.began_ns, heard_ns + round(self.election_s * NS_PER_S)))
        return found

    def _at_once(self, speaking: Mapping[str, Sequence[Span]], history: History) -> list[str]:
        return [
            f"{one} and {other} both owned {self.address} from {moment(history, span.from_ns)}"
            f" for {(span.to_ns - span.from_ns) / NS_PER_S:.3f} s"
            for one, other in itertools.combinations(self.candidates, 2)
            for span in common(speaking[one], speaking[other])
        ]

    def _sampled(
        self, samples: Sequence[Line], silent: Mapping[str, Sequence[Span]], history: History
    ) -> list[str]:
        first_fault_ns = min((f.began_ns for f in Injection.all_of(history)), default=None)
        found = []
        for sample in samples:
            at_ns = sample["at_ns"]
            owners = [n for n in sample["value"]["owners"] if not holds_at(silent.get(n, ()), at_ns)]
            if len(owners) > 1:
                both = " and ".join(sorted(owners))
                found.append(f"{both} all owned {self.address} at {moment(history, at_ns)}")
            elif not owners and (first_fault_ns is None or at_ns < first_fault_ns):
                found.append(f"nobody owned {self.address} at {moment(history, at_ns)}, before any fault")
        return found

    def _announced(self, history: History, speaking: Mapping[str, Sequence[Span]]) -> list[str]:
        """Return where a node that should not be heard announced the address that another one owned."""
        end_ns = history.lines[-1]["at_ns"] + 1
        cut_off = {
            node: [
                Span(fault.began_ns, fault.healed_began_ns or end_ns)
                for fault in Injection.all_of(history)
                if fault.node == node and fault.took_hold and fault.name in CUT_OFF
            ]
            for node in self.candidates
        }
        return [
            f"{node}, which was cut off, announced {self.address} at {moment(history, frame['at_ns'])}"
            f" while {other} owned it"
            for frame in history.of_kind("arp")
            if frame["gratuitous"] and frame["sender_ip"] == self.address
            for node, mac in self.macs.items()
            if frame["sender_mac"].lower() == mac.lower() and holds_at(cut_off[node], frame["at_ns"])
            for other in self.candidates
            if other != node and holds_at(speaking[other], frame["at_ns"])
        ]


def _held(node: str, changes: Sequence[Line], history: History) -> list[Span]:
    """Return when *node* had the address on an interface."""
    end_ns = history.lines[-1]["at_ns"] + 1
    found: list[Span] = []
    since_ns: int | None = None
    for line in changes:
        if line["node"] != node:
            continue
        if line["state"] == "removed":
            if since_ns is not None:
                found.append(Span(since_ns, line["at_ns"]))
            since_ns = None
        elif since_ns is None:
            since_ns = line["at_ns"]
    if since_ns is not None:
        found.append(Span(since_ns, end_ns))
    return found


def _owners(samples: Sequence[Line]) -> list[str]:
    return list(dict.fromkeys(owner for sample in samples for owner in sample["value"]["owners"]))


class OneMacAnswers(Check):
    """Whoever asks the wire for the address gets answers from one MAC address, always the same.

    Reads `observed` lines "arp-answers" (node: who asked; value: address, macs).
    """

    title: ClassVar[str] = "one MAC address answers for the virtual IP"
    address: str
    samples: int = 5
    """So many questions must have been answered."""

    def judge(self, history: History) -> CheckResult:
        """Return what *history* says; no data is UNKNOWN."""
        asked = [s for s in observed(history, "arp-answers") if s["value"]["address"] == self.address]
        answered = [s for s in asked if s["value"]["macs"]]
        several = [
            f"{' and '.join(sorted(s['value']['macs']))} answered {s['node']} for {self.address}"
            f" at {moment(history, s['at_ns'])}"
            for s in answered
            if len(set(s["value"]["macs"])) > 1
        ]
        macs = sorted({mac for s in answered for mac in s["value"]["macs"]})
        if len(macs) > 1 and not several and not history.of_kind("fault"):
            several.append(f"{self.address} was answered by {' and then by '.join(macs)}, without any fault")
        if asked and not answered and len(asked) >= self.samples:
            several.append(f"nobody answered for {self.address}, asked {many(len(asked), 'time')}")
        few = f"{many(len(answered), 'answered question')} about {self.address}; it takes {self.samples}"
        return decided(
            self,
            violations=several,
            doubts=[few] if len(answered) < self.samples else [],
            good=f"{self.address} was answered {many(len(answered), 'time')}, always by {' or '.join(macs)}",
        )
