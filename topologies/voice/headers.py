"""Headers `X-...`: how a telephony server says more than SIP has words for."""

from collections.abc import Mapping
from typing import Any

from sippy.SipGenericHF import SipGenericHF
from sippy.SipHeader import SipHeader


class _Value(SipGenericHF):  # type: ignore[misc]  # sippy has no types
    """A value that remembers how its name is written; sippy would write `X-jtel-server`."""

    def getCanName(self, name: str, compact: bool = False) -> str:  # noqa: ARG002, FBT001, FBT002, N802 -- sippy's
        return "-".join(word.capitalize() for word in name.split("-"))


def sip_headers(headers: Mapping[str, str]) -> list[Any]:
    """Return *headers* as sippy has them."""
    return [SipHeader(name=name, body=_Value(value)) for name, value in headers.items()]


def extension_headers(message: Any) -> dict[str, str]:  # noqa: ANN401 -- sippy's
    """Return the headers `X-...` of a message; names in lower case."""
    return {header.name: str(header.body) for header in message.headers if header.name.startswith("x-")}
