"""ACK and CANCEL: requests that refer to an INVITE (RFC 3261, sections 9.1, 13.2.2.4, 17.1.1.3)."""

from collections.abc import Iterator, Sequence
from typing import Final

from conformance.sip_messages.addresses import Address
from conformance.sip_messages.breach import Breach
from conformance.sip_messages.message import Request
from conformance.sip_messages.rules import (
    ACK_CSEQ,
    ACK_FAILURE,
    ACK_SUCCESS,
    ACKNOWLEDGED,
    CANCEL_EARLY,
    CANCEL_SAME,
)
from conformance.sip_messages.seen import Seen
from conformance.sip_messages.transactions import Transaction, Transactions

T2_NS: Final = 4_000_000_000
"""A final response is sent again after 0.5, 1.5 and 3.5 s: by then three times without an ACK."""


def acknowledged(seen: Seen[Request], transactions: Transactions) -> tuple[Transaction | None, list[Breach]]:
    """Take note of an ACK.

    Return the INVITE that it acknowledges a 2xx to (None: another response, or nothing that is known), and
    what is wrong.
    """
    ack = seen.message
    invite = transactions.by_branch(seen.direction, ack.branch, "INVITE")
    if invite is not None and invite.request.message.call_id == ack.call_id:
        return _on_its_branch(ack, invite)
    invites = [
        one
        for one in transactions.of_call(seen.direction, ack.call_id)
        if one.request.message.method == "INVITE"
    ]
    if not invites:  # it belongs to a call that began before the record
        return None, []
    meant = next((one for one in invites if _number(one.request.message) == _number(ack)), None)
    if meant is None:
        numbers = " or ".join(str(_number(one.request.message)) for one in invites)
        return None, [Breach(ACK_CSEQ, f"its number is {_number(ack)}, that of the INVITE {numbers}")]
    meant.acknowledged = True
    if meant.final is not None and not meant.final.message.is_success:
        detail = f"its branch is {ack.branch}, that of the INVITE {meant.request.message.branch}"
        return None, [Breach(ACK_FAILURE, detail)]
    return meant, []


def cancelled(seen: Seen[Request], transactions: Transactions) -> Iterator[Breach]:
    """Return what is wrong with a CANCEL."""
    cancel = seen.message
    invite = transactions.by_branch(seen.direction, cancel.branch, "INVITE")
    if invite is None:
        if any(
            one.request.message.method == "INVITE"
            for one in transactions.of_call(seen.direction, cancel.call_id)
        ):
            yield Breach(CANCEL_SAME, f"its branch is {cancel.branch}, which no INVITE has")
        return
    request = invite.request.message
    differing = [name for name, same in _comparison(cancel, request) if not same]
    if not _same_party(cancel.callee, request.callee):
        differing.append("To")
    if differing:
        yield Breach(CANCEL_SAME, f"{' and '.join(differing)} not that of the INVITE")
    if not invite.responses:
        yield Breach(CANCEL_EARLY, "no response had come")


def unacknowledged(transactions: Transactions, end_ns: int) -> Iterator[tuple[Seen[Request], Breach]]:
    """Return the INVITEs whose final response got no ACK although there was time, each with the breach."""
    for one in transactions:
        final = one.final
        if one.request.message.method != "INVITE" or one.acknowledged or final is None:
            continue
        waited_ns = end_ns - final.at_ns
        if waited_ns > T2_NS:
            detail = f"the {final.message.status} got no ACK in {waited_ns / 1e9:.1f} s"
            yield one.request, Breach(ACKNOWLEDGED, detail)


def _on_its_branch(ack: Request, invite: Transaction) -> tuple[Transaction | None, list[Breach]]:
    """Judge an ACK that has the branch of an INVITE, which only that of a failure may have."""
    invite.acknowledged = True
    final = invite.final
    if final is not None and final.message.is_success:
        return invite, [Breach(ACK_SUCCESS, f"{ack.branch} is the branch of the INVITE")]
    request = invite.request.message
    differing = [name for name, same in _comparison(ack, request) if not same]
    if final is not None and not _same_party(ack.callee, final.message.callee):
        differing.append("To")
    if request.routes and [one.uri.parts for one in ack.routes] != [one.uri.parts for one in request.routes]:
        differing.append("Route")
    breaches = [Breach(ACK_FAILURE, f"{' and '.join(differing)} not as demanded")] if differing else []
    return None, breaches


def _comparison(later: Request, request: Request) -> Sequence[tuple[str, bool]]:
    """Return what both an ACK and a CANCEL have to share with their INVITE, and whether they do."""
    return (
        ("Request-URI", later.target == request.target),
        ("Call-ID", later.call_id == request.call_id),
        ("From", _same_party(later.caller, request.caller)),
        ("CSeq", _number(later) == _number(request)),
        ("Via", [via.as_sent for via in later.vias] == [via.as_sent for via in request.vias[:1]]),
    )


def _same_party(one: Address | None, other: Address | None) -> bool:
    if one is None or other is None:
        return one is other
    return one.untagged() == other.untagged() and one.tag == other.tag


def _number(request: Request) -> int | None:
    return request.cseq.number if request.cseq else None
