"""SMB without a network: hashes, proofs, packets, and what a conversation makes of nonsense."""

import struct

import pytest
from Crypto.Hash import MD4

from topologies.smb import packets
from topologies.smb.conversation import Conversation
from topologies.smb.md4 import md4
from topologies.smb.ntlm import Login, read_challenge
from topologies.smb.trouble import Garbled, Refused

SHARE = ("acd-store", "recordings")
INFORMATION = struct.pack("<HH", 1, 6) + "ST1".encode("utf-16-le") + struct.pack("<HHQ", 7, 8, 99) + bytes(4)
CHALLENGE = (
    b"NTLMSSP\0" + struct.pack("<IHHII8s8xHHI", 2, 0, 0, 48, 0, b"12345678", *[len(INFORMATION)] * 2, 48)
) + INFORMATION


@pytest.mark.parametrize(
    ("text", "digest"),
    [
        (b"", "31d6cfe0d16ae931b73c59d7e0c089c0"),
        (b"abc", "a448017aaf21d8525fc10ae87aa6729d"),
        (b"1234567890" * 8, "e33b4ddc9c38f2199c3e7b164fcc0536"),
        ("Password".encode("utf-16-le"), "a4f49c406510bdcab6824ee7c30fd852"),
    ],
)
def test_md4_is_that_of_the_standards(text: bytes, digest: str) -> None:
    assert md4(text).hex() == digest


def test_md4_is_that_of_another_library_at_every_length() -> None:
    for length in range(200):
        text = bytes(range(length))
        assert md4(text) == MD4.new(text).digest()  # noqa: S303 -- it is compared


def test_challenge_tells_who_asks() -> None:
    challenge = read_challenge(CHALLENGE)

    assert (challenge.computer, challenge.nonce) == ("st1", b"12345678")
    assert challenge.timestamp == struct.pack("<Q", 99)


@pytest.mark.parametrize("message", [b"", CHALLENGE[:40], CHALLENGE[:60], b"x" + CHALLENGE[1:]])
def test_what_is_no_challenge_is_garbled(message: bytes) -> None:
    with pytest.raises(Garbled):
        read_challenge(message)


def test_proof_is_another_one_each_time_and_never_the_password() -> None:
    login = Login("jtel_web", "secret")
    one, other = (login.proof(read_challenge(CHALLENGE)) for _ in range(2))

    assert one.key != other.key
    assert "secret".encode("utf-16-le") not in one.message
    assert "jtel_web".encode("utf-16-le") in one.message


def test_compound_is_a_chain_about_one_file() -> None:
    compound = packets.write("a.wav", b"content")
    commands, at = [], 0
    while True:
        fields = packets.HEAD.unpack_from(compound, at)
        commands.append((fields[4], bool(fields[6] & packets.RELATED)))
        if not fields[7]:
            break
        assert fields[7] % 8 == 0
        at += fields[7]

    assert commands == [
        (packets.CREATE, False),
        (packets.WRITE, True),
        (packets.FLUSH, True),
        (packets.CLOSE, True),
    ]


def test_frames_are_cut_by_their_length() -> None:
    buffer = packets.framed(b"one") + packets.framed(b"")

    assert packets.frame(buffer) == b"one"
    assert packets.frame(buffer, 7) == b""
    assert all(packets.frame(buffer[:cut]) is None for cut in range(7))
    with pytest.raises(Garbled):
        packets.frame(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def answer(command: int, status: int, body: bytes) -> bytes:
    fields = (1, status, command, 1, packets.ANSWER, 0, 0, 0, 0, 0, bytes(16))
    return packets.framed(packets.HEAD.pack(packets.MARK, packets.SIZE, *fields) + body)


def test_refused_dialect_is_a_refusal() -> None:
    conversation = Conversation(Login("jtel_web", "secret"), SHARE)
    conversation.begin()
    with pytest.raises(Refused, match="smb c00000bb"):
        conversation.go_on(answer(packets.NEGOTIATE, 0xC00000BB, bytes(9)))


@pytest.mark.parametrize(
    "buffer",
    [
        answer(packets.NEGOTIATE, 0, struct.pack("<HHH", 65, 3, 0x0202)),
        answer(packets.NEGOTIATE, 0, b""),
        answer(packets.SESSION_SETUP, packets.MORE, bytes(8)),
        answer(packets.SESSION_SETUP, 0, bytes(8)),
        answer(packets.SESSION_SETUP, 0, b""),
        packets.framed(b"\xffSMB" + bytes(60)),
        packets.framed(b""),
    ],
)
def test_what_is_no_answer_is_garbled(buffer: bytes) -> None:
    conversation = Conversation(Login("jtel_web", "secret"), SHARE)
    conversation.begin()
    with pytest.raises(Garbled):
        conversation.go_on(buffer)


def test_interim_answers_and_parts_are_waited_out() -> None:
    conversation = Conversation(Login("jtel_web", "secret"), SHARE)
    conversation.begin()
    interim = answer(packets.NEGOTIATE, packets.PENDING, bytes(9))

    assert conversation.go_on(interim + b"\0") == (None, b"\0")
    assert not conversation.is_open


def test_lists_and_contents_that_lie_about_their_length_are_garbled() -> None:
    body = struct.pack("<HBBIII", 17, 80, 0, 9, 0, 0) + b"short"
    (read,) = packets.messages(answer(packets.READ, 0, body)[4:])
    with pytest.raises(Garbled):
        packets.content_of(read)
    (listed,) = packets.messages(answer(packets.LIST, 0, struct.pack("<HHI", 9, 72, 4) + b"abcd")[4:])
    with pytest.raises(Garbled):
        packets.names_of(listed)
