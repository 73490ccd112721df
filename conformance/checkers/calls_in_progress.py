"""Calls that were in progress when something failed: whoever was not on the failed node must not notice."""

import math
from collections import Counter
from collections.abc import Sequence
from typing import ClassVar, Final

from conformance.checkers.calls import Call, calls, silences
from conformance.checkers.check import Check
from conformance.checkers.facts import decided, moment
from conformance.checkers.findings import for_each, many, unknown
from conformance.history import History, Outcome
from conformance.injections import Injection
from conformance.stalls import Stalls
from conformance.verdict import CheckResult

PACKET_MS: Final = 20.0
"""One RTP packet of G.711 has so many milliseconds of speech."""


class OtherCallsContinue(Check):
    """Calls in progress at a fault that were not on the failed node lose no RTP packet and are not dropped.

    Reads the calls of the probes, `media` lines and stalls. A call was in progress if it was answered before
    the fault began, and ended later. Calls on the failed node are counted, not judged. While the measuring
    host stalled, it may have lost as many packets itself as would have come in that time.
    """

    title: ClassVar[str] = "calls on other nodes continue"
    probes: tuple[str, ...]
    fault: str
    failed: tuple[str, ...] = ()
    """The telephony servers that were hit; empty: none was (the fault of a PBX or a proxy)."""
    must_end_well: bool = True
    """Whether these calls have to end in order; no where the fault takes away the way of their signalling."""
    lost: int = 0
    """So many packets may be lost in each."""
    least: int = 1
    """So many calls must have been in progress on other nodes."""

    def judge(self, history: History) -> CheckResult:
        """Return what *history* says; no data is UNKNOWN."""
        mine = calls(history, self.probes)
        if not mine:
            return unknown(self, f"no call was placed by {' or '.join(self.probes) or 'any probe'}")
        return for_each(self, history, self.fault, lambda injection: self._during(injection, history, mine))

    def _during(self, injection: Injection, history: History, mine: Sequence[Call]) -> CheckResult:
        stalls = Stalls.of(history)
        running = [call for call in mine if call.is_in_progress_at(injection.began_ns)]
        others = [call for call in running if call.server not in self.failed]
        violations, doubts = [], []
        for call in others:
            whose = call.told(history)
            if call.outcome is Outcome.FAILED:
                violations.append(f"{whose} failed: {call.error}{_since(history, call)}")
            elif self.failed and call.server is None:
                doubts.append(f"who answered {whose} is not known")
            elif call.outcome is Outcome.UNKNOWN and self.must_end_well:
                doubts.append(f"how {whose} ended is not known")
            if call.media is None:
                doubts.append(f"what {whose} lost is not known")
            elif call.media.lost > self.lost:
                said = f"{whose} lost {many(call.media.lost, 'packet')}{_since(history, call)}"
                self._sort_loss(call, said, stalls, violations, doubts)
        if len(others) < self.least:
            few = f"{many(len(others), 'call')} in progress on other nodes when {injection} began"
            doubts.append(f"{few}, at least {self.least} are needed")
        lost = sum(call.media.lost for call in others if call.media)
        good = f"{many(len(others), 'call')} in progress on other nodes when {injection} began kept"
        result = decided(
            self,
            violations=violations,
            doubts=doubts,
            good=f"{good} their media, {many(lost, 'packet')} lost{self._fate(running)}",
        )
        return result.model_copy(
            update={"measured": float(lost), "norm": float(self.lost), "unit": "packets"}
        )

    def _sort_loss(
        self, call: Call, said: str, stalls: Stalls, violations: list[str], doubts: list[str]
    ) -> None:
        lost = 0 if call.media is None else call.media.lost
        from_ns, to_ns = call.answered_ns or call.invoked_ns, call.over_ns
        stalled_ms = stalls.within(from_ns, to_ns) / 1e6 if to_ns is not None else 0.0
        if lost - math.ceil(stalled_ms / PACKET_MS) > self.lost:
            violations.append(said)
        else:
            doubts.append(f"{said}, but the measuring host stalled for {stalled_ms:.0f} ms of it")

    def _fate(self, running: Sequence[Call]) -> str:
        """Return what became of the calls on the failed nodes."""
        hit = [call for call in running if call.server in self.failed]
        if not hit:
            return ""
        fates = Counter(
            call.error or ("ended well" if call.outcome is Outcome.OK else "not known") for call in hit
        )
        told = ", ".join(f"{count} x {fate}" for fate, count in fates.most_common())
        return f"; of {many(len(hit), 'call')} on {' and '.join(self.failed)}: {told}"


def _since(history: History, call: Call) -> str:
    silent = silences(history, call.call_id)
    return f" (silent from {moment(history, silent[0])})" if silent else ""
