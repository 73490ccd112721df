"""Every rule of `conformance.sip_messages` is broken by a bad message, and only that rule."""

import pytest

from conformance.sip_messages import rules
from conformance.sip_messages.examination import Examination, examine
from conformance.sip_messages.rules import RULES, Rule
from selftest.unit.crafted_datagrams import (
    CALLED,
    CANCELLED,
    HOTLINE,
    INCOMING,
    LATE_OFFER,
    OUTGOING,
    REFUSED,
    REGISTERED,
    ROUTE,
    Exchange,
    changed,
    datagrams,
)

BAD: dict[Rule, tuple[Exchange, int, str, str]] = {
    rules.REQUEST_LINE: (OUTGOING, 0, "INVITE sip:100@198.18.3.61 ", "INVITE  sip:100@198.18.3.61 "),
    rules.VERSION: (OUTGOING, 1, "SIP/2.0 100", "SIP/2.1 100"),
    rules.STATUS_LINE: (OUTGOING, 2, "SIP/2.0 180 Ringing", "SIP/2.0 180"),
    rules.HEADER_LINE: (OUTGOING, 2, "Contact: ", "Cont act: "),
    rules.FOLDING: (OUTGOING, 0, "Via: ", " folded\nVia: "),
    rules.REPEATED: (OUTGOING, 5, "CSeq: 8 BYE\n", "CSeq: 8 BYE\nCSeq: 8 BYE\n"),
    rules.REPEATED_PARAMETER: (OUTGOING, 5, ";rport;", ";rport;rport=5060;"),
    rules.URI: (OUTGOING, 5, "@198.18.3.61>;tag", "@198.18.3.261>;tag"),
    rules.REQUEST_URI: (OUTGOING, 0, "sip:100@198.18.3.61 ", "sip:100@198.18.3.61?Subject=a "),
    rules.BRACKETS: (OUTGOING, 1, "<sip:100@198.18.3.61>", "sip:100@198.18.3.61?Subject=a"),
    rules.CREDENTIALS: (REGISTERED, 2, "nc=00000001", "nc=1"),
    rules.CALL_ID: (OUTGOING, 1, "call-1@", "call 1@"),
    rules.CONTACT: (REGISTERED, 3, "q=0.5", "q=5"),
    rules.CONTENT_LENGTH: (OUTGOING, 3, "<length>", "20"),
    rules.CONTENT_TYPE: (LATE_OFFER, 2, "Content-Type: application/sdp\n", ""),
    rules.CSEQ: (OUTGOING, 1, "7 INVITE", "seven INVITE"),
    rules.FROM: (OUTGOING, 1, "tag=phone1", "tag=phone/1"),
    rules.MAX_FORWARDS: (OUTGOING, 0, "Forwards: 70", "Forwards: 256"),
    rules.RECORD_ROUTE: (
        INCOMING,
        0,
        "Record-Route: <sip:198.18.3.61;lr>",
        "Record-Route: sip:198.18.3.61;lr",
    ),
    rules.ROUTE: (INCOMING, 4, "Max-", "Route: sip:198.18.3.62;lr\nMax-"),
    rules.TO: (OUTGOING, 2, ";tag=tel1a", ';tag="tel1a"'),
    rules.VIA: (OUTGOING, 6, "SIP/2.0/UDP 198.18.3.10:5060", "SIP/2.0 198.18.3.10:5060"),
    rules.CHALLENGE: (REGISTERED, 1, 'realm="jtel", ', ""),
    rules.OTHER_FIELD: (OUTGOING, 3, "Allow: INVITE, ACK", "Allow: INVITE; ACK"),
    rules.REQUEST_FIELDS: (OUTGOING, 0, "Max-Forwards: 70\n", ""),
    rules.TO_TAG_OUTSIDE: (REGISTERED, 0, f"To: {CALLED}", f"To: {CALLED};tag=none"),
    rules.FROM_TAG: (REGISTERED, 0, ";tag=reg1", ""),
    rules.CSEQ_NUMBER: (REGISTERED, 0, "CSeq: 1 ", "CSeq: 2147483648 "),
    rules.CSEQ_METHOD: (OUTGOING, 5, "8 BYE", "8 INVITE"),
    rules.BRANCH: (OUTGOING, 4, "z9hG4bKack", "ack"),
    rules.BRANCH_UNIQUE: (REGISTERED, 2, "z9hG4bKregister2", "z9hG4bKregister1"),
    rules.INVITE_CONTACT: (REFUSED, 0, "Contact: <sip:201@198.18.3.10:5060>\n", ""),
    rules.NO_REQUIRE: (CANCELLED, 2, "Max-", "Require: 100rel\nMax-"),
    rules.REGISTER_URI: (REGISTERED, 0, "REGISTER sip:", "REGISTER sip:201@"),
    rules.REGISTER_CSEQ: ((*REGISTERED, REGISTERED[0]), 4, "z9hG4bKregister1", "z9hG4bKregister3"),
    rules.LONE_STAR: (REGISTERED, 0, "Contact: <sip:201@198.18.3.10:5060>", "Contact: *"),
    rules.BYE_TAG: (OUTGOING, 5, ";tag=tel1a", ""),
    rules.LOOSE_ROUTE: (INCOMING, 0, "Record-Route: <sip:198.18.3.61;lr>", "Record-Route: <sip:198.18.3.61>"),
    rules.RESPONSE_FIELDS: (OUTGOING, 1, "From: ", "X-From: "),
    rules.TO_TAG: (OUTGOING, 6, ";tag=tel1a", ""),
    rules.ALLOW: (REFUSED, 2, "486 Busy Here", "405 Method Not Allowed"),
    rules.UNSUPPORTED: (REFUSED, 2, "486 Busy Here", "420 Bad Extension"),
    rules.MIN_EXPIRES: (REFUSED, 2, "486 Busy Here", "423 Interval Too Brief"),
    rules.BINDINGS: (REGISTERED, 3, ";expires=20", ""),
    rules.DIALOG_CONTACT: (OUTGOING, 3, "Contact: <sip:tel1@198.18.3.81:5060>\n", ""),
    rules.CHALLENGED: (REFUSED, 2, "486 Busy Here", "401 Unauthorized"),
    rules.PROXY_CHALLENGED: (REFUSED, 2, "486 Busy Here", "407 Proxy Authentication Required"),
    rules.SDP_LINE: (OUTGOING, 3, "a=ptime:20", "ptime:20"),
    rules.SDP_ORDER: (OUTGOING, 3, "s=tel1\nc=IN IP4 198.18.3.81\n", "c=IN IP4 198.18.3.81\ns=tel1\n"),
    rules.SDP_VERSION: (OUTGOING, 3, "v=0", "v=1"),
    rules.SDP_ORIGIN: (OUTGOING, 3, "o=- 20 1 IN", "o=- 20 IN"),
    rules.SDP_NAME: (OUTGOING, 3, "s=tel1", "s="),
    rules.SDP_CONNECTION: (OUTGOING, 3, "c=IN IP4 198.18.3.81\n", ""),
    rules.SDP_TIME: (OUTGOING, 3, "t=0 0\n", ""),
    rules.SDP_ATTRIBUTE: (OUTGOING, 3, "a=ptime:20", "a=p time"),
    rules.SDP_MEDIA: (LATE_OFFER, 2, "RTP/AVP 8 0 101", "RTP/AVP 8 0 256"),
    rules.ANSWERED: (OUTGOING, 3, "application/sdp", "text/plain"),
    rules.ANSWER_IN_ACK: (LATE_OFFER, 2, "application/sdp", "text/plain"),
    rules.ANSWER_STREAMS: (OUTGOING, 3, "m=audio", "m=video 30002 RTP/AVP 34\nm=audio"),
    rules.ANSWER_FORMATS: (OUTGOING, 3, "RTP/AVP 8 0 101", "RTP/AVP 18"),
    rules.COPIED_VIA: (OUTGOING, 1, "198.18.3.10:5060;", "198.18.3.10:5061;"),
    rules.COPIED_FROM: (OUTGOING, 1, "tag=phone1", "tag=phone2"),
    rules.COPIED_TO: (OUTGOING, 6, HOTLINE, "<sip:101@198.18.3.61>"),
    rules.COPIED_CALL_ID: (OUTGOING, 1, "call-1@", "call-2@"),
    rules.COPIED_CSEQ: (OUTGOING, 6, "8 BYE", "9 BYE"),
    rules.CANCEL_SAME: (CANCELLED, 2, "tag=phone1", "tag=phone2"),
    rules.ACK_SUCCESS: (OUTGOING, 4, "z9hG4bKack", "z9hG4bKinvite"),
    rules.ACK_CSEQ: (OUTGOING, 4, "7 ACK", "8 ACK"),
    rules.RETRANSMISSION: ((*OUTGOING[:6], *OUTGOING[5:]), 6, "Forwards: 70", "Forwards: 69"),
    rules.ACK_FAILURE: (REFUSED, 3, ";tag=tel1a", ";tag=other"),
    rules.ONE_FINAL: ((*REFUSED, REFUSED[2]), 4, "486 Busy Here", "480 Unavailable"),
    rules.CREDENTIALS_CSEQ: (REGISTERED, 2, "CSeq: 2", "CSeq: 1"),
    rules.RECORD_ROUTE_COPIED: (INCOMING, 1, "Record-Route: <sip:198.18.3.61;lr>\n", ""),
    rules.DIALOG_TAGS: (INCOMING, 4, "tag=tel1b", "tag=tel1c"),
    rules.DIALOG_CALL_ID: (INCOMING, 4, "back-1@", "back-2@"),
    rules.DIALOG_CSEQ: (INCOMING, 4, "2 BYE", "1 BYE"),
    rules.DIALOG_TARGET: (INCOMING, 4, "BYE sip:201@198.18.3.10:5060", "BYE sip:202@198.18.3.10:5060"),
    rules.DIALOG_ROUTE: (OUTGOING, 5, ROUTE, ""),
    rules.ROUTE_SPENT: (INCOMING, 4, "Max-", "Route: <sip:198.18.3.61;lr>\nMax-"),
}
"""Each rule, and what to change in which message of an exchange to break it."""

