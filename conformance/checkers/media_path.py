"""The way of media: directly between the end points, and past everybody else."""

from collections.abc import Mapping
from typing import ClassVar

from conformance.checkers.calls import Call, calls, packets_at
from conformance.checkers.check import Check
from conformance.checkers.facts import decided
from conformance.checkers.findings import many
from conformance.history import History
from conformance.verdict import CheckResult


class MediaFlowsDirectly(Check):
    """RTP goes directly between the phone and the server that answered: nothing of it crosses a proxy.

    Reads the calls of the probes that were answered, and `observed` lines "rtp-at-proxy" (node: a proxy or a
    PBX; value: packets of RTP, sip_packets). The packets that the phone received must come from the address
    of the server that answered and from nowhere else, and the filters of the proxies must have counted none.
    That they count at all is shown by SIP, which at least one of them must have seen.
    """

    title: ClassVar[str] = "media flows directly between the end points"
    probes: tuple[str, ...]
    proxies: tuple[str, ...]
    addresses: Mapping[str, str]
    """The address of each telephony server on the network of the phone."""
    least: int = 1
    """So many calls with media are needed."""

    def judge(self, history: History) -> CheckResult:
        """Return what *history* says; no data is UNKNOWN."""
        answered = [call for call in calls(history, self.probes) if call.answered_ns is not None]
        mine = [call for call in answered if call.media is not None and call.media.received]
        crossed = packets_at(history, "rtp-at-proxy")
        violations = [
            f"{many(crossed[proxy], 'RTP packet')} crossed {proxy}"
            for proxy in self.proxies
            if crossed.get(proxy)
        ]
        violations += [found for call in mine if (found := self._strange(history, call))]
        doubts = [f"nobody counted RTP at {proxy}" for proxy in self.proxies if proxy not in crossed]
        signalling = packets_at(history, "rtp-at-proxy", "sip_packets")
        if not any(signalling.get(proxy) for proxy in self.proxies):
            doubts.append("no filter counted SIP either, so that it counted no RTP proves nothing")
        doubts += [
            f"who answered {call.told(history)} is not known, so neither is where its packets come from"
            for call in mine
            if call.server is None
        ]
        if len(mine) < self.least:
            doubts.append(f"{many(len(mine), 'call')} with media, at least {self.least} are needed")
        received = sum(call.media.received for call in mine if call.media)
        came = f"{many(received, 'packet')} of {many(len(mine), 'call')} came from who answered"
        good = f"{came}, none crossed {' or '.join(self.proxies)}"
        result = decided(self, violations=violations, doubts=doubts, good=good)
        measured = float(sum(crossed.get(proxy, 0) for proxy in self.proxies)) if crossed else None
        return result.model_copy(update={"measured": measured, "norm": 0.0, "unit": "packets at proxies"})

    def _strange(self, history: History, call: Call) -> str | None:
        known = set(self.addresses.values())
        if call.server in known:  # known by its address alone
            known = {call.server}
        elif call.server is not None and call.server in self.addresses:
            known = {self.addresses[call.server]}
        sources = call.media.sources if call.media else ()
        if not (strange := sorted(set(sources) - known)):
            return None
        expected = " or ".join(sorted(known))
        return f"{call.told(history)}: packets came from {' and '.join(strange)}, not from {expected}"
