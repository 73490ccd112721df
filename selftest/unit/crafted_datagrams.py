"""Exchanges of SIP datagrams made up for tests, as a phone at 198.18.3.10 would have recorded them."""

from collections.abc import Sequence
from typing import NamedTuple

from conformance.sip_messages.datagram import Datagram, Direction

PBX = "198.18.3.61:5060"
LENGTH = "<length>"
"""Stands for the length of the body, until the body is known."""
EVERY_NS = 10_000_000


class Piece(NamedTuple):
    """One message of an exchange; its lines end with a line feed alone."""

    direction: Direction
    text: str


Exchange = Sequence[Piece]


def encoded(text: str) -> bytes:
    """Return a message as it goes over the wire."""
    head, _, body = text.partition("\n\n")
    octets = body.replace("\n", "\r\n").encode()
    return head.replace(LENGTH, str(len(octets))).replace("\n", "\r\n").encode() + b"\r\n\r\n" + octets


def datagrams(exchange: Exchange, *, every_ns: int = EVERY_NS) -> list[Datagram]:
    """Return an exchange as datagrams, one every *every_ns*."""
    return [
        Datagram(number * every_ns, PBX, piece.direction, encoded(piece.text))
        for number, piece in enumerate(exchange)
    ]


def changed(exchange: Exchange, number: int, old: str, new: str) -> Exchange:
    """Return an exchange in whose message *number* the first *old* is *new*."""
    piece = exchange[number]
    if old not in piece.text:
        raise ValueError(f"{old!r} is not in message {number}")
    whole = list(exchange)
    whole[number] = piece._replace(text=piece.text.replace(old, new, 1))
    return whole


def sdp(host: str, port: int) -> str:
    """Return a session description."""
    return (
        f"v=0\no=- 20 1 IN IP4 {host}\ns=tel1\nc=IN IP4 {host}\nt=0 0\n"
        f"m=audio {port} RTP/AVP 8 0 101\na=rtpmap:101 telephone-event/8000\na=ptime:20\na=sendrecv\n"
    )


def _with_body(head: str, body: str) -> str:
    return f"{head}Content-Type: application/sdp\nContent-Length: {LENGTH}\n\n{body}"


def _bare(head: str) -> str:
    return f"{head}Content-Length: 0\n\n"


PHONE = '"Phone 201" <sip:201@198.18.3.61>;tag=phone1'
HOTLINE = "<sip:100@198.18.3.61>"
HOTLINE_1 = f"{HOTLINE};tag=tel1a"
RECORDED = "Record-Route: <sip:198.18.3.61;lr>, <sip:198.18.3.100;lr;ftag=phone1>\n"
ROUTE = "Route: <sip:198.18.3.100;lr;ftag=phone1>, <sip:198.18.3.61;lr>\n"


def _hop(branch: str) -> str:
    return f"Via: SIP/2.0/UDP 198.18.3.10:5060;rport;branch=z9hG4bK{branch}\n"


def _seen(branch: str) -> str:
    return f"Via: SIP/2.0/UDP 198.18.3.10:5060;received=198.18.3.10;rport=5060;branch=z9hG4bK{branch}\n"


def _call(to: str, cseq: str) -> str:
    return f"From: {PHONE}\nTo: {to}\nCall-ID: call-1@198.18.3.10\nCSeq: {cseq}\n"


