"""Speech both ways: what the phone says arrives, and what the telephony server says does."""

from collections.abc import Sequence
from typing import ClassVar

from conformance.checkers.calls import Call, CallBack, Media, call_backs, calls, packets_at
from conformance.checkers.calls_in_progress import PACKET_MS
from conformance.checkers.check import Check
from conformance.checkers.facts import decided, moment
from conformance.checkers.findings import many
from conformance.history import History, Outcome
from conformance.stalls import Stalls
from conformance.verdict import CheckResult


class SpeechBothWays(Check):
    """In every call speech flows from the phone to the telephony server, and back.

    Reads the calls of the probes that ended well; with `back` also the calls that came in (`trunk` lines);
    and `observed` lines "rtp-at-server" (node: a telephony server; value: packets from the phone). Calls that
    the end of a probe cut short are left out. The phone must have received the share `floor` of the packets
    that the length of a call implies. What it sends to a wrong address the phone itself never misses: so the
    other side must have said in the end that it heard as large a share of what was sent, or packets must have
    been counted at the server.
    """

    title: ClassVar[str] = "speech flows both ways"
    probes: tuple[str, ...]
    back: bool = False
    """Whether calls that came in are judged too."""
    floor: float = 0.9
    packet_ms: float = PACKET_MS
    """How much speech one packet has."""
    least: int = 1
    """So many calls are needed, and as many that came in, where they are judged."""

    def judge(self, history: History) -> CheckResult:
        """Return what *history* says; no data is UNKNOWN."""
        stalls = Stalls.of(history)
        mine = [
            call for call in calls(history, self.probes) if call.outcome is Outcome.OK and not call.cut_short
        ]
        back = [call for call in call_backs(history) if not call.cut_short] if self.back else []
        counted = packets_at(history, "rtp-at-server")
        violations = [found for call in mine if (found := self._of_call(history, call, stalls))]
        violations += [found for call in back if (found := self._of_call_back(history, call))]
        parties = [(call.server, call.media) for call in mine]
        parties += [(call.from_server, call.media) for call in back]
        servers = sorted({server for server, _ in parties if server})
        violations += [
            f"{server} was talked to, but no packet of the phone arrived there"
            for server in servers
            if counted.get(server) == 0
        ]
        doubts = self._doubts(history, mine, back)
        deaf = {
            server or "an unnamed server"
            for server, media in parties
            if media and media.heard is None and server not in counted
        }
        doubts += [f"what {server} heard is not known" for server in sorted(deaf)]
        received = sum(media.received for _, media in parties if media)
        heard = sum(media.heard or 0 for _, media in parties if media)
        at_servers = heard or sum(counted.get(server, 0) for server in servers)
        told = f"packets at the phone {received}, at {' and '.join(servers)} {at_servers}"
        return decided(
            self,
            violations=violations,
            doubts=doubts,
            good=f"{many(len(mine) + len(back), 'call')}: {told}",
        )

    def _of_call(self, history: History, call: Call, stalls: Stalls) -> str | None:
        if call.media is None or call.answered_ns is None or call.over_ns is None:
            return None
        running_ns = call.over_ns - call.answered_ns - stalls.within(call.answered_ns, call.over_ns)
        expected = running_ns / 1e6 / self.packet_ms
        if wrong := self._of_media(call.media):
            return f"in {call.told(history)} {wrong}"
        if call.media.received >= self.floor * expected:
            return None
        few = f"{many(call.media.received, 'packet')} of {expected:.0f}"
        return f"in {call.told(history)} the phone received only {few}"

    def _of_call_back(self, history: History, call: CallBack) -> str | None:
        whose = f" from {call.from_server}" if call.from_server else ""
        told = f"the call{whose} that came in at {moment(history, call.at_ns)}"
        if call.outcome is Outcome.FAILED:
            return f"{told} failed: {call.error}"
        wrong = self._of_media(call.media) if call.media else None
        return f"in {told} {wrong}" if wrong else None

    def _of_media(self, media: Media) -> str | None:
        """Return what is wrong with the figures of one call, whatever its length."""
        if not media.sent:
            return "the phone sent no packet"
        if not media.received:
            return "the phone received no packet"
        if media.heard is not None and media.heard < self.floor * media.sent:
            return f"the other side heard only {many(media.heard, 'packet')} of {media.sent}"
        return None

    def _doubts(self, history: History, mine: Sequence[Call], back: Sequence[CallBack]) -> list[str]:
        doubts = [f"what {call.told(history)} received is not known" for call in mine if not call.media]
        doubts += [
            f"what the call that came in at {moment(history, call.at_ns)} received is not known"
            for call in back
            if not call.media
        ]
        if len(mine) < self.least:
            doubts.append(f"{many(len(mine), 'call')} ended well, at least {self.least} are needed")
        if self.back and len(back) < self.least:
            doubts.append(f"{many(len(back), 'call')} came in, at least {self.least} are needed")
        return doubts
