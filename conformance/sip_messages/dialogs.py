"""Dialogs: what requests between two ends must share once a call is set up (RFC 3261, sections 12, 16.4).

Only INVITE makes a dialog. It is seen from one end; a request may come from this one or the other one.
"""

import dataclasses
from collections.abc import Iterator, Sequence

from conformance.sip_messages.addresses import Address
from conformance.sip_messages.breach import Breach
from conformance.sip_messages.datagram import Direction
from conformance.sip_messages.message import Message, Request, Response
from conformance.sip_messages.rules import (
    DIALOG_CALL_ID,
    DIALOG_CSEQ,
    DIALOG_ROUTE,
    DIALOG_TAGS,
    DIALOG_TARGET,
    RECORD_ROUTE_COPIED,
    ROUTE_SPENT,
)
from conformance.sip_messages.seen import Seen
from conformance.sip_messages.transactions import Transaction
from conformance.sip_messages.uris import Uri


@dataclasses.dataclass
class End:
    """One end of a dialog, as the other one has to address it."""

    direction: Direction
    """Which way its requests go, at the end point that recorded."""
    tag: str
    target: Uri | None
    """Its Contact."""
    number: int | None = None
    """The CSeq of its last request; None: it has sent none."""


@dataclasses.dataclass
class Dialog:
    """A dialog that a 2xx confirmed."""

    call_id: str
    caller: End
    callee: End
    routes: Sequence[Address]
    """The route set of the end that recorded."""

    def ends(self, seen: Seen[Request]) -> tuple[End, End] | None:
        """Return who sent a request and who is to get it; None: its tags are not those of the dialog."""
        tags = (seen.message.from_tag, seen.message.to_tag)
        for sender, other in ((self.caller, self.callee), (self.callee, self.caller)):
            if tags == (sender.tag, other.tag) and seen.direction == sender.direction:
                return sender, other
        return None


class Dialogs:
    """The dialogs of one end point."""

    def __init__(self) -> None:
        self._of_call: dict[str, list[Dialog]] = {}
        self._calls_of_tags: dict[frozenset[str], str] = {}

    def answered(self, transaction: Transaction, seen: Seen[Response]) -> list[Breach]:
        """Take note of a response to an INVITE, and return what is wrong with it."""
        request, response = transaction.request.message, seen.message
        if not (request.call_id and request.from_tag and response.to_tag):
            return []
        breaches = list(_record_route(transaction, seen))
        if not response.is_success:
            return breaches
        known = [one for one in self._of_call.get(request.call_id, []) if _joins(one, request, response)]
        if known:
            _refresh(known[0], transaction.request, seen)
        else:
            self._add(_dialog(transaction.request, seen))
        return breaches

    def requested(self, seen: Seen[Request]) -> Iterator[Breach]:
        """Take note of a request within a dialog (not one that was sent again); return what is wrong."""
        request = seen.message
        if not (request.to_tag and request.from_tag):
            return
        dialogs = self._of_call.get(request.call_id or "", [])
        for dialog in dialogs:
            if ends := dialog.ends(seen):
                yield from _within(dialog, *ends, seen)
                return
        if dialogs:
            tags = f"{request.from_tag} and {request.to_tag}"
            expected = " or ".join(f"{one.caller.tag} and {one.callee.tag}" for one in dialogs)
            yield Breach(DIALOG_TAGS, f"the tags are {tags}, those of the dialog {expected}")
        elif call_id := self._calls_of_tags.get(frozenset({request.from_tag, request.to_tag})):
            yield Breach(DIALOG_CALL_ID, f"the Call-ID is {request.call_id}, that of the dialog {call_id}")

    def _add(self, dialog: Dialog) -> None:
        self._of_call.setdefault(dialog.call_id, []).append(dialog)
        self._calls_of_tags[frozenset({dialog.caller.tag, dialog.callee.tag})] = dialog.call_id


def _record_route(transaction: Transaction, seen: Seen[Response]) -> Iterator[Breach]:
    """Return whether a response that makes a dialog lacks routes that were recorded.

    This end's own response is held against the request that it got; that of the other end, whose request was
    not seen, against the response before it with the same tag.
    """
    response = seen.message
    if response.status <= 100 or response.status >= 300:  # noqa: PLR2004 -- 101-299 make a dialog
        return
    before: Message | None = transaction.request.message
    if seen.direction == "received":
        earlier = (one.message for one in transaction.responses if one is not seen)
        before = next((one for one in earlier if one.to_tag == response.to_tag and one.status > 100), None)  # noqa: PLR2004 -- not 100
    if before is not None and not _same_routes(before.record_routes, response.record_routes):
        told = f"{response.rows('record-route')} instead of {before.rows('record-route')}"
        yield Breach(RECORD_ROUTE_COPIED, told)


def _dialog(seen: Seen[Request], answer: Seen[Response]) -> Dialog:
    request, response = seen.message, answer.message
    recorded = request.record_routes if seen.direction == "received" else response.record_routes[::-1]
    number = request.cseq.number if request.cseq else None
    return Dialog(
        call_id=request.call_id or "",
        caller=End(seen.direction, request.from_tag or "", _target(request), number),
        callee=End(answer.direction, response.to_tag or "", _target(response)),
        routes=recorded,
    )


def _joins(dialog: Dialog, request: Request, response: Response) -> bool:
    return {request.from_tag, response.to_tag} == {dialog.caller.tag, dialog.callee.tag}


def _refresh(dialog: Dialog, seen: Seen[Request], answer: Seen[Response]) -> None:
    """Take over the Contacts of a second INVITE and its answer."""
    for message, direction in ((seen.message, seen.direction), (answer.message, answer.direction)):
        end = dialog.caller if dialog.caller.direction == direction else dialog.callee
        end.target = _target(message) or end.target


def _within(dialog: Dialog, sender: End, other: End, seen: Seen[Request]) -> Iterator[Breach]:
    request = seen.message
    if request.cseq is not None and request.method not in {"ACK", "CANCEL"}:
        if sender.number is not None and request.cseq.number <= sender.number:
            yield Breach(DIALOG_CSEQ, f"{request.cseq} follows {sender.number}")
        sender.number = max(request.cseq.number, sender.number or 0)
    is_loose = not dialog.routes or "lr" in dialog.routes[0].uri.parameters
    if is_loose and other.target and request.uri and not request.uri.same_as(other.target):
        yield Breach(DIALOG_TARGET, f"{request.target} instead of {other.target.text}")
    if seen.direction == "sent":
        if is_loose and not _same_routes(request.routes, dialog.routes):
            told = f"{_texts(request.routes)} instead of {_texts(dialog.routes)}"
            yield Breach(DIALOG_ROUTE, told)
    elif request.routes and request.routes[0].uri.host == seen.datagram.peer_host:
        yield Breach(ROUTE_SPENT, f"{request.routes[0].uri.text} handed it over and is still in it")


def _target(message: Message) -> Uri | None:
    return message.contacts[0].uri if message.contacts else None


def _same_routes(some: Sequence[Address], others: Sequence[Address]) -> bool:
    """Tell whether two lists of addresses are the same, in the same order."""
    return [one.uri.parts for one in some] == [other.uri.parts for other in others]


def _texts(addresses: Sequence[Address]) -> list[str]:
    return [address.uri.text for address in addresses]
