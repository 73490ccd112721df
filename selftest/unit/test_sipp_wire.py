"""What a capture of the trunk says about what is spoken there."""

from selftest.sipp.wire import Spoken, spoken

INVITE = b"INVITE sip:100@198.18.3.100;transport=tcp SIP/2.0\r\nVia: SIP/2.0/TCP 198.18.3.61\r\n\r\n"
REST_OF_A_MESSAGE = b"Content-Length: 0\r\n\r\n"
RECORD = b"\x17\x03\x03\x00\x04abcd"


def test_sip_is_read_wherever_it_stands() -> None:
    assert spoken([INVITE, REST_OF_A_MESSAGE, b"rest" + INVITE]) == Spoken(sip=2, tls=0, payloads=3)


def test_tls_hides_it() -> None:
    assert spoken([RECORD, RECORD]) == Spoken(sip=0, tls=2, payloads=2)


def test_sip_among_tls_is_noticed() -> None:
    assert spoken([RECORD, INVITE]) == Spoken(sip=1, tls=1, payloads=2)


def test_nothing_is_nothing() -> None:
    assert spoken([]) == Spoken(sip=0, tls=0, payloads=0)
