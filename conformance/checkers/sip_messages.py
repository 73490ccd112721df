"""SIP as it is spoken: the datagrams of an end point, held against RFC 3261."""

from collections import Counter
from typing import ClassVar

from conformance.checkers.check import Check
from conformance.checkers.facts import decided, moment, observed
from conformance.checkers.findings import many
from conformance.history import History
from conformance.verdict import CheckResult


class MessagesFollowTheStandard(Check):
    """What the system sends to an end point breaks no rule of RFC 3261, and no rule of SDP.

    Reads `observed` lines "sip-datagrams" (node: the end point; value: what
    `conformance.sip_messages.examination.Examination.tally` returns). Where the end point itself broke a
    rule, the answers that it got prove nothing.
    """

    title: ClassVar[str] = "SIP messages follow RFC 3261"
    wanted: tuple[str, ...] = ("200 to INVITE received", "200 to BYE received")
    """Messages that must have been seen, as the tally names them."""
    least: int = 10
    """So many messages must have been received."""

    def judge(self, history: History) -> CheckResult:
        """Return what *history* says; no data is UNKNOWN."""
        lines = observed(history, "sip-datagrams")
        messages: Counter[str] = Counter()
        violations, doubts = [], []
        for line in lines:
            messages.update(line["value"]["messages"])
            for finding in line["value"]["findings"]:
                often = f" ({finding['count']} times)" if finding["count"] > 1 else ""
                said = f"{line['node']} at {moment(history, finding['at_ns'])}: {finding['first']}{often}"
                if finding["direction"] == "received":
                    violations.append(said)
                else:
                    doubts.append(f"the end point itself broke a rule: {said}")
        received = sum(count for name, count in messages.items() if name.endswith(" received"))
        if not lines:
            doubts.append("nobody recorded datagrams")
        elif received < self.least:
            doubts.append(f"{many(received, 'message')} received, at least {self.least} are needed")
        doubts += [f"no {name} was seen" for name in self.wanted if not messages[name]]
        good = f"{many(received, 'message')} received and {messages.total() - received} sent break no rule"
        return decided(self, violations=violations, doubts=doubts, good=good)
