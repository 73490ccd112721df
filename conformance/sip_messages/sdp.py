"""Session descriptions, read strictly (RFC 8866, section 5; it replaced RFC 4566 and RFC 2327)."""

import dataclasses
import ipaddress
import re
from collections.abc import Iterator, Sequence
from typing import Final

from conformance.sip_messages.breach import Breach
from conformance.sip_messages.grammar import DIGITS, HOST, TOKEN
from conformance.sip_messages.rules import (
    SDP_ATTRIBUTE,
    SDP_CONNECTION,
    SDP_LINE,
    SDP_MEDIA,
    SDP_NAME,
    SDP_ORDER,
    SDP_ORIGIN,
    SDP_TIME,
    SDP_VERSION,
)

SESSION_ORDER: Final = "vosiuepcbtrzka"
MEDIA_ORDER: Final = "micbka"
LARGEST_PAYLOAD_TYPE: Final = 127

_LINE = re.compile(r"(?P<kind>[a-z])=(?P<value>\S.*| |)", re.DOTALL)
_ORIGIN = re.compile(rf"\S+ {DIGITS} {DIGITS} (?P<network>IN) (?P<kind>IP[46]) (?P<address>\S+)")
_CONNECTION = re.compile(r"(?P<network>IN) (?P<kind>IP[46]) (?P<address>[^\s/]+)(?:/[0-9]+){0,2}")
_TIME = re.compile(rf"{DIGITS} {DIGITS}")
_MEDIA = re.compile(
    rf"(?P<media>{TOKEN}) (?P<port>{DIGITS})(?:/{DIGITS})? (?P<protocol>{TOKEN}(?:/{TOKEN})*)"
    r"(?P<formats>(?: [^\s]+)+)"
)
_ATTRIBUTE = re.compile(rf"{TOKEN}(?::.+)?", re.DOTALL)


@dataclasses.dataclass(frozen=True)
class Stream:
    """One media line and what belongs to it."""

    media: str
    port: int
    protocol: str
    formats: tuple[str, ...]
    address: str | None
    """Where its packets are to be sent to; None: that of the session."""


@dataclasses.dataclass
class Session:
    """What could be read of a session description, and what was wrong with it."""

    address: str | None = None
    """Where packets are to be sent to, unless a stream has its own."""
    streams: list[Stream] = dataclasses.field(default_factory=list)
    breaches: list[Breach] = dataclasses.field(default_factory=list)


Lines = Sequence[tuple[str, str]]
"""The letter and the value of each line."""


def read_session(body: bytes) -> Session:
    """Return the session description in *body*, and every breach of RFC 8866 in it."""
    session = Session()
    lines = _lines(body, session)
    parts = _parts(lines)
    _judge_session(parts[0], session)
    for part in parts[1:]:
        _judge_stream(part, session)
    if any(stream.address is None for stream in session.streams) and session.address is None:
        session.breaches.append(Breach(SDP_CONNECTION, "neither the session nor each of its media has one"))
    return session


def _lines(body: bytes, session: Session) -> Lines:
    text = body.decode("utf-8", errors="replace")
    if not text.endswith("\r\n") or re.search(r"(?<!\r)\n|\r(?!\n)", text):
        session.breaches.append(Breach(SDP_LINE, "a line does not end with CRLF"))
    found = []
    for line in re.split(r"\r\n|\n|\r", text.removesuffix("\r\n").removesuffix("\n")):
        match = _LINE.fullmatch(line)
        if match is None:
            session.breaches.append(Breach(SDP_LINE, f"{line!r} is no line of SDP"))
        else:
            found.append((match["kind"], match["value"]))
    return found


def _parts(lines: Lines) -> list[Lines]:
    """Return the lines of the session, then those of each of its media."""
    parts: list[list[tuple[str, str]]] = [[]]
    for kind, value in lines:
        if kind == "m":
            parts.append([])
        parts[-1].append((kind, value))
    return list(parts)


def _values(part: Lines, kind: str) -> list[str]:
    return [value for of, value in part if of == kind]


def _judge_session(part: Lines, session: Session) -> None:
    session.breaches += _order(part, SESSION_ORDER)
    if not part or part[0] != ("v", "0"):
        session.breaches.append(Breach(SDP_VERSION, f"the first line is {_told(part)}"))
    origins = _values(part, "o")
    if len(origins) != 1 or not _is_origin(origins[0]):
        session.breaches.append(Breach(SDP_ORIGIN, f"found {origins}"))
    names = _values(part, "s")
    if len(names) != 1 or not names[0]:
        session.breaches.append(Breach(SDP_NAME, f"found {names}"))
    times = _values(part, "t")
    if not times or any(_TIME.fullmatch(time) is None for time in times):
        session.breaches.append(Breach(SDP_TIME, f"found {times}"))
    session.address = _address(part, session)
    session.breaches += _attributes(part)


def _judge_stream(part: Lines, session: Session) -> None:
    session.breaches += _order(part, MEDIA_ORDER)
    address = _address(part, session)
    session.breaches += _attributes(part)
    match = _MEDIA.fullmatch(part[0][1])
    if match is None:
        session.breaches.append(Breach(SDP_MEDIA, f"m={part[0][1]}"))
        return
    formats = tuple(match["formats"].split())
    if match["protocol"].startswith("RTP/") and not all(_is_payload_type(one) for one in formats):
        session.breaches.append(Breach(SDP_MEDIA, f"m={part[0][1]}: a format is no payload type"))
    session.streams.append(Stream(match["media"], int(match["port"]), match["protocol"], formats, address))


def _order(part: Lines, order: str) -> Iterator[Breach]:
    places = [order.find(kind) for kind, _ in part]
    for (kind, value), place, before in zip(part, places, [-1, *places], strict=False):
        if place < 0:
            yield Breach(SDP_ORDER, f"{kind}={value} does not belong there")
        elif place < before and not (kind in "rt" and order[before] in "rt"):
            yield Breach(SDP_ORDER, f"{kind}={value} comes after {order[before]}=")


def _address(part: Lines, session: Session) -> str | None:
    found = None
    for value in _values(part, "c"):
        match = _CONNECTION.fullmatch(value)
        if match is None or not _is_host(match["kind"], match["address"]):
            session.breaches.append(Breach(SDP_CONNECTION, f"c={value}"))
        else:
            found = match["address"]
    return found


def _attributes(part: Lines) -> Iterator[Breach]:
    for value in _values(part, "a"):
        if _ATTRIBUTE.fullmatch(value) is None:
            yield Breach(SDP_ATTRIBUTE, f"a={value}")


def _is_origin(value: str) -> bool:
    match = _ORIGIN.fullmatch(value)
    return match is not None and _is_host(match["kind"], match["address"])


def _is_host(kind: str, address: str) -> bool:
    """Tell whether *address* is a host name, or an address of the version that *kind* names."""
    try:
        return f"IP{ipaddress.ip_address(address).version}" == kind
    except ValueError:
        looks_like_an_address = re.fullmatch(r"[0-9.]+", address) is not None or ":" in address
        return not looks_like_an_address and re.fullmatch(HOST, address) is not None


def _is_payload_type(text: str) -> bool:
    return text.isdecimal() and int(text) <= LARGEST_PAYLOAD_TYPE


def _told(part: Lines) -> str:
    return f"{part[0][0]}={part[0][1]}" if part else "missing"
