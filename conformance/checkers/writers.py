"""Who takes writes: never a slave, and of the masters one at any time."""

import bisect
import dataclasses
import itertools
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, NamedTuple

from conformance.checkers.check import Check
from conformance.checkers.facts import decided, moment, observed
from conformance.checkers.findings import NS_PER_S, many
from conformance.checkers.rows import Acknowledged, Writes
from conformance.history import History
from conformance.injections import Injection
from conformance.verdict import CheckResult
from topologies.databases import MASTER


class WritesRefused(Check):
    """Writes by the aliases are refused; by the control alias the same write is accepted.

    Reads `observed` lines "write-attempt" (node: who tried; value: alias, server or null, result: `accepted`,
    `refused` or `error`, error). An error proves neither. Nor does a refusal, where no write is accepted
    anywhere.
    """

    title: ClassVar[str] = "slaves refuse writes"
    aliases: tuple[str, ...]
    control: str | None = MASTER
    """By this alias a write has to be accepted; None: none has to be."""
    least: int = 1
    """So many refusals are needed by each alias."""

    def judge(self, history: History) -> CheckResult:
        """Return what *history* says; no data is UNKNOWN."""
        lines = observed(history, "write-attempt")
        accepted = [
            f"{line['value']['server'] or 'an unnamed server'} took a write by {line['value']['alias']}"
            f" from {line['node']} at {moment(history, line['at_ns'])}"
            for line in lines
            if line["value"]["alias"] in self.aliases and line["value"]["result"] == "accepted"
        ]
        doubts = [doubt for alias in self.aliases if (doubt := self._doubt(alias, history))]
        if not self.aliases:
            doubts.append("no alias was to be tried")
        if self.control is not None and not any(
            line["value"]["alias"] == self.control and line["value"]["result"] == "accepted" for line in lines
        ):
            doubts.append(f"no write by {self.control} was accepted either, so a refusal proves nothing")
        refusing = Counter(
            f"{line['value']['server'] or 'an unnamed server'} ({line['value']['alias']})"
            for line in lines
            if line["value"]["alias"] in self.aliases and line["value"]["result"] == "refused"
        )
        by = ", ".join(f"{count} by {who}" for who, count in sorted(refusing.items()))
        return decided(
            self,
            violations=accepted,
            doubts=doubts,
            good=f"{many(refusing.total(), 'write')} refused: {by}",
        )

    def _doubt(self, alias: str, history: History) -> str | None:
        lines = [line for line in observed(history, "write-attempt") if line["value"]["alias"] == alias]
        refused = sum(line["value"]["result"] == "refused" for line in lines)
        if refused >= self.least:
            return None
        if not lines:
            return f"nobody tried to write by {alias}"
        errors = Counter(str(line["value"]["error"]) for line in lines if line["value"]["result"] == "error")
        met = f" ({errors.most_common(1)[0][0]})" if errors else ""
        few = f"{many(refused, 'refusal')} in {many(len(lines), 'attempt')} to write by {alias}{met}"
        return f"{few}, at least {self.least} are needed"


class _Change(NamedTuple):
    """A write of one server, and a later one of another: in between the turn has changed."""

    before: Acknowledged
    after: Acknowledged