RAW = {
    rules.CHARSET: (0, b"phone/1.0 (test)", b"phone/1.0 (t\xe4st)"),
    rules.LINE_ENDS: (0, b"Max-Forwards: 70\r\n", b"Max-Forwards: 70\n"),
    rules.EMPTY_LINE: (1, b"\r\n\r\n", b"\r\n"),
}
"""Rules that are broken by octets of a message of a call to the hotline."""

MISSING = {
    rules.CANCEL_EARLY: datagrams((CANCELLED[0], *CANCELLED[2:])),
    rules.ACKNOWLEDGED: datagrams((*OUTGOING[:4], *OUTGOING[5:]), every_ns=3_000_000_000),
    rules.MATCHED: datagrams((REGISTERED[0], OUTGOING[1])),
}
"""Rules that are broken because a message is missing."""

FOLLOWS = {
    rules.REPEATED_PARAMETER: {rules.COPIED_VIA},
    rules.CALL_ID: {rules.COPIED_CALL_ID},
    rules.CONTENT_TYPE: {rules.ANSWER_IN_ACK},
    rules.CSEQ: {rules.COPIED_CSEQ},
    rules.RECORD_ROUTE: {rules.RECORD_ROUTE_COPIED},
    rules.VIA: {rules.COPIED_VIA},
    rules.TO_TAG_OUTSIDE: {rules.COPIED_TO},
    rules.FROM_TAG: {rules.COPIED_FROM},
    rules.CSEQ_NUMBER: {rules.COPIED_CSEQ},
    rules.CSEQ_METHOD: {rules.COPIED_CSEQ},
    rules.BRANCH_UNIQUE: {rules.COPIED_VIA},
    rules.LOOSE_ROUTE: {rules.RECORD_ROUTE_COPIED},
    rules.TO_TAG: {rules.COPIED_TO},
    rules.CANCEL_SAME: {rules.COPIED_FROM},
    rules.CREDENTIALS_CSEQ: {rules.COPIED_CSEQ},
    rules.DIALOG_TAGS: {rules.COPIED_FROM},
    rules.DIALOG_CALL_ID: {rules.COPIED_CALL_ID},
    rules.DIALOG_CSEQ: {rules.COPIED_CSEQ},
}
"""What else is broken then, because the other messages of the exchange stay as they are."""


