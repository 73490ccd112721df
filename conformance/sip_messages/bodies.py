"""Bodies: their length and their type (RFC 3261, sections 18.3, 20.14, 20.15)."""

from collections.abc import Iterator
from typing import Final

from conformance.sip_messages import sdp
from conformance.sip_messages.breach import Breach
from conformance.sip_messages.message import Message
from conformance.sip_messages.rules import CONTENT_LENGTH, CONTENT_TYPE

SESSION: Final = "application/sdp"


def body_breaches(message: Message) -> Iterator[Breach]:
    """Return what is wrong with the body of a message, and with what is said of it.

    Over UDP a Content-Length may be missing: then the body goes to the end of the datagram.
    """
    told = message.row("content-length")
    if told is not None and told.isdecimal() and int(told) != len(message.body):
        yield Breach(CONTENT_LENGTH, f"{told} octets are told, the body has {len(message.body)}")
    if message.body and not message.rows("content-type"):
        yield Breach(CONTENT_TYPE, f"a body of {len(message.body)} octets has no type")
    if message.body and message.media_type == SESSION:
        yield from sdp.read_session(message.body).breaches


def session_of(message: Message) -> sdp.Session | None:
    """Return the session description that a message carries; None: it carries none."""
    if not message.body or message.media_type != SESSION:
        return None
    return sdp.read_session(message.body)
