"""The syntax of haproxy.cfg: lines, words, quotes, sections, and what a section inherits from its defaults.

HAProxy has no line continuation: a backslash at the end of a line belongs to its last word. Variables of the
environment are left as they are written.
"""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence

from topologies.errors import UsageError

SECTIONS = frozenset(
    {
        *("global", "defaults", "frontend", "backend", "listen", "peers", "resolvers", "userlist", "mailers"),
        *("cache", "program", "ring", "http-errors", "log-forward", "fcgi-app", "crt-store", "log-profile"),
        *("traces", "acme"),
    }
)
PROXIES = frozenset({"frontend", "backend", "listen"})
_CONTROL = {"n": "\n", "r": "\r", "t": "\t"}
_HEX_ESCAPE = 4  # \xNN


@dataclasses.dataclass(frozen=True, slots=True)
class Statement:
    """One line of a section."""

    line: int
    words: tuple[str, ...]
    negated: bool
    """Written with `no` or `default` before it."""

    def begins(self, *words: str) -> bool:
        """Tell whether the statement begins with *words*."""
        return self.words[: len(words)] == words


@dataclasses.dataclass(frozen=True, slots=True)
class Section:
    """A section as written."""

    kind: str
    name: str
    line: int
    statements: tuple[Statement, ...]
    inherited: tuple[Statement, ...]
    """What its defaults section says, which its own statements override."""


def split_line(text: str, *, line: int) -> tuple[str, ...]:
    """Return the words of a line; quotes are taken off, comments left out.

    Raises:
        UsageError: a quote is not closed.
    """
    words: list[str] = []
    word: list[str] | None = None
    quote = ""
    at = 0
    while at < len(text):
        char = text[at]
        if not quote and (char.isspace() or char == "#"):
            if word is not None:
                words.append("".join(word))
            word = None
            if char == "#":
                break
        elif char == "\\" and quote != "'" and at + 1 < len(text):
            literal, used = _escape(text[at:], quoted=bool(quote))
            word = [*(word or []), literal]
            at += used - 1
        elif char in {'"', "'"} and quote in {"", char}:
            quote = "" if quote else char
            word = word or []
        else:
            word = [*(word or []), char]
        at += 1
    if quote:
        raise UsageError(
            f"haproxy.cfg line {line}: the quote {quote} is not closed; close it on the same line"
        )
    if word is not None:
        words.append("".join(word))
    return tuple(words)


def _escape(text: str, *, quoted: bool) -> tuple[str, int]:
    """Return what an escape at the start of *text* stands for, and its length."""
    char = text[1]
    if quoted:
        return (char, 2) if char in {'"', "\\", "$"} else ("\\", 1)
    if char in _CONTROL:
        return _CONTROL[char], 2
    if char == "x" and len(text) >= _HEX_ESCAPE:
        try:
            return chr(int(text[2:_HEX_ESCAPE], 16)), _HEX_ESCAPE
        except ValueError:
            return "x", 2
    return char, 2


def _statements(text: str) -> Iterator[Statement]:
    for line, written in enumerate(text.splitlines(), start=1):
        words = split_line(written, line=line)
        if not words:
            continue
        if words[0] in {".if", ".elif"}:
            raise UsageError(
                f"haproxy.cfg line {line}: {words[0]} makes the configuration depend on the machine, "
                "so no norm can be computed from it; give each balancer a configuration of its own"
            )
        if words[0].startswith("."):
            continue
        negated = words[0] in {"no", "default"}
        yield Statement(line, words[1:] if negated else words, negated)


def sections(text: str) -> tuple[Section, ...]:
    """Return the sections of a haproxy.cfg in their order, each with what it inherits.

    Raises:
        UsageError: the text is not a haproxy.cfg; the message names the line.
    """
    found: list[Section] = []
    defaults: dict[str, tuple[Statement, ...]] = {}
    latest: tuple[Statement, ...] = ()
    for head, body in _grouped(text):
        kind = head.words[0]
        name, parent = _named(head)
        inherited: tuple[Statement, ...] = ()
        if parent is not None:
            inherited = _parent(defaults, parent, head)
        elif kind in PROXIES:
            inherited = latest
        section = Section(kind, name, head.line, tuple(body), inherited)
        if kind == "defaults":
            latest = (*inherited, *section.statements)
            defaults[name] = latest
        found.append(section)
    return tuple(found)


def _grouped(text: str) -> Iterator[tuple[Statement, list[Statement]]]:
    head: Statement | None = None
    body: list[Statement] = []
    for statement in _statements(text):
        if statement.words and statement.words[0] in SECTIONS and not statement.negated:
            if head:
                yield head, body
            head, body = statement, []
        elif head is None:
            told = " ".join(statement.words)
            raise UsageError(f"haproxy.cfg line {statement.line}: {told!r} stands before the first section")
        else:
            body.append(statement)
    if head:
        yield head, body


def _named(head: Statement) -> tuple[str, str | None]:
    """Return the name of a section and that of the defaults section after `from`."""
    rest: Sequence[str] = head.words[1:]
    name = rest[0] if rest and rest[0] != "from" else ""
    parent = rest[rest.index("from") + 1] if "from" in rest[:-1] else None
    return name, parent


def _parent(
    defaults: Mapping[str, tuple[Statement, ...]], parent: str, head: Statement
) -> tuple[Statement, ...]:
    if parent not in defaults:
        raise UsageError(
            f"haproxy.cfg line {head.line}: {' '.join(head.words)!r} inherits from defaults {parent!r}, "
            f"but the ones before it are {sorted(defaults)}"
        )
    return defaults[parent]
