"""The syntax of kamailio.cfg: modules, their parameters, settings of the core, routes and what they call."""

import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence

from conformance.norms.kamailio_tokens import Token, tokens
from topologies.errors import UsageError

_ROUTES = frozenset(
    {
        *("route", "request_route", "failure_route", "branch_route", "onreply_route", "reply_route"),
        *("onsend_route", "event_route"),
    }
)
_CLOSING = {"{": "}", "(": ")", "[": "]"}


@dataclasses.dataclass(frozen=True, slots=True)
class Parameter:
    """A `modparam` line."""

    line: int
    modules: str
    """A regular expression: the parameter is that of every module whose whole name fits."""
    name: str
    value: str

    def is_of(self, module: str, name: str) -> bool:
        """Tell whether it sets parameter *name* of *module*."""
        return self.name == name and bool(re.fullmatch(self.modules, module, re.IGNORECASE))


@dataclasses.dataclass(frozen=True, slots=True)
class Call:
    """A function that a route calls, or a condition that it tests."""

    line: int
    name: str
    arguments: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Route:
    """A block of the routing script."""

    kind: str
    name: str
    line: int
    calls: tuple[Call, ...]

    def calling(self, *names: str) -> tuple[Call, ...]:
        """Return its calls of the functions *names*, in the order in which they are written."""
        return tuple(call for call in self.calls if call.name in names)


@dataclasses.dataclass(frozen=True, slots=True)
class Script:
    """A kamailio.cfg as written."""

    modules: frozenset[str]
    parameters: tuple[Parameter, ...]
    settings: Mapping[str, str]
    """`name=value` of the core."""
    routes: tuple[Route, ...]


def parse_script(
    text: str, *, defined: Mapping[str, str] | None = None, files: Mapping[str, str] | None = None
) -> Script:
    """Read a kamailio.cfg; the arguments are those of `conformance.norms.kamailio_tokens.tokens`.

    Raises:
        UsageError: it cannot be read; the message names the line.
    """
    left = tokens(text, defined=defined, files=files)
    modules: set[str] = set()
    parameters: list[Parameter] = []
    settings: dict[str, str] = {}
    routes: list[Route] = []
    at = 0
    while at < len(left):
        token = left[at]
        if token.kind == "word" and token.text == "loadmodule":
            modules.add(_value(left, at + 1).removesuffix(".so").rpartition("/")[2])
            at += 2
        elif token.kind == "word" and token.text in {"modparam", "modparamx"}:
            end = _end_of(left, at + 1)
            parameters.append(_parameter(token, left[at + 2 : end]))
            at = end + 1
        elif token.kind == "word" and token.text in _ROUTES:
            name, opening = _named(left, at)
            end = _end_of(left, opening)
            routes.append(Route(token.text, name, token.line, tuple(_calls(left[opening + 1 : end]))))
            at = end + 1
        elif at + 2 < len(left) and left[at + 1].is_mark("="):
            settings[token.text] = left[at + 2].text
            at += 3
        else:
            at += 1
    return Script(frozenset(modules), tuple(parameters), settings, tuple(routes))


def _value(left: Sequence[Token], at: int) -> str:
    if at >= len(left):
        raise UsageError(f"kamailio.cfg line {left[-1].line}: it ends in the middle of a statement")
    return left[at].text


def _end_of(left: Sequence[Token], at: int) -> int:
    """Return where the bracket that opens at *at* is closed."""
    if at >= len(left) or left[at].kind != "mark" or left[at].text not in _CLOSING:
        line, told = (left[at].line, left[at].text) if at < len(left) else (left[-1].line, "the end")
        raise UsageError(f"kamailio.cfg line {line}: a bracket is missing before {told!r}")
    waiting: list[str] = []
    for place in range(at, len(left)):
        token = left[place]
        if token.kind != "mark":
            continue
        if token.text in _CLOSING:
            waiting.append(_CLOSING[token.text])
        elif waiting and token.text == waiting[-1]:
            waiting.pop()
            if not waiting:
                return place
    raise UsageError(f"kamailio.cfg line {left[at].line}: the {left[at].text} that opens here is not closed")


def _parameter(head: Token, inner: Sequence[Token]) -> Parameter:
    parts = _split(inner)
    if len(parts) != 3:  # noqa: PLR2004 -- module, name, value
        raise UsageError(f"kamailio.cfg line {head.line}: a modparam has a module, a name and a value")
    modules, name, value = parts
    return Parameter(head.line, modules, name, value)


def _split(inner: Sequence[Token]) -> tuple[str, ...]:
    """Return the arguments between brackets, each as one text."""
    parts: list[str] = []
    depth, fresh = 0, True
    for token in inner:
        if token.is_mark(",") and depth == 0:
            fresh = True
            continue
        if token.kind == "mark":
            depth += (token.text in _CLOSING) - (token.text in _CLOSING.values())
        if fresh:
            parts.append("")
        parts[-1] += token.text
        fresh = False
    return tuple(parts)


def _named(left: Sequence[Token], at: int) -> tuple[str, int]:
    """Return the name in brackets after the keyword at *at*, if any, and where the block opens."""
    if at + 1 < len(left) and left[at + 1].is_mark("["):
        end = _end_of(left, at + 1)
        return "".join(token.text for token in left[at + 2 : end]), end + 1
    return "", at + 1


def _calls(body: Sequence[Token]) -> Iterator[Call]:
    for at, token in enumerate(body[:-1]):
        if token.kind == "word" and body[at + 1].is_mark("("):
            end = _end_of(body, at + 1)
            yield Call(token.line, token.text, _split(body[at + 2 : end]))
