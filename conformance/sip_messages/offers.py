"""Offers and answers: the session that INVITE, 2xx and ACK agree on (RFC 3264; RFC 3261, section 13.2.1)."""

from collections.abc import Iterator

from conformance.sip_messages.bodies import session_of
from conformance.sip_messages.breach import Breach
from conformance.sip_messages.message import Request, Response
from conformance.sip_messages.rules import ANSWER_FORMATS, ANSWER_IN_ACK, ANSWER_STREAMS, ANSWERED
from conformance.sip_messages.sdp import Session, Stream


def answer_breaches(invite: Request, response: Response) -> Iterator[Breach]:
    """Return what is wrong with the session description of a 2xx to an INVITE."""
    offer, answer = session_of(invite), session_of(response)
    if answer is None:
        yield Breach(ANSWERED, "it has no session description")
    elif offer is not None:
        yield from _agreed(offer, answer)


def acknowledged_breaches(invite: Request, response: Response, ack: Request) -> Iterator[Breach]:
    """Return what is wrong with the session description of the ACK to a 2xx."""
    offer, answer = session_of(response), session_of(ack)
    if session_of(invite) is not None or offer is None:
        return
    if answer is None:
        yield Breach(ANSWER_IN_ACK, "it has no session description")
    else:
        yield from _agreed(offer, answer)


def _agreed(offer: Session, answer: Session) -> Iterator[Breach]:
    offered, given = ([stream.media for stream in session.streams] for session in (offer, answer))
    if offered != given:
        yield Breach(ANSWER_STREAMS, f"{given} answers {offered}")
        return
    for one, other in zip(offer.streams, answer.streams, strict=True):
        if other.port and not _common(one, other):
            told = f"{' '.join(other.formats)} answers {' '.join(one.formats)}"
            yield Breach(ANSWER_FORMATS, f"{one.media}: {told}")


def _common(one: Stream, other: Stream) -> bool:
    return bool(set(one.formats) & set(other.formats))
