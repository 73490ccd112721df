"""Addresses (name-addr and addr-spec) as they stand in From, To, Contact, Route and Record-Route."""

import dataclasses
import re
from collections.abc import Mapping

from conformance.sip_messages.breach import Malformed
from conformance.sip_messages.grammar import QUOTED, TOKEN, WHITE, parameters, unquoted
from conformance.sip_messages.rules import BRACKETS
from conformance.sip_messages.uris import Uri, parse_uri

_DISPLAY = rf"{QUOTED}|(?:{TOKEN}[ \t]+)*{TOKEN}"
_NAME_ADDR = re.compile(
    rf"(?P<display>{_DISPLAY})?{WHITE}<{WHITE}(?P<uri>[^<>]*?){WHITE}>(?P<parameters>.*)", re.DOTALL
)
_ADDR_SPEC = re.compile(r"(?P<uri>[^;<>\"\s]+)(?P<parameters>.*)", re.DOTALL)


@dataclasses.dataclass(frozen=True)
class Address:
    """A display name (empty if there is none), a URI, and the parameters of the header field."""

    display: str
    uri: Uri
    parameters: Mapping[str, str | None]

    @property
    def tag(self) -> str | None:
        """The tag of a From or To."""
        return self.parameters.get("tag")

    def untagged(self) -> tuple[object, ...]:
        """Return what is the same in a request's To and its response's, which adds a tag."""
        rest = {name: value for name, value in self.parameters.items() if name != "tag"}
        return self.display, self.uri.parts, rest


def parse_address(text: str) -> Address:
    """Return a name-addr or an addr-spec, with parameters.

    Raises:
        Malformed: it is neither.
    """
    return _name_addr(text) or _addr_spec(text)


def parse_route(text: str) -> Address:
    """Return the name-addr of a Route or Record-Route.

    Raises:
        Malformed: it is none.
    """
    found = _name_addr(text)
    if found is None:
        raise Malformed(f"{text!r} is no address in < >")
    return found


def _name_addr(text: str) -> Address | None:
    match = _NAME_ADDR.fullmatch(text)
    if match is None:
        return None
    display = unquoted(match["display"] or "")
    return Address(display, parse_uri(match["uri"]), parameters(match["parameters"]))


def _addr_spec(text: str) -> Address:
    match = _ADDR_SPEC.fullmatch(text)
    if match is None:
        raise Malformed(f"{text!r} is no address")
    if "," in match["uri"] or "?" in match["uri"]:
        raise Malformed(f"{match['uri']!r} does not stand in < >", BRACKETS)
    return Address("", parse_uri(match["uri"]), parameters(match["parameters"]))
