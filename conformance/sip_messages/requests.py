"""What a request has to contain, by its method (RFC 3261, sections 8.1.1, 10.2, 15.1.1, 16.6)."""

from collections.abc import Iterator
from typing import Final

from conformance.sip_messages.breach import Breach
from conformance.sip_messages.message import STAR, Message, Request
from conformance.sip_messages.rules import (
    BRANCH,
    BYE_TAG,
    CSEQ_METHOD,
    FROM_TAG,
    INVITE_CONTACT,
    LONE_STAR,
    LOOSE_ROUTE,
    NO_REQUIRE,
    REGISTER_URI,
    REQUEST_FIELDS,
    REQUEST_URI,
    TO_TAG_OUTSIDE,
    URI,
)

MAGIC_COOKIE: Final = "z9hG4bK"
MANDATORY: Final = ("to", "from", "cseq", "call-id", "max-forwards", "via")


def request_breaches(request: Request) -> Iterator[Breach]:
    """Return what is missing in a request, or wrong for its method."""
    for name in MANDATORY:
        if not request.rows(name):
            yield Breach(REQUEST_FIELDS, f"no {name}")
    yield from _target(request)
    if request.caller is not None and not request.from_tag:
        yield Breach(FROM_TAG, "the From has no tag")
    if request.cseq is not None and request.cseq.method != request.method:
        yield Breach(CSEQ_METHOD, f"the CSeq is {request.cseq}")
    yield from branch_breaches(request)
    yield from loose_route_breaches(request)
    yield from _of_method(request)
    yield from _star(request)


def branch_breaches(message: Message) -> Iterator[Breach]:
    """Return the Vias that lack a branch, or the magic cookie at its beginning."""
    for via in message.vias:
        if not (via.branch or "").startswith(MAGIC_COOKIE):
            yield Breach(BRANCH, f"the branch of {via.host} is {via.branch}")


def loose_route_breaches(message: Message) -> Iterator[Breach]:
    """Return the proxies that recorded a route without lr."""
    for route in message.record_routes:
        if "lr" not in route.uri.parameters:
            yield Breach(LOOSE_ROUTE, f"{route.uri.text} has no lr")


def _target(request: Request) -> Iterator[Breach]:
    if request.uri is None:
        yield Breach(URI, f"the Request-URI is {request.target!r}")
    elif request.uri.headers is not None or "method" in request.uri.parameters:
        yield Breach(REQUEST_URI, f"the Request-URI is {request.target!r}")


def _of_method(request: Request) -> Iterator[Breach]:
    match request.method:
        case "INVITE":
            yield from contact_breaches(request, Breach(INVITE_CONTACT, ""))
        case "CANCEL":
            for name in ("require", "proxy-require"):
                if request.rows(name):
                    yield Breach(NO_REQUIRE, f"{name}: {request.row(name)}")
        case "BYE":
            if request.callee is not None and not request.to_tag:
                yield Breach(BYE_TAG, "the To has no tag")
        case "REGISTER":
            if request.to_tag:
                yield Breach(TO_TAG_OUTSIDE, f"the To has the tag {request.to_tag}")
            if request.uri is not None and request.uri.user is not None:
                yield Breach(REGISTER_URI, f"the Request-URI is {request.target!r}")
        case _:
            pass


def contact_breaches(message: Message, breach: Breach) -> Iterator[Breach]:
    """Return *breach*, with its detail, unless a message has exactly one Contact with a SIP URI."""
    written = message.listed("contact")
    if len(written) != 1:
        yield breach._replace(detail=f"{len(written)} Contacts")
    elif message.contacts and not message.contacts[0].uri.is_sip:
        yield breach._replace(detail=f"the Contact is {written[0]}")
    elif written == [STAR]:
        yield breach._replace(detail="the Contact is an asterisk")


def _star(request: Request) -> Iterator[Breach]:
    if STAR not in request.listed("contact") or request.method == "INVITE":
        return
    if request.method != "REGISTER":
        yield Breach(LONE_STAR, f"it stands in a {request.method}")
    elif len(request.listed("contact")) > 1:
        yield Breach(LONE_STAR, "it does not stand alone")
    elif request.row("expires") != "0":
        yield Breach(LONE_STAR, f"Expires is {request.row('expires') or 'missing'}")
