"""The words of a kamailio.cfg as its preprocessor leaves them: comments, definitions, conditions, includes.

`#!define` replaces whole words outside of strings; `#!subst` changes strings; `#!substdef` does both.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from topologies.errors import UsageError

_TOKEN = re.compile(
    r"""
      (?P<directive>(?:\#!|!!)[a-zA-Z](?:[^\\\n]|\\[\s\S])*)
    | (?P<comment>(?:\#|//)[^\n]*|/\*[\s\S]*?\*/)
    | (?P<string>"(?:[^"\\]|\\[\s\S])*"|'[^']*')
    | (?P<variable>\$[a-zA-Z_]*\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))
    | (?P<word>[A-Za-z0-9_.:$-]+)
    | (?P<mark>[^\s"'])
    | (?P<open>["'])
    """,
    re.VERBOSE,
)
_INCLUDES = frozenset({"include_file", "import_file"})
_DEFINES = frozenset({"define", "def", "trydefine", "trydef", "redefine", "redef"})
_ONLY_IF_NEW = frozenset({"trydefine", "trydef"})
_EVALUATED = frozenset(
    {"ifexp", "defexp", "defexps", "defenv", "defenvs", "trydefenv", "trydefenvs", "substdefs"}
)
_SUBST_PARTS = 3  # pattern, replacement, flags


class Token(NamedTuple):
    """A word, a string without its quotes, or a mark such as a brace."""

    line: int
    kind: Literal["word", "string", "mark"]
    text: str

    def is_mark(self, text: str) -> bool:
        """Tell whether it is the mark *text*; a string of the same letters is not."""
        return self.kind == "mark" and self.text == text


def tokens(
    text: str, *, defined: Mapping[str, str] | None = None, files: Mapping[str, str] | None = None
) -> tuple[Token, ...]:
    """Return what is left of a kamailio.cfg.

    defined: what is defined on the command line (`-A NAME=VALUE`); files: the texts of included files by the
    name that the configuration gives them.

    Raises:
        UsageError: the text cannot be read, or depends on what only the machine knows; the message names
            the line.
    """
    preprocessor = _Preprocessor(dict(defined or {}), files or {})
    found = tuple(preprocessor.run(text))
    if preprocessor.conditions:
        raise UsageError(
            f"kamailio.cfg line {preprocessor.conditions[-1].line}: this condition has no #!endif"
        )
    return found


class _Condition(NamedTuple):
    line: int
    holds: bool


class _Preprocessor:
    def __init__(self, defined: dict[str, str], files: Mapping[str, str]) -> None:
        self.conditions: list[_Condition] = []
        self._defined = defined
        self._files = files
        self._changes: list[tuple[re.Pattern[str], str, int]] = []

    def run(self, text: str) -> Iterator[Token]:
        """Return the tokens of *text* that no condition leaves out."""
        including = None
        for match in _TOKEN.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            if match["directive"]:
                yield from self._directive(match["directive"][2:], line)
            elif match["comment"] or not all(condition.holds for condition in self.conditions):
                continue
            elif match["open"]:
                raise UsageError(f"kamailio.cfg line {line}: the quote {match['open']} is not closed")
            elif match["string"] and including:
                yield from self._included(including, match["string"][1:-1], line)
                including = None
            elif match["word"] in _INCLUDES:
                including = match["word"]
            elif match["string"]:
                yield Token(line, "string", self._changed(_unquoted(match["string"])))
            elif match["word"] or match["variable"]:
                yield from self._word(match[0], line)
            else:
                yield Token(line, "mark", match["mark"])

    def _word(self, word: str, line: int) -> Iterator[Token]:
        if word not in self._defined:
            yield Token(line, "word", word)
            return
        value = self._defined.pop(word)  # while it is being replaced it does not stand for itself
        for token in self.run(value):
            yield token._replace(line=line)
        self._defined[word] = value

    def _directive(self, written: str, line: int) -> Iterator[Token]:
        written = re.sub(r"\\\r?\n", " ", written).strip()
        keyword, _, rest = written.partition(" ")
        rest = rest.strip()
        if keyword in {"ifdef", "ifndef"}:
            self.conditions.append(_Condition(line, (rest in self._defined) is (keyword == "ifdef")))
        elif keyword in {"else", "endif"}:
            self._end_condition(keyword, line)
        elif not all(condition.holds for condition in self.conditions):
            if keyword == "ifexp":
                self.conditions.append(_Condition(line, holds=False))
        elif keyword in _EVALUATED:
            raise UsageError(
                f"kamailio.cfg line {line}: #!{keyword} makes the configuration depend on the machine, so no "
                "norm can be computed from it; use #!define and #!ifdef"
            )
        elif keyword in _DEFINES:
            name, _, value = rest.partition(" ")
            if keyword not in _ONLY_IF_NEW or name not in self._defined:
                self._defined[name] = value.split("#")[0].strip() if '"' not in value else value.strip()
        elif keyword in {"subst", "substdef"}:
            self._change(keyword, rest.strip("\"'"), line)
        elif keyword in _INCLUDES:
            yield from self._included(keyword, rest.strip("\"'"), line)

    def _end_condition(self, keyword: str, line: int) -> None:
        if not self.conditions:
            raise UsageError(f"kamailio.cfg line {line}: #!{keyword} without a condition before it")
        condition = self.conditions.pop()
        if keyword == "else":
            self.conditions.append(_Condition(condition.line, not condition.holds))

    def _change(self, keyword: str, written: str, line: int) -> None:
        """Take up `/pattern/replacement/flags`; any mark may separate them."""
        parts = written[1:].split(written[:1]) if written else []
        if len(parts) != _SUBST_PARTS:
            raise UsageError(
                f"kamailio.cfg line {line}: #!{keyword} {written!r} is not of the form "
                "/pattern/replacement/flags"
            )
        pattern, replacement, flags = parts
        if keyword == "substdef":
            self._defined[pattern] = replacement
        literal = replacement.replace("\\", r"\\")
        self._changes.append((re.compile(pattern), literal, 0 if "g" in flags else 1))

    def _changed(self, text: str) -> str:
        for pattern, replacement, count in self._changes:
            text = pattern.sub(replacement, text, count=count)
        return text

    def _included(self, keyword: str, name: str, line: int) -> Iterator[Token]:
        if name in self._files:
            yield from self.run(self._files[name])
        elif keyword == "include_file":  # a file to import may be absent
            raise UsageError(f"kamailio.cfg line {line}: it includes {name!r}, which was not read")


def _unquoted(written: str) -> str:
    return re.sub(r"\\(.)", r"\1", written[1:-1]) if written[0] == '"' else written[1:-1]