class OneActiveWriter(Check):
    """At no time two servers take writes: they take turns, and a turn ends only by a fault of who has it.

    Reads acknowledged inserts, each of which was executed at some instant from its invocation to its
    acknowledgement, and `fault` and `healed` lines. Two writes are in order for sure if the earlier one was
    acknowledged before the later one was invoked. If two servers A and B executed them, in that order, A had
    the turn at some instant before B had it. In between A has to have been hit: a fault of A that took hold
    was in effect (from its beginning to the end of its healing) at some time between the invocation of A's
    write and the acknowledgement of B's. If none was, both took writes, and the check is VIOLATED. So where A
    writes, then B, then A again, A must have been hit before B's write and B after it. Masters that are both
    active pass only where no two of their writes are in order, or where both are hit all the time.

    `may_return`: the turn may also change to B where B was hit earlier and now writes for the first time
    since its healing began.
    """

    title: ClassVar[str] = "one master takes writes at any time"
    writes: tuple[str, ...]
    """The probes that insert by the alias; kept sessions stay where they are, so one should open new ones."""
    servers: tuple[str, ...]
    """Who may take writes at all."""
    faults: tuple[str, ...] | None = None
    """Only these faults may end a turn, such as `power loss of dbm1`; None: all that hit who has it."""
    may_return: bool = False
    """Whether the turn may go back to a server that was healed, without a fault of the one that has it."""
    aftermath_s: float = 0.0
    """For how long after its healing a fault may still end a turn: the norm of detection."""
    least: int = 20
    """Fewer acknowledged inserts of a probe show nothing."""

    def judge(self, history: History) -> CheckResult:
        """Return what *history* says; no data is UNKNOWN."""
        probes = [Writes.of(history, probe) for probe in self.writes]
        turns = _Turns.of([one for writes in probes for one in writes.acknowledged])
        faults = [
            fault
            for fault in Injection.all_of(history)
            if fault.node in turns.of_server
            and (self.faults is None or not {fault.name, str(fault)}.isdisjoint(self.faults))
        ]
        wrong = [
            f"{server} took a write at {moment(history, own[0].acknowledged_ns)}, but is no master"
            for server, own in turns.of_server.items()
            if server not in self.servers
        ]
        doubts = [doubt for writes in probes for doubt in writes.too_few(self.least)]
        if not self.writes:
            doubts.append("no probe was named")
        if turns.nameless:
            doubts.append(f"{many(turns.nameless, 'acknowledged insert')} told no server")
        for change in turns.changes():
            reasons = [fault for fault in faults if self._explains(fault, change, turns)]
            if any(fault.took_hold for fault in reasons):
                continue
            sentence = _told(history, change)
            if reasons:
                doubts.append(f"{sentence}, after {reasons[-1]}, which did not take hold")
            else:
                wrong.append(f"{sentence}, without a fault of {change.before.server} in between")
        shares = ", ".join(f"{len(own)} by {server}" for server, own in turns.of_server.items())
        return decided(
            self,
            violations=wrong,
            doubts=doubts,
            good=f"writes in turns: {shares}; every change of turn followed a fault",
        )

    def _explains(self, fault: Injection, change: _Change, turns: "_Turns") -> bool:
        before, after = change
        if fault.began_ns > after.acknowledged_ns:
            return False
        if fault.node == before.server:
            over_ns = fault.healed_ended_ns
            return over_ns is None or over_ns + round(self.aftermath_s * NS_PER_S) >= before.invoked_ns
        if not self.may_return or fault.node != after.server or fault.healed_began_ns is None:
            return False
        back_ns = fault.healed_began_ns
        return back_ns <= after.acknowledged_ns and not turns.wrote(fault.node, back_ns, before.invoked_ns)


def _told(history: History, change: _Change) -> str:
    before, after = change
    return (
        f"{after.server} took row {after.sequence} at {moment(history, after.acknowledged_ns)}, sent after"
        f" {before.server} had taken row {before.sequence} at {moment(history, before.acknowledged_ns)}"
    )


@dataclasses.dataclass(frozen=True)
class _Turns:
    """The acknowledged writes by server, each in order of acknowledgement."""

    of_server: Mapping[str, Sequence[Acknowledged]]
    nameless: int

    @classmethod
    def of(cls, acknowledged: Sequence[Acknowledged]) -> "_Turns":
        """Sort writes by server."""
        found: dict[str, list[Acknowledged]] = defaultdict(list)
        for one in sorted(acknowledged, key=_acknowledged_ns):
            if one.server is not None:
                found[one.server].append(one)
        return cls(dict(found), sum(one.server is None for one in acknowledged))

    def changes(self) -> Iterator[_Change]:
        """Return the changes of turn between any two servers, each by the two writes closest to it."""
        for one, other in itertools.permutations(self.of_server, 2):
            earlier = self.of_server[one]
            acknowledged_ns = [write.acknowledged_ns for write in earlier]
            latest = list(itertools.accumulate(earlier, _later_invoked))
            told: set[Acknowledged] = set()
            for after in self.of_server[other]:
                at = bisect.bisect_left(acknowledged_ns, after.invoked_ns)
                if at and latest[at - 1] not in told:
                    told.add(latest[at - 1])
                    yield _Change(latest[at - 1], after)

    def wrote(self, server: str, from_ns: int, to_ns: int) -> bool:
        """Tell whether *server* took a write that was invoked and acknowledged in between."""
        return any(
            write.invoked_ns >= from_ns and write.acknowledged_ns < to_ns for write in self.of_server[server]
        )


def _later_invoked(one: Acknowledged, other: Acknowledged) -> Acknowledged:
    return max(one, other, key=_invoked_ns)


def _invoked_ns(one: Acknowledged) -> int:
    return one.invoked_ns


def _acknowledged_ns(one: Acknowledged) -> int:
    return one.acknowledged_ns
