"""What a response has to contain, by its status (RFC 3261, sections 8.2, 10.3, 12.1.1, 22)."""

from collections.abc import Iterator, Mapping
from typing import Final

from conformance.sip_messages.breach import Breach
from conformance.sip_messages.message import Response
from conformance.sip_messages.requests import branch_breaches, contact_breaches, loose_route_breaches
from conformance.sip_messages.rules import (
    ALLOW,
    BINDINGS,
    CHALLENGED,
    DIALOG_CONTACT,
    MIN_EXPIRES,
    PROXY_CHALLENGED,
    RESPONSE_FIELDS,
    TO_TAG,
    UNSUPPORTED,
    Rule,
)

MANDATORY: Final = ("via", "from", "to", "call-id", "cseq")
TRYING: Final = 100
DEMANDED: Final[Mapping[int, tuple[str, Rule]]] = {
    401: ("www-authenticate", CHALLENGED),
    405: ("allow", ALLOW),
    407: ("proxy-authenticate", PROXY_CHALLENGED),
    420: ("unsupported", UNSUPPORTED),
    423: ("min-expires", MIN_EXPIRES),
}
"""The header field that a status brings with it."""


def response_breaches(response: Response) -> Iterator[Breach]:
    """Return what is missing in a response, or wrong for its status."""
    for name in MANDATORY:
        if not response.rows(name):
            yield Breach(RESPONSE_FIELDS, f"no {name}")
    if response.status != TRYING and response.callee is not None and not response.to_tag:
        yield Breach(TO_TAG, "the To has no tag")
    yield from branch_breaches(response)
    yield from loose_route_breaches(response)
    if response.status in DEMANDED:
        name, rule = DEMANDED[response.status]
        if not response.rows(name):
            yield Breach(rule, f"no {name}")
    if response.is_success and response.method == "INVITE":
        yield from contact_breaches(response, Breach(DIALOG_CONTACT, ""))
    if response.is_success and response.method == "REGISTER":
        for contact in response.contacts:
            if "expires" not in contact.parameters:
                yield Breach(BINDINGS, f"{contact.uri.text} has no expires")
