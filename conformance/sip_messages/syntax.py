"""The syntax of header fields, and which of them may be repeated (RFC 3261, sections 7.3.1, 20, 25.1)."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from conformance.sip_messages.addresses import Address, parse_address, parse_route
from conformance.sip_messages.breach import Breach, Malformed
from conformance.sip_messages.grammar import DIGITS, HOST, QUOTED, TOKEN, WHITE, is_token, split_list
from conformance.sip_messages.message import STAR, Message
from conformance.sip_messages.rules import (
    CALL_ID,
    CHALLENGE,
    CONTACT,
    CONTENT_LENGTH,
    CONTENT_TYPE,
    CREDENTIALS,
    CSEQ,
    FROM,
    MAX_FORWARDS,
    OTHER_FIELD,
    RECORD_ROUTE,
    REPEATED,
    ROUTE,
    TO,
    VIA,
    Rule,
)
from conformance.sip_messages.values import (
    parse_call_id,
    parse_challenge,
    parse_credentials,
    parse_cseq,
    parse_delta_s,
    parse_length,
    parse_max_forwards,
    parse_media_type,
    parse_via,
)

ONCE: Final = frozenset(
    {
        "call-id",
        "content-disposition",
        "content-length",
        "content-type",
        "cseq",
        "date",
        "expires",
        "from",
        "max-forwards",
        "mime-version",
        "min-expires",
        "organization",
        "priority",
        "reply-to",
        "retry-after",
        "server",
        "subject",
        "timestamp",
        "to",
        "user-agent",
    }
)
"""Header fields whose value is no list."""

_COMMENT = r"\((?:[^()\\]|\\.|\([^()]*\))*\)"
_QVALUE = re.compile(r"(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")
_PRODUCT = rf"{TOKEN}(?:{WHITE}/{WHITE}{TOKEN})?"
_DATE = (
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-9]{2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [0-9]{4}"
    r" [0-9]{2}:[0-9]{2}:[0-9]{2} GMT"
)
_GENERIC = rf"(?:{WHITE};{WHITE}{TOKEN}(?:{WHITE}={WHITE}(?:{QUOTED}|{TOKEN}))?)*"
_METHODS = rf"(?:{TOKEN}(?:{WHITE},{WHITE}{TOKEN})*)?"
_TAGS = rf"{TOKEN}(?:{WHITE},{WHITE}{TOKEN})*"
_RANGE = rf"{TOKEN}{WHITE}/{WHITE}{TOKEN}{_GENERIC}"
_WARNING = rf"[0-9]{{3}} (?:{HOST}(?::[0-9]+)?|{TOKEN}) {QUOTED}"

OTHERS: Final[Mapping[str, str]] = {
    "accept": rf"(?:{_RANGE}(?:{WHITE},{WHITE}{_RANGE})*)?",
    "allow": _METHODS,
    "content-disposition": rf"{TOKEN}{_GENERIC}",
    "content-encoding": _TAGS,
    "date": _DATE,
    "mime-version": rf"{DIGITS}\.{DIGITS}",
    "proxy-require": _TAGS,
    "require": _TAGS,
    "retry-after": rf"{DIGITS}{WHITE}(?:{_COMMENT})?{_GENERIC}",
    "server": rf"(?:{_PRODUCT}|{_COMMENT})(?:[ \t]+(?:{_PRODUCT}|{_COMMENT}))*",
    "supported": _METHODS,
    "timestamp": rf"{DIGITS}(?:\.[0-9]*)?(?:[ \t]+[0-9]*(?:\.[0-9]*)?)?",
    "unsupported": _TAGS,
    "user-agent": rf"(?:{_PRODUCT}|{_COMMENT})(?:[ \t]+(?:{_PRODUCT}|{_COMMENT}))*",
    "warning": rf"{_WARNING}(?:{WHITE},{WHITE}{_WARNING})*",
}
"""The whole value of header fields that nothing else here reads."""
_OTHERS = {name: re.compile(pattern) for name, pattern in OTHERS.items()}


def _party(text: str) -> Address:
    address = parse_address(text)
    if "tag" in address.parameters and not is_token(address.tag or ""):
        raise Malformed(f"the tag {address.tag!r} is no token")
    return address


def _contact(text: str) -> Address | None:
    if text == STAR:
        return None
    address = parse_address(text)
    if "q" in address.parameters and _QVALUE.fullmatch(address.parameters["q"] or "") is None:
        raise Malformed(f"q={address.parameters['q']} is not between 0 and 1")
    if "expires" in address.parameters:
        parse_delta_s(address.parameters["expires"] or "")
    return address


LISTS: Final[Mapping[str, tuple[Rule, Callable[[str], object]]]] = {
    "via": (VIA, parse_via),
    "contact": (CONTACT, _contact),
    "route": (ROUTE, parse_route),
    "record-route": (RECORD_ROUTE, parse_route),
}
SINGLE: Final[Mapping[str, tuple[Rule, Callable[[str], object]]]] = {
    "from": (FROM, _party),
    "to": (TO, _party),
    "call-id": (CALL_ID, parse_call_id),
    "cseq": (CSEQ, parse_cseq),
    "max-forwards": (MAX_FORWARDS, parse_max_forwards),
    "content-length": (CONTENT_LENGTH, parse_length),
    "content-type": (CONTENT_TYPE, parse_media_type),
    "expires": (OTHER_FIELD, parse_delta_s),
    "min-expires": (OTHER_FIELD, parse_delta_s),
    "www-authenticate": (CHALLENGE, parse_challenge),
    "proxy-authenticate": (CHALLENGE, parse_challenge),
    "authorization": (CREDENTIALS, parse_credentials),
    "proxy-authorization": (CREDENTIALS, parse_credentials),
}


def syntax_breaches(message: Message) -> Iterator[Breach]:
    """Return what is wrong with the syntax of header fields."""
    counts = Counter(field.name for field in message.fields)
    for name in sorted(ONCE & counts.keys()):
        if counts[name] > 1:
            yield Breach(REPEATED, f"{name} appears {counts[name]} times")
    for field in message.fields:
        if field.name in LISTS:
            rule, parse = LISTS[field.name]
            for value in split_list(field.value):
                yield from _tried(rule, parse, value, field.written)
        elif field.name in SINGLE:
            rule, parse = SINGLE[field.name]
            yield from _tried(rule, parse, field.value, field.written)
        elif field.name in _OTHERS and _OTHERS[field.name].fullmatch(field.value) is None:
            yield Breach(OTHER_FIELD, f"{field.written}: {field.value!r}")


def _tried(rule: Rule, parse: Callable[[str], object], value: str, written: str) -> Iterator[Breach]:
    try:
        parse(value)
    except Malformed as error:
        yield Breach(error.rule or rule, f"{written}: {error.detail}")
