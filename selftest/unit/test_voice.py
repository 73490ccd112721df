"""What telephony server and phone have in common, without a network: descriptions, statistics, refreshing."""

import itertools

import pytest
from sippy.SipRequest import SipRequest  # noqa: TID251 -- the messages are what is tested

from topologies.voice.description import PCMA, PCMU, NoSpeechError, Speech, answer_to
from topologies.voice.headers import extension_headers, sip_headers
from topologies.voice.hearing import Hearing
from topologies.voice.reception import HEADER, WINDOW, Reception
from topologies.voice.registration import Outcome, refresh_after_s

MS = 1_000_000
START_NS = 5_000_000_000


def packet(number: int, *, timestamp: int | None = None, kind: int = PCMA, source: int = 1) -> bytes:
    """Return the RTP packet of that number, which speaks for 20 ms."""
    return (
        HEADER.pack(0x80, kind, number % 65536, (timestamp or number * 160) % 2**32, source) + 160 * b"\xd5"
    )


def fed(*numbers: int, first: int = 0) -> Reception:
    """Return what is known after packets came every 20 ms, in this order."""
    reception = Reception(START_NS)
    for place, number in enumerate(numbers):
        reception.feed(packet(first + number), "198.18.3.81", START_NS + place * 20 * MS)
    return reception


def counted(reception: Reception) -> tuple[int, int, int, int]:
    found = reception.at(START_NS)
    return found.received, found.lost, found.late, found.duplicate


@pytest.mark.parametrize("first", [0, 1, 65530, 65535])
def test_a_whole_stream_has_no_loss_wherever_its_numbers_begin(first: int) -> None:
    assert counted(fed(*range(100), first=first)) == (100, 0, 0, 0)


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ((), (0, 0, 0, 0)),
        ((0, 1, 2, 5), (4, 2, 0, 0)),
        ((0, 2, 1, 3), (4, 0, 1, 0)),
        ((0, 1, 1, 2), (3, 0, 0, 1)),
        ((0, 2, 1, 1), (3, 0, 1, 1)),
        ((1, 0, 2), (3, 0, 1, 0)),
        ((0, 2 * WINDOW, 1), (2, 2 * WINDOW - 1, 0, 1)),
    ],
)
def test_lost_late_and_duplicate_packets_are_told_apart(
    numbers: tuple[int, ...], expected: tuple[int, int, int, int]
) -> None:
    assert counted(fed(*numbers)) == expected


def test_numbers_go_round_twice() -> None:
    reception = Reception(START_NS)
    for number in range(0, 140_000, 7):
        reception.feed(packet(number), "x", START_NS + number * 20 * MS)

    assert counted(reception) == (20_000, 139_993 + 1 - 20_000, 0, 0)


def test_jitter_of_a_regular_stream_is_nothing_and_of_an_irregular_one_comes_near_its_mean() -> None:
    """RFC 3550, 6.4.1: the mean deviation of the spacing, smoothed by 16."""
    assert fed(*range(50)).at(START_NS).jitter_ms == 0

    shaken = Reception(START_NS)
    for number, late in zip(range(400), itertools.cycle([0, 4]), strict=False):
        shaken.feed(packet(number), "x", START_NS + (number * 20 + late) * MS)
    assert shaken.at(START_NS).jitter_ms == pytest.approx(4.0, abs=0.01)


def test_longest_gap_counts_the_wait_for_the_first_packet_and_the_silence_after_the_last() -> None:
    reception = Reception(START_NS)
    assert reception.at(START_NS + 70 * MS).longest_gap_ms == 70

    reception.expect(START_NS + 50 * MS)
    reception.feed(packet(0), "x", START_NS + 80 * MS)
    reception.feed(packet(1), "x", START_NS + 100 * MS)
    reception.expect(START_NS + 500 * MS)

    assert reception.at(START_NS + 110 * MS).longest_gap_ms == 30
    assert reception.at(START_NS + 190 * MS).longest_gap_ms == 90


def test_silence_after_the_call_was_ended_is_no_gap() -> None:
    """A BYE may take a while; what was under way still counts."""
    reception = fed(0, 1)
    reception.conclude(START_NS + 50 * MS)
    reception.feed(packet(2), "198.18.3.81", START_NS + 900 * MS)

    assert reception.at(START_NS + 2000 * MS).longest_gap_ms == 30
    assert reception.at(START_NS + 2000 * MS).received == 3


def test_what_is_no_rtp_is_not_counted_as_speech() -> None:
    reception = Reception(START_NS)
    for data in (b"", b"hello", b"\x00" * 40, packet(1, kind=72)):
        reception.feed(data, "x", START_NS)

    assert (reception.at(START_NS).received, reception.at(START_NS).malformed) == (0, 4)


def test_sources_are_named_once() -> None:
    reception = fed(0, 1)
    reception.feed(packet(2), "198.18.3.71", START_NS)

    assert reception.at(START_NS).sources == ("198.18.3.81", "198.18.3.71")


def test_a_description_survives_writing_and_reading() -> None:
    speech = Speech("198.18.3.81", 30000, (PCMU,), "tel1")

    assert Speech.of(speech.text()) == speech
    assert speech.text().isascii()
    assert speech.text().endswith("\r\n")