MORE: list[tuple[Rule, Exchange, int, str, str]] = [
    (rules.REQUEST_LINE, OUTGOING, 5, "BYE sip:tel1@198.18.3.81:5060", "BYE <sip:tel1@198.18.3.81:5060 >"),
    (rules.VERSION, OUTGOING, 5, "SIP/2.0", "sip/2.0"),
    (rules.STATUS_LINE, OUTGOING, 1, "100 Trying", "1000 Trying"),
    (rules.STATUS_LINE, OUTGOING, 1, "100 Trying", "700 Trying"),
    (rules.HEADER_LINE, OUTGOING, 0, "phone/1.0", "phone/\x07"),
    (rules.URI, OUTGOING, 5, "BYE sip:tel1@198.18.3.81:5060", "BYE sip:tel1@198.18.3.81:99999"),
    (rules.URI, OUTGOING, 5, "BYE sip:tel1@198.18.3.81:5060", "BYE no-uri"),
    (rules.REQUEST_URI, OUTGOING, 0, "sip:100@198.18.3.61 ", "sip:100@198.18.3.61;method=BYE "),
    (rules.CREDENTIALS, REGISTERED, 2, "cnonce", "cnunce"),
    (rules.CREDENTIALS, REGISTERED, 2, "0a0a0a", "0A0a0a"),
    (rules.CREDENTIALS, REGISTERED, 2, "Digest username", "Digest, username"),
    (rules.CONTACT, REGISTERED, 3, "expires=20", "expires=soon"),
    (rules.CONTENT_LENGTH, OUTGOING, 3, "<length>", "-1"),
    (rules.CONTENT_LENGTH, OUTGOING, 5, "Content-Length: 0", "Content-Length: 1"),
    (rules.FROM, OUTGOING, 6, ";tag=phone1", ";tag"),
    (rules.MAX_FORWARDS, OUTGOING, 0, "Forwards: 70", "Forwards: many"),
    (rules.CHALLENGE, REGISTERED, 1, "Digest realm", "Digest"),
    (rules.OTHER_FIELD, OUTGOING, 0, "phone/1.0 (test)", "phone/1.0 (test"),
    (rules.OTHER_FIELD, REGISTERED, 0, "Expires: 20", "Expires: 4294967296"),
    (rules.INVITE_CONTACT, REFUSED, 0, "Contact: <sip:201@198.18.3.10:5060>", "Contact: <tel:201>"),
    (rules.INVITE_CONTACT, REFUSED, 0, "Contact: <sip:201@198.18.3.10:5060>", "Contact: *"),
    (rules.DIALOG_CONTACT, OUTGOING, 3, "Contact: ", "Contact: <sip:tel2@198.18.3.82>,"),
    (rules.LONE_STAR, OUTGOING, 5, "Max-", "Contact: *\nMax-"),
    (rules.LONE_STAR, REGISTERED, 0, "Contact: ", "Contact: *, "),
    (rules.SDP_LINE, OUTGOING, 3, "a=sendrecv\n", "a=sendrecv"),
    (rules.SDP_ORDER, OUTGOING, 3, "a=ptime:20", "t=0 0"),
    (rules.SDP_ORIGIN, OUTGOING, 3, "IN IP4 198.18.3.81", "IN IP6 198.18.3.81"),
    (rules.SDP_ORIGIN, OUTGOING, 3, "IN IP4 198.18.3.81", "IN IP4 198.18.3.381"),
    (rules.SDP_NAME, OUTGOING, 3, "s=tel1\n", ""),
    (rules.SDP_CONNECTION, OUTGOING, 3, "c=IN IP4 198.18.3.81", "c=IN IP4 198.18.3"),
    (rules.SDP_TIME, OUTGOING, 3, "t=0 0", "t=now 0"),
    (rules.SDP_MEDIA, OUTGOING, 3, "m=audio 30000", "m=audio"),
    (rules.COPIED_VIA, INCOMING, 2, "Via: SIP/2.0/UDP 198.18.3.61;branch=z9hG4bKpbx-1\n", ""),
    (rules.COPIED_TO, OUTGOING, 6, "tag=tel1a", "tag=tel1b"),
    (rules.COPIED_CSEQ, OUTGOING, 6, "8 BYE", "8 OPTIONS"),
    (rules.CANCEL_SAME, CANCELLED, 2, "z9hG4bKinvite", "z9hG4bKcancel"),
    (rules.CANCEL_SAME, CANCELLED, 2, f"To: {HOTLINE}", f"To: {HOTLINE};tag=tel1a"),
    (rules.ACK_FAILURE, REFUSED, 3, "z9hG4bKinvite", "z9hG4bKack"),
    (rules.ACK_FAILURE, REFUSED, 3, "ACK sip:100@", "ACK sip:101@"),
    (rules.ACK_FAILURE, changed(REFUSED, 0, "Max-", "Route: <sip:198.18.3.71;lr>\nMax-"), 3, "Max-", "Max-"),
    (rules.RECORD_ROUTE_COPIED, OUTGOING, 3, ", <sip:198.18.3.100;lr;ftag=phone1>", ""),
    (rules.DIALOG_TAGS, OUTGOING, 4, ";tag=tel1a", ";tag=tel1b"),
    (rules.DIALOG_ROUTE, OUTGOING, 4, "198.18.3.100;lr;ftag=phone1", "198.18.3.100;lr"),
    (rules.ANSWER_FORMATS, LATE_OFFER, 2, "RTP/AVP 8 0 101", "RTP/AVP 18"),
]
"""Further ways to break a rule."""


