"""Call backs: over the trunk on which their partner call came, from the server that answered it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import ClassVar

from conformance.checkers.calls import Call, CallBack, call_backs, calls
from conformance.checkers.check import Check
from conformance.checkers.facts import decided, moment
from conformance.checkers.findings import NS_PER_S, many
from conformance.history import History
from conformance.verdict import CheckResult


class CallBacksKeepTheirTrunk(Check):
    """A call back comes over the trunk of its partner call: by the same PBX, from the same server.

    Reads the calls of the probes, with the PBX that was asked (`target`), and `trunk` lines. A call that
    asked to be called back, and was answered, must have been called back within `within_s`, where the phone
    works on for so long (`ending` lines). A trunk is a PBX and a server; each must have been used by `least`
    call backs.
    """

    title: ClassVar[str] = "a call back uses the trunk of its partner call"
    probes: tuple[str, ...]
    targets: tuple[str, ...]
    """The aliases of the PBXs."""
    servers: tuple[str, ...]
    within_s: float = 5.0
    least: int = 1

    def judge(self, history: History) -> CheckResult:
        """Return what *history* says; no data is UNKNOWN."""
        asked = {call.call_id: call for call in calls(history, self.probes) if call.back_to is not None}
        violations: list[str] = []
        doubts: list[str] = []
        used: Counter[tuple[str, str]] = Counter()
        back = call_backs(history)
        for one in back:
            if one.partner is None or one.partner not in asked:
                doubts.append(f"{_told(history, one)} names no call that asked for it")
                continue
            wrong, unclear = self._compared(history, one, asked[one.partner])
            violations += wrong
            doubts += unclear
            if one.via and one.from_server:
                used[one.via, one.from_server] += 1
        violations += self._missing(history, list(asked.values()), back)
        doubts += self._unused(used)
        rows = ", ".join(f"{count} by {pbx} from {server}" for (pbx, server), count in sorted(used.items()))
        return decided(
            self, violations=violations, doubts=doubts, good=f"{many(len(back), 'call back')}: {rows}"
        )

    def _compared(self, history: History, one: CallBack, call: Call) -> tuple[list[str], list[str]]:
        """Return what is wrong, and what is not clear, with a call back and its partner."""
        wrong, unclear = [], []
        for expected, found, what in (
            (call.target, one.via, "came by"),
            (call.server, one.from_server, "came from"),
        ):
            if found is None or expected is None:
                unclear.append(f"{_told(history, one)}: who it {what} is not known, or its partner's is not")
            elif found != expected:
                wrong.append(f"{_told(history, one)} {what} {found}, its partner call used {expected}")
        return wrong, unclear

    def _missing(self, history: History, asked: Sequence[Call], back: Sequence[CallBack]) -> list[str]:
        partners = {one.partner for one in back}
        last_ns: int = history.lines[-1]["at_ns"] if history.lines else 0
        ending: dict[str, int] = {line["probe"]: line["at_ns"] for line in history.of_kind("ending")}
        return [
            f"{call.told(history)} asked that {call.back_to} be called back, which never happened"
            for call in asked
            if call.answered_ns is not None
            and call.call_id not in partners
            and ending.get(call.probe, last_ns) - call.answered_ns > self.within_s * NS_PER_S
        ]

    def _unused(self, used: Mapping[tuple[str, str], int]) -> list[str]:
        doubts = [
            f"{many(used.get((pbx, server), 0), 'call back')} by {pbx} from {server},"
            f" at least {self.least} are needed"
            for pbx in self.targets
            for server in self.servers
            if used.get((pbx, server), 0) < self.least
        ]
        return doubts if self.targets and self.servers else ["no trunk was to be looked at", *doubts]


def _told(history: History, one: CallBack) -> str:
    return f"the call back at {moment(history, one.at_ns)}"
