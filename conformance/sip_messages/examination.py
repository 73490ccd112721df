"""Everything that an end point sent and received, held against the rules."""

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from conformance.sip_messages import acknowledgements
from conformance.sip_messages.bodies import body_breaches
from conformance.sip_messages.breach import Breach
from conformance.sip_messages.datagram import Datagram
from conformance.sip_messages.dialogs import Dialogs
from conformance.sip_messages.message import Message, Request, Response
from conformance.sip_messages.offers import acknowledged_breaches, answer_breaches
from conformance.sip_messages.reading import is_keep_alive, read_message
from conformance.sip_messages.requests import request_breaches
from conformance.sip_messages.responses import response_breaches
from conformance.sip_messages.rules import Rule
from conformance.sip_messages.seen import Seen
from conformance.sip_messages.syntax import syntax_breaches
from conformance.sip_messages.transactions import Transactions


class Finding(NamedTuple):
    """A rule that a message broke."""

    rule: Rule
    detail: str
    datagram: Datagram
    message: str
    """Which message it is, for people."""

    def __str__(self) -> str:
        return f"{self.message}: {self.detail} ({self.rule.source}: {self.rule.demands})"


@dataclasses.dataclass
class Examination:
    """What was looked at, and what was found."""

    datagrams: int = 0
    keep_alives: int = 0
    messages: Counter[str] = dataclasses.field(default_factory=Counter)
    """How many of each: `INVITE sent`, `200 to INVITE received`; those sent again are counted too."""
    findings: list[Finding] = dataclasses.field(default_factory=list)

    def tally(self) -> Mapping[str, Any]:
        """Return it as the `observed` value "sip-datagrams"; of the same finding the first one is told."""
        grouped: dict[tuple[Rule, str], list[Finding]] = {}
        for finding in self.findings:
            grouped.setdefault((finding.rule, finding.datagram.direction), []).append(finding)
        return {
            "datagrams": self.datagrams,
            "messages": dict(sorted(self.messages.items())),
            "findings": [
                {
                    "rule": rule.name,
                    "source": rule.source,
                    "direction": direction,
                    "count": len(several),
                    "at_ns": several[0].datagram.at_ns,
                    "first": str(several[0]),
                }
                for (rule, direction), several in grouped.items()
            ],
        }


def examine(datagrams: Iterable[Datagram]) -> Examination:
    """Hold the *datagrams* of one end point against the rules, in the order in which they are given.

    The end point has recorded all of them, from its beginning on.
    """
    examiner = _Examiner()
    for datagram in datagrams:
        examiner.take(datagram)
    examiner.finish()
    return examiner.examination


class _Examiner:
    """Takes datagrams one by one."""

    def __init__(self) -> None:
        self.examination = Examination()
        self._transactions = Transactions()
        self._dialogs = Dialogs()
        self._end_ns = 0

    def take(self, datagram: Datagram) -> None:
        self.examination.datagrams += 1
        self._end_ns = datagram.at_ns
        if is_keep_alive(datagram.payload):
            self.examination.keep_alives += 1
            return
        reading = read_message(datagram.payload)
        match reading.message:
            case Request() as request:
                seen = Seen(datagram, request)
                breaches = [*reading.breaches, *_of_form(request), *request_breaches(request)]
                self._note(seen, [*breaches, *self._request(seen)])
            case Response() as response:
                answer = Seen(datagram, response)
                breaches = [*reading.breaches, *_of_form(response), *response_breaches(response)]
                self._note(answer, [*breaches, *self._response(answer)])
            case _:
                told = f"datagram {datagram.direction}, peer {datagram.peer}"
                self.examination.findings += [Finding(*one, datagram, told) for one in reading.breaches]

    def finish(self) -> None:
        for seen, breach in acknowledgements.unacknowledged(self._transactions, self._end_ns):
            self.examination.findings.append(Finding(*breach, seen.datagram, seen.told))

    def _note(self, seen: Seen[Message], breaches: Iterable[Breach]) -> None:
        self.examination.messages[f"{seen.message} {seen.direction}"] += 1
        self.examination.findings += [Finding(*one, seen.datagram, seen.told) for one in breaches]

    def _request(self, seen: Seen[Request]) -> list[Breach]:
        if seen.message.method == "ACK":
            return self._ack(seen)
        transaction, breaches = self._transactions.begun(seen)
        if transaction is None:
            return breaches
        if seen.message.method == "CANCEL":
            return [*breaches, *acknowledgements.cancelled(seen, self._transactions)]
        return [*breaches, *self._dialogs.requested(seen)]

    def _ack(self, seen: Seen[Request]) -> list[Breach]:
        invite, breaches = acknowledgements.acknowledged(seen, self._transactions)
        if invite is None:
            return breaches
        breaches += self._dialogs.requested(seen)
        if invite.final is not None:
            invited, response = invite.request.message, invite.final.message
            breaches += acknowledged_breaches(invited, response, seen.message)
        return breaches

    def _response(self, seen: Seen[Response]) -> list[Breach]:
        transaction, breaches = self._transactions.answered(seen)
        if transaction is None or transaction.request.message.method != "INVITE":
            return breaches
        breaches += self._dialogs.answered(transaction, seen)
        if seen.message.is_success:
            breaches += answer_breaches(transaction.request.message, seen.message)
        return breaches


def _of_form(message: Message) -> list[Breach]:
    return [*syntax_breaches(message), *body_breaches(message)]