def examined(exchange: Exchange, number: int, old: str, new: str) -> Examination:
    return examine(datagrams(changed(exchange, number, old, new)))


def broken(examination: Examination) -> set[str]:
    return {finding.rule.name for finding in examination.findings}


@pytest.mark.parametrize("rule", BAD, ids=lambda rule: rule.name)
def test_bad_message_breaks_its_rule(rule: Rule) -> None:
    expected = {rule, *FOLLOWS.get(rule, set())}

    assert broken(examined(*BAD[rule])) == {one.name for one in expected}


@pytest.mark.parametrize(
    ("rule", "exchange", "number", "old", "new"),
    MORE,
    ids=[f"{one[0].name}-{n}" for n, one in enumerate(MORE)],
)
def test_rule_can_be_broken_in_other_ways(
    rule: Rule, exchange: Exchange, number: int, old: str, new: str
) -> None:
    assert rule.name in broken(examined(exchange, number, old, new))


@pytest.mark.parametrize("rule", RAW, ids=lambda rule: rule.name)
def test_bad_octets_break_their_rule(rule: Rule) -> None:
    number, old, new = RAW[rule]
    recorded = datagrams(OUTGOING)
    payload = recorded[number].payload
    assert old in payload
    recorded[number] = recorded[number]._replace(payload=payload.replace(old, new, 1))

    assert broken(examine(recorded)) == {rule.name}


@pytest.mark.parametrize("rule", MISSING, ids=lambda rule: rule.name)
def test_missing_message_breaks_its_rule(rule: Rule) -> None:
    assert broken(examine(MISSING[rule])) == {rule.name}


def test_every_rule_can_be_broken() -> None:
    assert set(RULES) == BAD.keys() | RAW.keys() | MISSING.keys()
    assert len({rule.name for rule in RULES}) == len(RULES)