_INVITE_HEAD = (
    "INVITE sip:100@198.18.3.61 SIP/2.0\n"
    + _hop("invite")
    + "Max-Forwards: 70\n"
    + _call(HOTLINE, "7 INVITE")
    + "Contact: <sip:201@198.18.3.10:5060>\n"
)
_INVITE = Piece(
    "sent", _with_body(_INVITE_HEAD + "User-Agent: phone/1.0 (test)\n", sdp("198.18.3.10", 40000))
)
_TRYING = Piece("received", _bare("SIP/2.0 100 Trying\n" + _seen("invite") + _call(HOTLINE, "7 INVITE")))
_RINGING = Piece(
    "received",
    _bare(
        "SIP/2.0 180 Ringing\n"
        + _seen("invite")
        + RECORDED
        + _call(HOTLINE_1, "7 INVITE")
        + "Contact: <sip:tel1@198.18.3.81:5060>\n"
    ),
)
_OK_HEAD = (
    "SIP/2.0 200 OK\n"
    + _seen("invite")
    + RECORDED
    + _call(HOTLINE_1, "7 INVITE")
    + "Contact: <sip:tel1@198.18.3.81:5060>\nX-Jtel-Server: tel1\nAllow: INVITE, ACK, BYE, CANCEL, OPTIONS\n"
)
_OK = Piece("received", _with_body(_OK_HEAD, sdp("198.18.3.81", 30000)))
_ACK_HEAD = (
    "ACK sip:tel1@198.18.3.81:5060 SIP/2.0\n"
    + _hop("ack")
    + ROUTE
    + "Max-Forwards: 70\n"
    + _call(HOTLINE_1, "7 ACK")
)
_ACK = Piece("sent", _bare(_ACK_HEAD))
_BYE = Piece(
    "sent",
    _bare(
        "BYE sip:tel1@198.18.3.81:5060 SIP/2.0\n"
        + _hop("bye")
        + ROUTE
        + "Max-Forwards: 70\n"
        + _call(HOTLINE_1, "8 BYE")
    ),
)
_BYE_OK = Piece("received", _bare("SIP/2.0 200 OK\n" + _seen("bye") + _call(HOTLINE_1, "8 BYE")))

OUTGOING: Exchange = (_INVITE, _TRYING, _RINGING, _OK, _ACK, _BYE, _BYE_OK)
"""A call to the hotline: INVITE, 100, 180, 200, ACK, BYE, 200."""

LATE_OFFER: Exchange = (
    Piece("sent", _bare(_INVITE_HEAD)),
    _OK,
    Piece("sent", _with_body(_ACK_HEAD, sdp("198.18.3.10", 40000))),
)
"""The telephony server makes the offer: INVITE, 200, ACK."""

REFUSED: Exchange = (
    _INVITE,
    _TRYING,
    Piece("received", _bare("SIP/2.0 486 Busy Here\n" + _seen("invite") + _call(HOTLINE_1, "7 INVITE"))),
    Piece(
        "sent",
        _bare(
            "ACK sip:100@198.18.3.61 SIP/2.0\n"
            + _hop("invite")
            + "Max-Forwards: 70\n"
            + _call(HOTLINE_1, "7 ACK")
        ),
    ),
)
"""A call that is refused: INVITE, 100, 486, ACK."""

CANCELLED: Exchange = (
    _INVITE,
    _RINGING,
    Piece(
        "sent",
        _bare(
            "CANCEL sip:100@198.18.3.61 SIP/2.0\n"
            + _hop("invite")
            + "Max-Forwards: 70\n"
            + _call(HOTLINE, "7 CANCEL")
        ),
    ),
    Piece("received", _bare("SIP/2.0 200 OK\n" + _seen("invite") + _call(HOTLINE_1, "7 CANCEL"))),
    Piece("received", _bare("SIP/2.0 487 Terminated\n" + _seen("invite") + _call(HOTLINE_1, "7 INVITE"))),
    REFUSED[3],
)
"""A call that is given up: INVITE, 180, CANCEL, 200, 487, ACK."""

TEL = "<sip:tel1@198.18.3.61>;tag=tel1b"
CALLED = "<sip:201@198.18.3.61>"
CALLED_1 = f"{CALLED};tag=phone2"


def _back(to: str, cseq: str) -> str:
    return f"From: {TEL}\nTo: {to}\nCall-ID: back-1@198.18.3.81\nCSeq: {cseq}\n"


