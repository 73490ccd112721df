"""Looks at registrars: what Kamailio says of its bindings, and what its wire says of registrations."""

from conformance.scenarios.registrars import Binding, Seen, bindings, registrations_in


def dump(*contacts: tuple[str, str, str]) -> str:
    """Return what `kamcmd ul.dump` says of *contacts*: user, address, time left."""
    rows = [
        f"\t\t\t\tInfo: {{\n\t\t\t\t\tAoR: {user}\n\t\t\t\t\tContacts: {{\n\t\t\t\t\t\tContact: {{\n"
        f"\t\t\t\t\t\t\tAddress: {address}\n\t\t\t\t\t\t\tExpires: {left}\n\t\t\t\t\t\t\tQ: -1\n"
        for user, address, left in contacts
    ]
    return "{\n\tDomains: {\n" + "".join(rows)


def test_bindings_of_every_user() -> None:
    said = dump(("tel1", "sip:tel1@198.18.3.81:5060", "4"), ("201@jtel", "sip:201@198.18.3.10:5060", "60"))

    assert bindings(said) == {
        "tel1": Binding("sip:tel1@198.18.3.81:5060", 4),
        "201": Binding("sip:201@198.18.3.10:5060", 60),
    }


def test_bindings_that_have_ended_have_no_time_left() -> None:
    said = dump(("tel1", "sip:tel1@198.18.3.81", "expired"), ("tel2", "sip:tel2@198.18.3.82", "-3"))

    assert [one.expires_s for one in bindings(said).values()] == [0, 0]


def test_the_binding_that_lasts_longest_counts() -> None:
    said = dump(("tel1", "sip:tel1@198.18.3.81", "2"), ("tel1", "sip:tel1@198.18.3.89", "5"))

    assert bindings(said) == {"tel1": Binding("sip:tel1@198.18.3.89", 5)}
    assert bindings("") == {}


def register(number: int, *, digest: bool, user: str = "tel1") -> bytes:
    proof = 'Authorization: Digest username="tel1", realm="jtel"\r\n' if digest else ""
    return (
        "REGISTER sip:198.18.3.61:5060 SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP 198.18.3.81:5060;branch=z9hG4bK{number}\r\n"
        f"From: <sip:{user}@198.18.3.61>;tag=a\r\nTo: <sip:{user}@198.18.3.61>\r\n"
        f"Call-ID: one\r\nCSeq: {number} REGISTER\r\n{proof}Content-Length: 0\r\n\r\n"
    ).encode()


def answer(number: int, status: int, method: str = "REGISTER") -> bytes:
    return (
        f"SIP/2.0 {status} Whatever\r\nVia: SIP/2.0/UDP 198.18.3.81:5060;branch=z9hG4bK{number}\r\n"
        "From: <sip:tel1@198.18.3.61>;tag=a\r\nTo: <sip:tel1@198.18.3.61>;tag=b\r\n"
        f"Call-ID: one\r\nCSeq: {number} {method}\r\nContent-Length: 0\r\n\r\n"
    ).encode()


def test_registrations_are_counted_with_their_proof() -> None:
    wire = [
        register(1, digest=False),
        answer(1, 401),
        register(2, digest=True),
        answer(2, 200),
        answer(2, 200),
    ]

    assert registrations_in(wire) == {"tel1": Seen(accepted=1, with_digest=1)}


def test_registration_that_was_taken_as_it_was() -> None:
    assert registrations_in([register(1, digest=False), answer(1, 200)]) == {"tel1": Seen(1, 0)}


def test_what_is_no_registration_or_was_refused_counts_for_nobody() -> None:
    wire = [
        b"",
        b"\x80\x08speech",
        answer(9, 200),
        answer(1, 200, "OPTIONS"),
        register(3, digest=True),
        answer(3, 403),
    ]

    assert registrations_in(wire) == {}
