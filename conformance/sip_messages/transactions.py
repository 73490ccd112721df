"""Transactions: which response answers which request, and what both must share (RFC 3261, sections 8, 9, 17).

The record is that of one end point and begins with it, so whatever is answered was seen before.
"""

import dataclasses
from collections.abc import Iterator
from typing import Final

from conformance.sip_messages.breach import Breach
from conformance.sip_messages.datagram import Direction
from conformance.sip_messages.message import Request, Response
from conformance.sip_messages.rules import (
    BRANCH_UNIQUE,
    COPIED_CALL_ID,
    COPIED_CSEQ,
    COPIED_FROM,
    COPIED_TO,
    COPIED_VIA,
    CREDENTIALS_CSEQ,
    MATCHED,
    ONE_FINAL,
    REGISTER_CSEQ,
    RETRANSMISSION,
)
from conformance.sip_messages.seen import Seen

UNAUTHORISED: Final = frozenset({401, 407})
CREDENTIALS: Final = ("authorization", "proxy-authorization")


@dataclasses.dataclass
class Transaction:
    """A request and what answered it."""

    request: Seen[Request]
    responses: list[Seen[Response]] = dataclasses.field(default_factory=list)
    acknowledged: bool = False

    @property
    def final(self) -> Seen[Response] | None:
        """The first final response."""
        return next((one for one in self.responses if one.message.is_final), None)

    @property
    def is_provisional(self) -> bool:
        """Tell whether a provisional response came."""
        return any(not one.message.is_final for one in self.responses)


Key = tuple[Direction, str, str]
"""Which way the request went, its branch, and its method: they name a transaction (section 17.1.3)."""


class Transactions:
    """The transactions of one end point, in both directions."""

    def __init__(self) -> None:
        self._by_branch: dict[Key, Transaction] = {}
        self._all: list[Transaction] = []
        self._of_call: dict[tuple[Direction, str], list[Transaction]] = {}

    def __iter__(self) -> Iterator[Transaction]:
        return iter(self._all)

    def by_branch(self, direction: Direction, branch: str | None, method: str) -> Transaction | None:
        """Return the transaction of that name."""
        return None if branch is None else self._by_branch.get((direction, branch, method))

    def of_call(self, direction: Direction, call_id: str | None) -> list[Transaction]:
        """Return the transactions whose requests went that way with that Call-ID, in order."""
        return self._of_call.get((direction, call_id or ""), [])

    def begun(self, seen: Seen[Request]) -> tuple[Transaction | None, list[Breach]]:
        """Take note of a request other than ACK.

        Return its transaction (None: it was sent again and belongs to one that is known), and what is wrong.
        """
        request = seen.message
        known = self.by_branch(seen.direction, request.branch, request.method)
        if known is None:
            return self._new(seen), list(self._repeated(seen))
        before = known.request.message
        if (before.call_id, before.cseq) != (request.call_id, request.cseq):
            detail = f"{request.branch} was that of {before.method} {before.call_id}"
            return self._new(seen), [Breach(BRANCH_UNIQUE, detail)]
        if known.request.datagram.payload != seen.datagram.payload:
            return None, [Breach(RETRANSMISSION, f"CSeq {request.cseq} was sent again with other content")]
        return None, []

    def answered(self, seen: Seen[Response]) -> tuple[Transaction | None, list[Breach]]:
        """Take note of a response.

        Return its transaction (None: it answers nothing that is known), and what is wrong.
        """
        response = seen.message
        direction: Direction = "received" if seen.direction == "sent" else "sent"
        method = response.method or ""
        found = self.by_branch(direction, response.branch, method) or self._by_call(direction, response)
        if found is None:
            return None, [Breach(MATCHED, f"nothing was {direction} with branch {response.branch}")]
        breaches = [*_copied(found.request.message, response), *_one_final(found, response)]
        found.responses.append(seen)
        return found, breaches

    def _new(self, seen: Seen[Request]) -> Transaction:
        request = seen.message
        transaction = Transaction(seen)
        self._all.append(transaction)
        if request.branch is not None:
            self._by_branch[seen.direction, request.branch, request.method] = transaction
        self._of_call.setdefault((seen.direction, request.call_id or ""), []).append(transaction)
        return transaction

    def _by_call(self, direction: Direction, response: Response) -> Transaction | None:
        """Return the transaction that was meant, where branch and method do not tell."""
        for one in self.of_call(direction, response.call_id):
            request = one.request.message
            if request.cseq == response.cseq or request.branch == response.branch:
                return one
        return None

    def _repeated(self, seen: Seen[Request]) -> Iterator[Breach]:
        """Return what is wrong with the number of a request that was sent before in another form."""
        request = seen.message
        if request.cseq is None:
            return
        earlier = [
            one
            for one in self.of_call(seen.direction, request.call_id)
            if one.request is not seen and one.request.message.method == request.method
        ]
        numbers = [one.request.message.cseq.number for one in earlier if one.request.message.cseq]
        if not numbers or request.cseq.number > max(numbers):
            return
        detail = f"{request.cseq} follows {max(numbers)}"
        refused = any(one.final and one.final.message.status in UNAUTHORISED for one in earlier)
        if refused and any(request.rows(name) for name in CREDENTIALS):
            yield Breach(CREDENTIALS_CSEQ, detail)
        elif request.method == "REGISTER":
            yield Breach(REGISTER_CSEQ, detail)


def _copied(request: Request, response: Response) -> Iterator[Breach]:
    if [via.as_sent for via in request.vias] != [via.as_sent for via in response.vias]:
        yield Breach(COPIED_VIA, f"{response.rows('via')} instead of {request.rows('via')}")
    if request.caller and response.caller and not _same(request, response, "from"):
        yield Breach(COPIED_FROM, f"{response.row('from')} instead of {request.row('from')}")
    if request.callee and response.callee and not _same(request, response, "to"):
        yield Breach(COPIED_TO, f"{response.row('to')} instead of {request.row('to')}")
    if request.call_id != response.call_id:
        yield Breach(COPIED_CALL_ID, f"{response.call_id} instead of {request.call_id}")
    if request.cseq != response.cseq:
        yield Breach(COPIED_CSEQ, f"{response.cseq} instead of {request.cseq}")


def _same(request: Request, response: Response, name: str) -> bool:
    one = request.caller if name == "from" else request.callee
    other = response.caller if name == "from" else response.callee
    if one is None or other is None or one.untagged() != other.untagged():
        return False
    return one.tag == other.tag or (name == "to" and one.tag is None)


def _one_final(transaction: Transaction, response: Response) -> Iterator[Breach]:
    final = transaction.final
    if final is None or not response.is_final or final.message.is_success:
        return
    if final.message.status != response.status:
        yield Breach(ONE_FINAL, f"{response.status} follows {final.message.status}")