def test_an_offer_of_others_is_understood() -> None:
    """The address may stand before or in the stream; unknown laws and further streams do not matter."""
    text = (
        "v=0\r\no=x 1 1 IN IP4 198.18.3.9\r\ns= \r\nt=0 0\r\n"
        "m=audio 4000/1 RTP/AVP 9 0 101\r\nc=IN IP4 198.18.3.10/127\r\nm=video 5000 RTP/AVP 31\r\n"
    ).replace("4000/1", "4000")

    offer = Speech.of(text)

    assert (offer.address, offer.port, offer.payload_types) == ("198.18.3.10", 4000, (PCMU,))
    assert answer_to(offer, address="a", port=1) == Speech("a", 1, (PCMU,))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "v=0\r\nc=IN IP4 1.2.3.4\r\nm=audio 4000 RTP/AVP 9\r\n",
        "v=0\r\nc=IN IP4 1.2.3.4\r\nm=audio 0 RTP/AVP 8\r\n",
        "v=0\r\nc=IN IP4 1.2.3.4\r\nm=video 4000 RTP/AVP 8\r\n",
        "v=0\r\nm=audio 4000 RTP/AVP 8\r\n",
        "v=0\r\nc=IN IP4 1.2.3.4\r\nm=audio\r\n",
        "v=0\r\nc=IN IP4 1.2.3.4\r\nm=audio x RTP/AVP 8\r\n",
        "v=0\r\nc=IN IP6 ::1\r\nm=audio 4000 RTP/AVP 8\r\n",
    ],
)
def test_a_description_without_speech_for_us_is_refused(text: str) -> None:
    with pytest.raises(NoSpeechError):
        Speech.of(text)


def test_registrations_are_refreshed_after_two_thirds_of_their_life() -> None:
    assert refresh_after_s(60) == 40
    assert [Outcome(status).is_registered for status in (200, 202, 401, 403, 503, None)] == [
        *(True, True),
        *(False, False, False, False),
    ]


def test_headers_keep_their_names_and_are_found_again() -> None:
    lines = ["OPTIONS sip:x SIP/2.0", "Via: SIP/2.0/UDP a;branch=z9hG4bK1", "From: <sip:a>;tag=1"]
    lines += ["To: <sip:x>", "Call-ID: 1", "CSeq: 1 OPTIONS", "Content-Length: 0", "", ""]
    request = SipRequest("\r\n".join(lines))

    request.appendHeaders(sip_headers({"X-Jtel-Server": "tel1"}))

    assert "\r\nX-Jtel-Server: tel1\r\n" in str(request)
    assert extension_headers(SipRequest(str(request))) == {"x-jtel-server": "tel1"}


OTHER_SIDE, STRANGER = ("198.18.3.81", 30000), ("198.18.3.81", 30400)


def heard(hearing: Hearing) -> tuple[int, int, int]:
    found = hearing.at(START_NS + 400 * MS)
    return found.received, found.lost, found.strange


def test_whoever_still_speaks_to_an_earlier_call_of_this_port_is_told_apart() -> None:
    """The stranger is there first, has numbers far ahead, and speaks from the same server."""
    hearing = Hearing(START_NS)
    for number in range(20):
        if number == 5:
            hearing.expect(START_NS + 90 * MS, OTHER_SIDE)
        hearing.feed(packet(40_000 + number, source=7), STRANGER, START_NS + number * 20 * MS)
        if number >= 5:
            hearing.feed(packet(number, source=8), OTHER_SIDE, START_NS + number * 20 * MS)

    assert heard(hearing) == (15, 0, 20)
    assert hearing.last_ns == START_NS + 380 * MS
    assert hearing.at(START_NS + 380 * MS).longest_gap_ms == 20
    assert hearing.at(START_NS + 380 * MS).sources == ("198.18.3.81",)


def test_a_stranger_does_not_stand_in_for_an_other_side_that_falls_silent() -> None:
    hearing = Hearing(START_NS)
    hearing.expect(START_NS, OTHER_SIDE)
    hearing.feed(packet(0, source=8), OTHER_SIDE, START_NS)
    for number in range(20):
        hearing.feed(packet(number, source=7), STRANGER, START_NS + number * 20 * MS)

    assert hearing.at(START_NS + 380 * MS).longest_gap_ms == 380
    assert heard(hearing) == (1, 0, 20)


def test_whoever_speaks_from_elsewhere_than_announced_is_heard_all_the_same() -> None:
    hearing = Hearing(START_NS)
    hearing.expect(START_NS, ("198.18.3.99", 30000))
    for number in range(10):
        hearing.feed(packet(number), OTHER_SIDE, START_NS + number * 20 * MS)
    hearing.feed(b"no RTP", STRANGER, START_NS)

    assert heard(hearing) == (10, 0, 0)
    assert hearing.at(START_NS).malformed == 1


def test_nobody_is_heard_while_nobody_speaks() -> None:
    hearing = Hearing(START_NS)
    hearing.expect(START_NS + 10 * MS, OTHER_SIDE)

    assert (hearing.received, hearing.last_ns) == (0, START_NS + 10 * MS)
    assert hearing.at(START_NS + 60 * MS).longest_gap_ms == 50


def test_speech_that_overtakes_the_answer_to_the_call_ends_no_silence() -> None:
    hearing = Hearing(START_NS)
    for number in range(3):
        hearing.feed(packet(number), OTHER_SIDE, START_NS + (200 + number * 20) * MS)
    hearing.expect(START_NS + 250 * MS, OTHER_SIDE)

    assert hearing.at(START_NS + 250 * MS).longest_gap_ms == 20
