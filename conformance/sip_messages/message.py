"""A message as it was read: a request or a response, its header fields, its body."""

import dataclasses
import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeVar

from conformance.sip_messages.addresses import Address, parse_address, parse_route
from conformance.sip_messages.breach import Malformed
from conformance.sip_messages.grammar import split_list
from conformance.sip_messages.uris import Uri, parse_uri
from conformance.sip_messages.values import CSeq, Via, parse_cseq, parse_media_type, parse_via

T = TypeVar("T")

COMPACT: Final[Mapping[str, str]] = {
    "a": "accept-contact",
    "b": "referred-by",
    "c": "content-type",
    "d": "request-disposition",
    "e": "content-encoding",
    "f": "from",
    "i": "call-id",
    "j": "reject-contact",
    "k": "supported",
    "l": "content-length",
    "m": "contact",
    "o": "event",
    "r": "refer-to",
    "s": "subject",
    "t": "to",
    "u": "allow-events",
    "v": "via",
    "x": "session-expires",
}
"""The long name of each compact form (section 7.3.3, and the registry that it founded)."""
STAR: Final = "*"


@dataclasses.dataclass(frozen=True)
class Field:
    """One header field: one line, or several that were folded."""

    name: str
    """In lower case, and always the long form."""
    written: str
    """As it stood in the message."""
    value: str
    """On one line, without the white space around it."""


@dataclasses.dataclass(frozen=True)
class Message:
    """What requests and responses have in common. What cannot be read is None, or left out of a list."""

    fields: tuple[Field, ...]
    body: bytes

    def rows(self, name: str) -> list[str]:
        """Return the values of the header fields of that name, one for each."""
        return [field.value for field in self.fields if field.name == name]

    def row(self, name: str) -> str | None:
        """Return the value of the first header field of that name."""
        return next(iter(self.rows(name)), None)

    def listed(self, name: str) -> list[str]:
        """Return the values of a header field that is a list, from all its rows."""
        return [value for row in self.rows(name) for value in split_list(row)]

    @functools.cached_property
    def vias(self) -> Sequence[Via]:
        """The hops, the nearest one first."""
        return _readable(parse_via, self.listed("via"))

    @functools.cached_property
    def cseq(self) -> CSeq | None:
        """Sequence number and method."""
        return _first(parse_cseq, self.rows("cseq"))

    @functools.cached_property
    def caller(self) -> Address | None:
        """The From."""
        return _first(parse_address, self.rows("from"))

    @functools.cached_property
    def callee(self) -> Address | None:
        """The To."""
        return _first(parse_address, self.rows("to"))

    @functools.cached_property
    def contacts(self) -> Sequence[Address]:
        """The Contacts; an asterisk is none."""
        return _readable(parse_address, [one for one in self.listed("contact") if one != STAR])

    @functools.cached_property
    def routes(self) -> Sequence[Address]:
        """The Route, the next hop first."""
        return _readable(parse_route, self.listed("route"))

    @functools.cached_property
    def record_routes(self) -> Sequence[Address]:
        """The Record-Route, the last proxy that a request passed first."""
        return _readable(parse_route, self.listed("record-route"))

    @functools.cached_property
    def media_type(self) -> str | None:
        """The type of the body, such as `application/sdp`."""
        return _first(parse_media_type, self.rows("content-type"))

    @property
    def call_id(self) -> str | None:
        """The Call-ID."""
        return self.row("call-id")

    @property
    def branch(self) -> str | None:
        """The branch of the nearest hop."""
        return self.vias[0].branch if self.vias else None

    @property
    def from_tag(self) -> str | None:
        """The tag of the From."""
        return self.caller.tag if self.caller else None

    @property
    def to_tag(self) -> str | None:
        """The tag of the To."""
        return self.callee.tag if self.callee else None


@dataclasses.dataclass(frozen=True)
class Request(Message):
    """A request."""

    method: str
    target: str
    """The Request-URI as it stood there."""

    @functools.cached_property
    def uri(self) -> Uri | None:
        """The Request-URI."""
        return _first(parse_uri, [self.target])

    def __str__(self) -> str:
        return self.method


@dataclasses.dataclass(frozen=True)
class Response(Message):
    """A response."""

    status: int
    reason: str

    @property
    def is_final(self) -> bool:
        """Tell whether it ends its transaction."""
        return self.status >= 200  # noqa: PLR2004 -- the classes of section 7.2

    @property
    def is_success(self) -> bool:
        """Tell whether it is a 2xx."""
        return self.status // 100 == 2  # noqa: PLR2004 -- the classes of section 7.2

    @property
    def method(self) -> str | None:
        """The method that it answers, as its CSeq tells."""
        return self.cseq.method if self.cseq else None

    def __str__(self) -> str:
        return f"{self.status} to {self.method or 'an unknown request'}"


def _readable(parse: Callable[[str], T], texts: Sequence[str]) -> list[T]:
    found = []
    for text in texts:
        try:
            found.append(parse(text))
        except Malformed:  # whoever checks the syntax reports it
            continue
    return found


def _first(parse: Callable[[str], T], texts: Sequence[str]) -> T | None:
    return next(iter(_readable(parse, texts[:1])), None)
