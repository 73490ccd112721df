"""Raw SIP: good exchanges, odd but valid messages, what is no message, and the file that they come from."""

import json
from pathlib import Path

import pytest

from conformance.sip_messages import rules
from conformance.sip_messages.datagram import Datagram, read_datagrams
from conformance.sip_messages.examination import examine
from selftest.unit.crafted_datagrams import (
    CANCELLED,
    INCOMING,
    LATE_OFFER,
    OUTGOING,
    PBX,
    REFUSED,
    REGISTERED,
    Exchange,
    Piece,
    changed,
    datagrams,
)

GOOD = {
    "outgoing": OUTGOING,
    "late offer": LATE_OFFER,
    "refused": REFUSED,
    "cancelled": CANCELLED,
    "incoming": INCOMING,
    "registered": REGISTERED,
    "sent again": (OUTGOING[0], OUTGOING[0], *OUTGOING[1:4], OUTGOING[3], OUTGOING[4], *OUTGOING[4:]),
}


@pytest.mark.parametrize("exchange", GOOD.values(), ids=GOOD)
def test_good_exchange_breaks_no_rule(exchange: Exchange) -> None:
    examination = examine(datagrams(exchange))

    assert [str(finding) for finding in examination.findings] == []
    assert examination.datagrams == len(exchange)


TORTUOUS = """\
INVITE sips:a%20b;x=(1)?!@198.18.3.61:5061;transport=tcp;lr;unknown=%41 SIP/2.0
TO :
 "Quote \\" and backslash \\\\ <>,;" <sip:100@198.18.3.61;maddr=198.18.3.61?Subject=a&Priority=urgent>
f: Three Tokens. here  <sip:201@198.18.3.61>  ;  tag = a.B!~ ; other="semi;colon, comma"
mAx-FoRwArDs: 0068
i: odd.{word}?@[198.18.3.10]
cseq: 0009
  INVITE
v:  SIP  / 2.0
 / UDP 198.18.3.10:5060 ; branch=z9hG4bKtop,
 SIP/2.0/TCP  host-1.example. ;branch=z9hG4bK.2;received=198.18.3.11;hidden
Via: SIP/2.0/UDP [2001:db8::10]:5060;branch=z9hG4bK3;received=2001:db8::10
s:
m:"Quoted, \\"<x>" <sip:201@198.18.3.10:5060;ob;+sip.x> ; q=0.7;expires=3600;+y="<z>"
Route: <sip:198.18.3.61;lr>,<sip:198.18.3.100;lr=on>
Supported:
k: timer , 100rel
Allow:
Date: Sat, 13 Nov 2010 23:29:00 GMT
Retry-After: 18000 (a comment (nested)) ;duration=3600
Timestamp: 54.5 0.1
User-Agent: some/1.0 (comment) other
Warning: 399 198.18.3.61:5060 "said \\"so\\""
Accept: application/sdp;level=1, text/*, */*;q=0.1
X-Any-Thing: \u00fcber % "unbalanced < > ; ,
c: application/sdp;charset="utf-8"
l: <length>

v=0
o=\u00fcser 2890844526 2890842807 IN IP6 2001:db8::10
s=\x20
i=About
u=http://example.org/
e=a@example.org (A)
c=IN IP6 2001:db8::10
b=AS:64
t=0 0
r=7d 1h 0 25h
t=1 2
a=tool:x
m=audio 49170/2 RTP/AVP 0
i=Voice
c=IN IP4 198.18.3.10
a=rtpmap:0 PCMU/8000
m=image 0 udptl t38
"""
"""What the grammar allows and people do not expect: compact forms, folding, escapes, lists, odd spaces."""


def test_tortuous_but_valid_message_breaks_no_rule() -> None:
    examination = examine(datagrams([Piece("received", TORTUOUS)]))

    assert [str(finding) for finding in examination.findings] == []


def test_order_of_uri_parameters_is_no_matter() -> None:
    swapped = changed(OUTGOING, 5, "198.18.3.100;lr;ftag=phone1", "198.18.3.100;ftag=phone1;lr")

    assert not examine(datagrams(swapped)).findings


def test_extra_number_in_a_dialog_is_no_error() -> None:
    later = changed(changed(OUTGOING, 5, "8 BYE", "12 BYE"), 6, "8 BYE", "12 BYE")

    assert not examine(datagrams(later)).findings


@pytest.mark.parametrize("payload", [b"\xff\x00\x01\x80\r\n\r\n", b"hello\r\n\r\n", b"SIP/2.0\r\n\r\n", b" "])
def test_what_is_no_message_is_a_finding(payload: bytes) -> None:
    (finding, *_) = examine([Datagram(0, PBX, "received", payload)]).findings[-1:]

    assert finding.rule in {rules.REQUEST_LINE, rules.STATUS_LINE}
    assert finding.message == f"datagram received, peer {PBX}"


@pytest.mark.parametrize("payload", [b"", b"\r\n\r\n", b"\x00\x00\x00\x00"])
def test_keep_alive_is_no_message(payload: bytes) -> None:
    examination = examine([Datagram(0, PBX, "received", payload)])

    assert (examination.keep_alives, examination.messages.total(), examination.findings) == (1, 0, [])


def test_call_that_began_before_the_record_is_not_judged() -> None:
    assert not examine(datagrams(INCOMING[3:5])).findings


def test_tally_counts_messages_and_tells_the_first_of_each_finding() -> None:
    twice = changed(changed(OUTGOING, 1, "z9hG4bK", "none"), 2, "z9hG4bK", "none")
    tally = examine(datagrams(twice)).tally()

    assert tally["datagrams"] == len(OUTGOING)
    assert tally["messages"]["INVITE sent"] == 1
    first = tally["findings"][0]
    assert (first["rule"], first["direction"], first["count"]) == ("branch", "received", 2)
    assert first["source"] == "RFC 3261, 8.1.1.7"
    assert first["first"].startswith(f"100 to INVITE received from {PBX}: the branch of 198.18.3.10 is")
    assert json.loads(json.dumps(tally)) == tally


def test_datagrams_are_read_by_end_point_and_time_without_a_torn_line(tmp_path: Path) -> None:
    path = tmp_path / "datagrams.jsonl"
    about = {"t": "datagram", "peer": PBX}
    lines = [
        {**about, "probe": "phone", "at_ns": 2, "direction": "in", "text": "\u00e4\u0085"},
        {**about, "probe": "other", "at_ns": 3, "direction": "in", "text": "x"},
        {**about, "probe": "phone", "at_ns": 1, "direction": "out", "text": "INVITE"},
    ]
    whole = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    path.write_text(whole + '{"at_', encoding="utf-8")

    found = read_datagrams(path)

    assert found.keys() == {"phone", "other"}
    assert [datagram.payload for datagram in found["phone"]] == [b"INVITE", b"\xe4\x85"]
    assert [datagram.direction for datagram in found["phone"]] == ["sent", "received"]
    assert found["phone"][0].peer_host == "198.18.3.61"


def test_direction_is_in_or_out() -> None:
    with pytest.raises(ValueError, match="direction 'up', expected in or out"):
        Datagram.of({"at_ns": 1, "peer": PBX, "direction": "up", "text": ""})


def test_findings_name_message_rule_and_section() -> None:
    (finding,) = examine(datagrams(changed(OUTGOING, 6, "8 BYE", "9 BYE"))).findings

    assert str(finding) == (
        f"200 to BYE received from {PBX}: 9 BYE instead of 8 BYE"
        " (RFC 3261, 8.2.6.2: a response has the CSeq of its request)"
    )
