"""URIs: read by RFC 3261, section 25.1, and compared by section 19.1.4."""

import dataclasses
import ipaddress
import re
from collections.abc import Mapping
from typing import Final

from conformance.sip_messages.breach import Malformed
from conformance.sip_messages.grammar import HOST, LARGEST_PORT
from conformance.sip_messages.rules import REPEATED_PARAMETER
from conformance.sip_messages.rules import URI as URI_RULE

SIP_SCHEMES: Final = frozenset({"sip", "sips"})
MUST_BE_IN_BOTH: Final = frozenset({"user", "ttl", "method", "maddr"})
"""Of two URIs that are the same, neither has one of these parameters alone."""

_UNRESERVED = r"A-Za-z0-9\-_.!~*'()"
_ESCAPED = r"%[0-9A-Fa-f]{2}"
_USER = rf"(?:[{_UNRESERVED}&=+$,;?/]|{_ESCAPED})+"
_PASSWORD = rf"(?:[{_UNRESERVED}&=+$,]|{_ESCAPED})*"
_PART = rf"(?:[{_UNRESERVED}\[\]/:&+$]|{_ESCAPED})+"
_HEADER = rf"(?:[{_UNRESERVED}\[\]/?:+$]|{_ESCAPED})"
_SIP_URI = re.compile(
    rf"(?P<scheme>[Ss][Ii][Pp][Ss]?):(?:(?P<user>{_USER})(?::(?P<password>{_PASSWORD}))?@)?"
    rf"(?P<host>{HOST})(?::(?P<port>[0-9]+))?(?P<parameters>(?:;{_PART}(?:={_PART})?)*)"
    rf"(?:\?(?P<headers>{_HEADER}+={_HEADER}*(?:&{_HEADER}+={_HEADER}*)*))?"
)
_OTHER_URI = re.compile(rf"(?P<scheme>[A-Za-z][A-Za-z0-9+\-.]*):(?:[{_UNRESERVED};/?:@&=+$,]|{_ESCAPED})+")


@dataclasses.dataclass(frozen=True)
class Uri:
    """A URI; of one that is neither sip nor sips only the scheme and the text are known."""

    text: str
    scheme: str
    user: str | None = None
    password: str | None = None
    host: str = ""
    port: int | None = None
    parameters: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """By name in lower case; one without a value has an empty one."""
    headers: str | None = None

    @property
    def is_sip(self) -> bool:
        """Tell whether it is a SIP or SIPS URI."""
        return self.scheme in SIP_SCHEMES

    @property
    def parts(self) -> tuple[object, ...]:
        """All that it says, whatever the order of its parameters; its text, where it is no SIP URI."""
        if not self.is_sip:
            return (self.text,)
        parameters = frozenset(self.parameters.items())
        return self.scheme, self.user, self.password, self.host, self.port, parameters, self.headers

    def same_as(self, other: "Uri") -> bool:
        """Tell whether both URIs are equivalent (section 19.1.4)."""
        if not (self.is_sip and other.is_sip):
            return self.text == other.text
        return (
            (self.scheme, self.user, self.password, self.host, self.port, self.headers)
            == (other.scheme, other.user, other.password, other.host, other.port, other.headers)
            and all(
                self.parameters[name].lower() == other.parameters[name].lower()
                for name in self.parameters.keys() & other.parameters.keys()
            )
            and not MUST_BE_IN_BOTH & (self.parameters.keys() ^ other.parameters.keys())
        )


def parse_uri(text: str) -> Uri:
    """Return a URI.

    Raises:
        Malformed: it has not the form of a URI of its scheme.
    """
    if text.partition(":")[0].lower() not in SIP_SCHEMES:
        other = _OTHER_URI.fullmatch(text)
        if other is None:
            raise Malformed(f"{text!r} is no URI", URI_RULE)
        return Uri(text, other["scheme"].lower())
    match = _SIP_URI.fullmatch(text)
    if match is None:
        raise Malformed(f"{text!r} is no SIP URI", URI_RULE)
    port = None if match["port"] is None else checked_port(match["port"])
    return Uri(
        text=text,
        scheme=match["scheme"].lower(),
        user=match["user"],
        password=match["password"],
        host=checked_host(match["host"]),
        port=port,
        parameters=_parameters(match["parameters"]),
        headers=match["headers"],
    )


def checked_host(text: str) -> str:
    """Return a host in lower case.

    Raises:
        Malformed: it looks like an address and is none.
    """
    bare = text.strip("[]")
    if text.startswith("[") or re.fullmatch(r"[0-9.]+", text):
        try:
            ipaddress.ip_address(bare)
        except ValueError as error:
            raise Malformed(f"{text!r} is no address", URI_RULE) from error
    return text.lower()


def checked_port(text: str) -> int:
    """Return a port.

    Raises:
        Malformed: there is no such port.
    """
    if not 0 < int(text) <= LARGEST_PORT:
        raise Malformed(f"there is no port {text}", URI_RULE)
    return int(text)


def _parameters(text: str) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for parameter in text.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.lower() in found:
            raise Malformed(f"the parameter {name} appears twice in {text!r}", REPEATED_PARAMETER)
        found[name.lower()] = value
    return found