def _two_hops(branch: str) -> str:
    return (
        f"Via: SIP/2.0/UDP 198.18.3.61;branch=z9hG4bKpbx-{branch}\n"
        f"Via: SIP/2.0/UDP 198.18.3.81:5060;received=198.18.3.81;rport=5060;branch=z9hG4bKtel-{branch}\n"
    )


_PBX_ROUTE = "Record-Route: <sip:198.18.3.61;lr>\n"

INCOMING: Exchange = (
    Piece(
        "received",
        _with_body(
            "INVITE sip:201@198.18.3.10:5060 SIP/2.0\n"
            + _two_hops("1")
            + _PBX_ROUTE
            + "Max-Forwards: 69\n"
            + _back(CALLED, "1 INVITE")
            + "Contact: <sip:tel1@198.18.3.81:5060>\n",
            sdp("198.18.3.81", 30002),
        ),
    ),
    Piece(
        "sent",
        _bare("SIP/2.0 180 Ringing\n" + _two_hops("1") + _PBX_ROUTE + _back(CALLED_1, "1 INVITE")),
    ),
    Piece(
        "sent",
        _with_body(
            "SIP/2.0 200 OK\n"
            + _two_hops("1")
            + _PBX_ROUTE
            + _back(CALLED_1, "1 INVITE")
            + "Contact: <sip:201@198.18.3.10:5060>\n",
            sdp("198.18.3.10", 40002),
        ),
    ),
    Piece(
        "received",
        _bare(
            "ACK sip:201@198.18.3.10:5060 SIP/2.0\n"
            + _two_hops("2")
            + "Max-Forwards: 69\n"
            + _back(CALLED_1, "1 ACK")
        ),
    ),
    Piece(
        "received",
        _bare(
            "BYE sip:201@198.18.3.10:5060 SIP/2.0\n"
            + _two_hops("3")
            + "Max-Forwards: 69\n"
            + _back(CALLED_1, "2 BYE")
        ),
    ),
    Piece("sent", _bare("SIP/2.0 200 OK\n" + _two_hops("3") + _back(CALLED_1, "2 BYE"))),
)
"""A call back of the telephony server: INVITE, 180, 200, ACK, BYE, 200."""


def _binding(to: str, number: int) -> str:
    return (
        f"From: <sip:201@198.18.3.61>;tag=reg1\nTo: {to}\n"
        f"Call-ID: register-1@198.18.3.10\nCSeq: {number} REGISTER\n"
    )


def _register(number: int) -> str:
    return (
        "REGISTER sip:198.18.3.61 SIP/2.0\n"
        + _hop(f"register{number}")
        + "Max-Forwards: 70\n"
        + _binding(CALLED, number)
        + "Contact: <sip:201@198.18.3.10:5060>\nExpires: 20\n"
    )


REGISTERED: Exchange = (
    Piece("sent", _bare(_register(1))),
    Piece(
        "received",
        _bare(
            "SIP/2.0 401 Unauthorized\n"
            + _seen("register1")
            + _binding(f"{CALLED};tag=pbx1", 1)
            + 'WWW-Authenticate: Digest realm="jtel", nonce="a,b=", qop="auth"\n'
        ),
    ),
    Piece(
        "sent",
        _bare(
            _register(2)
            + 'Authorization: Digest username="phone", realm="jtel", nonce="a,b=", uri="sip:198.18.3.61",'
            f' response="{"0a" * 16}", qop=auth, cnonce="c", nc=00000001\n'
        ),
    ),
    Piece(
        "received",
        _bare(
            "SIP/2.0 200 OK\n"
            + _seen("register2")
            + _binding(f"{CALLED};tag=pbx2", 2)
            + "Contact: <sip:201@198.18.3.10:5060>;expires=20;q=0.5\n"
        ),
    ),
)
"""A registration: REGISTER, 401, REGISTER, 200."""
