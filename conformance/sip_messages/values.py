"""Values of header fields that are no addresses: Via, CSeq, credentials and the small ones."""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from conformance.sip_messages.breach import Malformed
from conformance.sip_messages.grammar import (
    DIGITS,
    HOST,
    QUOTED,
    TOKEN,
    WHITE,
    WORD,
    number,
    parameters,
    split_list,
    unquoted,
)
from conformance.sip_messages.rules import CSEQ_NUMBER
from conformance.sip_messages.uris import checked_host, checked_port

LARGEST_SEQUENCE: Final = 2**31
LARGEST_FORWARDS: Final = 255
LARGEST_DELTA_S: Final = 2**32 - 1
MADE_ON_THE_WAY: Final = frozenset({"received", "rport"})
"""Parameters of a Via that its receiver fills in (section 18.2.1; RFC 3581, section 4)."""

_VIA = re.compile(
    rf"(?P<name>{TOKEN}){WHITE}/{WHITE}(?P<version>{TOKEN}){WHITE}/{WHITE}(?P<transport>{TOKEN})[ \t]+"
    rf"(?P<host>{HOST})(?:{WHITE}:{WHITE}(?P<port>[0-9]+))?(?P<parameters>{WHITE}(?:;.*)?)",
    re.DOTALL,
)
_CSEQ = re.compile(rf"(?P<number>{DIGITS})[ \t]+(?P<method>{TOKEN})")
_CALL_ID = re.compile(rf"{WORD}(?:@{WORD})?")
_MEDIA_TYPE = re.compile(
    rf"(?P<type>{TOKEN}){WHITE}/{WHITE}(?P<subtype>{TOKEN})(?P<parameters>.*)", re.DOTALL
)
_SCHEME = re.compile(rf"(?P<scheme>{TOKEN})[ \t]+(?P<rest>.+)", re.DOTALL)
_SCHEME_PARAMETER = re.compile(rf"(?P<name>{TOKEN}){WHITE}={WHITE}(?P<value>{QUOTED}|{TOKEN})")
_RESPONSE = re.compile(r"(?:[0-9a-f]{32}|[0-9a-f]{64})")
"""MD5 (RFC 3261) or SHA-256 (RFC 8760)."""
_NONCE_COUNT = re.compile(r"[0-9a-f]{8}")


class Via(NamedTuple):
    """One hop of a Via."""

    version: str
    """Such as `SIP/2.0`."""
    transport: str
    host: str
    port: int | None
    parameters: Mapping[str, str | None]

    @property
    def branch(self) -> str | None:
        """The id of the transaction on this hop."""
        return self.parameters.get("branch")

    @property
    def as_sent(self) -> tuple[object, ...]:
        """What a response has to copy: all but that which its receiver filled in."""
        sent = {name: value for name, value in self.parameters.items() if name not in MADE_ON_THE_WAY}
        return self.version, self.transport, self.host, self.port, sent


class CSeq(NamedTuple):
    """A sequence number and the method that it belongs to."""

    number: int
    method: str

    def __str__(self) -> str:
        return f"{self.number} {self.method}"


def parse_via(text: str) -> Via:
    """Return one hop of a Via.

    Raises:
        Malformed: it is none.
    """
    match = _VIA.fullmatch(text)
    if match is None:
        raise Malformed(f"{text!r} is no Via")
    version = f"{match['name']}/{match['version']}".upper()
    port = None if match["port"] is None else checked_port(match["port"])
    host = checked_host(match["host"])
    return Via(version, match["transport"].upper(), host, port, parameters(match["parameters"]))


def parse_cseq(text: str) -> CSeq:
    """Return a CSeq.

    Raises:
        Malformed: it is none, or its number is too large.
    """
    match = _CSEQ.fullmatch(text)
    if match is None:
        raise Malformed(f"{text!r} is no number and method")
    if int(match["number"]) >= LARGEST_SEQUENCE:
        raise Malformed(f"{match['number']} is too large", CSEQ_NUMBER)
    return CSeq(int(match["number"]), match["method"])


def parse_call_id(text: str) -> str:
    """Return a Call-ID.

    Raises:
        Malformed: it is none.
    """
    if _CALL_ID.fullmatch(text) is None:
        raise Malformed(f"{text!r} is no Call-ID")
    return text


def parse_max_forwards(text: str) -> int:
    """Return how many hops are left.

    Raises:
        Malformed: it is no number from 0 to 255.
    """
    hops = number(text, "Max-Forwards")
    if hops > LARGEST_FORWARDS:
        raise Malformed(f"{hops} is more than {LARGEST_FORWARDS}")
    return hops


def parse_delta_s(text: str) -> int:
    """Return a number of seconds.

    Raises:
        Malformed: it is none, or does not fit into 32 bits.
    """
    delta_s = number(text, "time")
    if delta_s > LARGEST_DELTA_S:
        raise Malformed(f"{delta_s} seconds are too many")
    return delta_s


def parse_length(text: str) -> int:
    """Return a Content-Length.

    Raises:
        Malformed: it is no number.
    """
    return number(text, "length")


def parse_media_type(text: str) -> str:
    """Return a media type in lower case, without its parameters, such as `application/sdp`.

    Raises:
        Malformed: it is none.
    """
    match = _MEDIA_TYPE.fullmatch(text)
    if match is None:
        raise Malformed(f"{text!r} is no media type")
    parameters(match["parameters"])
    return f"{match['type']}/{match['subtype']}".lower()


def parse_challenge(text: str) -> Mapping[str, str]:
    """Return the parameters of a challenge.

    Raises:
        Malformed: it is none, or a digest challenge that nobody could answer.
    """
    scheme, found = _with_scheme(text)
    if scheme != "digest":
        return found
    if missing := [name for name in ("realm", "nonce") if name not in found]:
        raise Malformed(f"{' and '.join(missing)} missing")
    return found


def parse_credentials(text: str) -> Mapping[str, str]:
    """Return the parameters of credentials.

    Raises:
        Malformed: they are none, or digest credentials that lack something.
    """
    scheme, found = _with_scheme(text)
    if scheme != "digest":
        return found
    wanted = ["username", "realm", "nonce", "uri", "response"]
    wanted += ["cnonce", "nc"] if "qop" in found else []
    if missing := [name for name in wanted if name not in found]:
        raise Malformed(f"{' and '.join(missing)} missing")
    if _RESPONSE.fullmatch(found["response"]) is None:
        raise Malformed(f"the response {found['response']!r} is no digest")
    if "qop" in found and _NONCE_COUNT.fullmatch(found["nc"]) is None:
        raise Malformed(f"nc={found['nc']} has not 8 hexadecimal digits")
    return found


def _with_scheme(text: str) -> tuple[str, Mapping[str, str]]:
    match = _SCHEME.fullmatch(text)
    if match is None:
        raise Malformed(f"{text!r} has no scheme and parameters")
    found: dict[str, str] = {}
    for part in split_list(match["rest"]):
        parameter = _SCHEME_PARAMETER.fullmatch(part)
        if parameter is None:
            raise Malformed(f"{part!r} is no parameter of a scheme")
        found[parameter["name"].lower()] = unquoted(parameter["value"])
    return match["scheme"].lower(), found
