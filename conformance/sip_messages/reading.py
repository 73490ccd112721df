"""From octets to a message: start line, header lines, folding (RFC 3261, section 7)."""

import dataclasses
import re
from collections.abc import Sequence
from typing import Final

from conformance.sip_messages.breach import Breach
from conformance.sip_messages.grammar import TOKEN
from conformance.sip_messages.message import COMPACT, Field, Message, Request, Response
from conformance.sip_messages.rules import (
    CHARSET,
    EMPTY_LINE,
    FOLDING,
    HEADER_LINE,
    LINE_ENDS,
    REQUEST_LINE,
    STATUS_LINE,
    VERSION,
)

SIP_VERSION: Final = "SIP/2.0"

_END = re.compile(rb"\r\n\r\n|\n\n|\n\r\n|\r\r")
_LINE_END = re.compile(r"\r\n|\n|\r")
_FIELD = re.compile(rf"(?P<name>{TOKEN})[ \t]*:(?P<value>.*)", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LOOKS_LIKE_A_RESPONSE = re.compile(r"\s*SIP\s*/", re.IGNORECASE)
_STATUS = re.compile(r"(?P<version>\S+) (?P<status>[1-6][0-9]{2}) (?P<reason>.*)", re.DOTALL)
_LENIENT_STATUS = re.compile(r"\s*(?P<version>\S+)\s+(?P<status>[0-9]{3})\b\s*(?P<reason>.*)", re.DOTALL)


@dataclasses.dataclass
class Reading:
    """What could be read, and what was wrong with its form."""

    message: Message | None = None
    """None: the start line cannot be read, so nobody knows what it is."""
    breaches: list[Breach] = dataclasses.field(default_factory=list)


def is_keep_alive(payload: bytes) -> bool:
    """Tell whether a datagram is no message: it keeps a path open with line ends, zeros or nothing."""
    return not payload.strip(b"\r\n\x00")


def read_message(payload: bytes) -> Reading:
    """Return the message in *payload*, and every breach of section 7 in it."""
    reading = Reading()
    end = _END.search(payload)
    if end is None:
        reading.breaches.append(Breach(EMPTY_LINE, "no empty line ends the header"))
    head, body = (payload, b"") if end is None else (payload[: end.start()], payload[end.end() :])
    ended = payload if end is None else payload[: end.end()]
    if loose := len(re.findall(rb"(?<!\r)\n|\r(?!\n)", ended)):
        reading.breaches.append(Breach(LINE_ENDS, f"{loose} times CR or LF stands alone in the header"))
    start, *lines = _LINE_END.split(_text(head, reading).rstrip("\r\n"))
    if lines and lines[0].startswith((" ", "\t")):
        reading.breaches.append(Breach(FOLDING, "the start line is folded"))
        lines = lines[1:]
    fields = _fields(lines, reading)
    reading.message = _message(start, fields, body, reading)
    return reading


def _text(head: bytes, reading: Reading) -> str:
    try:
        return head.decode("utf-8")
    except UnicodeDecodeError as error:
        reading.breaches.append(Breach(CHARSET, f"octet {error.start} is not UTF-8"))
        return head.decode("latin-1")


def _fields(lines: Sequence[str], reading: Reading) -> tuple[Field, ...]:
    unfolded: list[str] = []
    for line in lines:
        if line.startswith((" ", "\t")) and unfolded:
            unfolded[-1] = f"{unfolded[-1].rstrip()} {line.lstrip()}"
        else:
            unfolded.append(line)
    found = []
    for line in unfolded:
        match = _FIELD.fullmatch(line)
        if match is None:
            reading.breaches.append(Breach(HEADER_LINE, f"{line!r} is no header field"))
            continue
        value = match["value"].strip(" \t")
        if _CONTROL.search(value):
            reading.breaches.append(Breach(HEADER_LINE, f"{match['name']} has a control character"))
        name = match["name"].lower()
        found.append(Field(COMPACT.get(name, name), match["name"], value))
    return tuple(found)


def _message(start: str, fields: tuple[Field, ...], body: bytes, reading: Reading) -> Message | None:
    if _LOOKS_LIKE_A_RESPONSE.match(start):
        return _response(start, fields, body, reading)
    return _request(start, fields, body, reading)


def _request(start: str, fields: tuple[Field, ...], body: bytes, reading: Reading) -> Message | None:
    parts = start.split(" ")
    if len(parts) != 3 or "" in parts or re.fullmatch(TOKEN, parts[0]) is None:  # noqa: PLR2004 -- three parts
        reading.breaches.append(Breach(REQUEST_LINE, f"{start!r} is no request line"))
        parts = start.split()
        if len(parts) < 2 or re.fullmatch(TOKEN, parts[0]) is None:  # noqa: PLR2004 -- method and URI
            return None
    elif parts[2] != SIP_VERSION:
        reading.breaches.append(Breach(VERSION, f"the version is {parts[2]!r}"))
    return Request(fields, body, parts[0], parts[1])


def _response(start: str, fields: tuple[Field, ...], body: bytes, reading: Reading) -> Message | None:
    match = _STATUS.fullmatch(start)
    if match is None:
        reading.breaches.append(Breach(STATUS_LINE, f"{start!r} is no status line"))
        match = _LENIENT_STATUS.fullmatch(start)
        if match is None:
            return None
    elif match["version"] != SIP_VERSION:
        reading.breaches.append(Breach(VERSION, f"the version is {match['version']!r}"))
    return Response(fields, body, int(match["status"]), match["reason"])
