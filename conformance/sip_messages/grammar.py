"""Pieces of the grammar of RFC 3261, section 25.1, as regular expressions and two ways to take text apart."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from conformance.sip_messages.breach import Malformed
from conformance.sip_messages.rules import REPEATED_PARAMETER

WHITE: Final = r"[ \t]*"
"""White space that may be there: a folded line is one space by then."""
TOKEN: Final = r"[A-Za-z0-9\-.!%*_+`'~]+"  # noqa: S105 -- of a grammar
WORD: Final = r"[A-Za-z0-9\-.!%*_+`'~()<>:\\\"/\[\]?{}]+"
QUOTED: Final = r'"(?:[^"\\\x00-\x08\x0a-\x1f\x7f]|\\[\x00-\x09\x0b\x0c\x0e-\x7f])*"'
DIGITS: Final = r"[0-9]+"
LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
TOP_LABEL: Final = r"[A-Za-z](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
IPV4: Final = r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}"
IPV6: Final = r"[0-9A-Fa-f:]*:[0-9A-Fa-f:.]+"
HOST: Final = rf"(?:{IPV4}|(?:{LABEL}\.)*{TOP_LABEL}\.?|\[{IPV6}\])"
LARGEST_PORT: Final = 65535

_TOKEN = re.compile(TOKEN)
_PARAMETER = re.compile(
    rf"{WHITE};{WHITE}(?P<name>{TOKEN})(?:{WHITE}={WHITE}(?P<value>{QUOTED}|\[{IPV6}\]|{IPV6}|{TOKEN}))?"
)
_LIST_PIECES = re.compile(r'"(?:[^"\\]|\\.)*"|<[^>]*>|[^",<]+|.', re.DOTALL)


def is_token(text: str) -> bool:
    """Tell whether *text* is a token."""
    return _TOKEN.fullmatch(text) is not None


def split_list(text: str) -> list[str]:
    """Return the values of a list, which commas part outside of quotes and angle brackets."""
    values = [""]
    for piece in _LIST_PIECES.findall(text):
        if piece == ",":
            values.append("")
        else:
            values[-1] += piece
    return [value.strip(" \t") for value in values]


def parameters(text: str) -> Mapping[str, str | None]:
    """Return the parameters of `;name=value;name`, with names in lower case and values as written.

    Raises:
        Malformed: it is something else, or a name appears twice.
    """
    found: dict[str, str | None] = {}
    for name, value in _pairs(text):
        if name in found:
            raise Malformed(f"the parameter {name} appears twice", REPEATED_PARAMETER)
        found[name] = value
    return found


def _pairs(text: str) -> Iterator[tuple[str, str | None]]:
    at = 0
    rest = text.rstrip(" \t")
    while at < len(rest):
        match = _PARAMETER.match(rest, at)
        if match is None:
            raise Malformed(f"{rest[at:]!r} is no parameter")
        yield match["name"].lower(), match["value"]
        at = match.end()


def unquoted(text: str) -> str:
    """Return what a quoted string says; another text is returned as it is."""
    if not text.startswith('"'):
        return text
    return re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL)


def number(text: str, what: str) -> int:
    """Return *text* as the number that it has to be.

    Raises:
        Malformed: it is something else than digits.
    """
    if re.fullmatch(DIGITS, text) is None:
        raise Malformed(f"{what} {text!r} is no number")
    return int(text)
