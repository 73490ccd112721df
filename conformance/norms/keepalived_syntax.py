"""The syntax of keepalived.conf: statements of words, and blocks in braces; `#` and `!` begin a comment."""

import dataclasses
import re
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from topologies.errors import UsageError

_TOKEN = re.compile(
    r"""(?P<quoted>"[^"]*"|'[^']*')|(?P<brace>[{}])|(?P<comment>[#!].*)|(?P<word>[^\s{}"'#!]+)"""
)


@dataclasses.dataclass(frozen=True, slots=True)
class Statement:
    """A statement; one with braces has statements of its own."""

    line: int
    words: tuple[str, ...]
    inner: tuple["Statement", ...] = ()

    def first(self, keyword: str) -> "Statement | None":
        """Return the last inner statement that begins with *keyword*: a later one overrides."""
        found = [statement for statement in self.inner if statement.words[:1] == (keyword,)]
        return found[-1] if found else None

    def value(self, keyword: str, default: str) -> str:
        """Return the word after *keyword*.

        Raises:
            UsageError: the keyword stands there without one.
        """
        if (statement := self.first(keyword)) is None:
            return default
        if len(statement.words) == 1:
            raise UsageError(f"keepalived.conf line {statement.line}: {keyword} has no value")
        return statement.words[1]

    def number(self, keyword: str, default: float) -> float:
        """Return the number after *keyword*.

        Raises:
            UsageError: it is no number.
        """
        text = self.value(keyword, str(default))
        try:
            return float(text)
        except ValueError as error:
            line = statement.line if (statement := self.first(keyword)) else self.line
            raise UsageError(f"keepalived.conf line {line}: {keyword} {text!r} is not a number") from error

    def has(self, keyword: str) -> bool:
        """Tell whether an inner statement begins with *keyword*."""
        return self.first(keyword) is not None


class _Piece(NamedTuple):
    """A part of a line: words, or a brace."""

    line: int
    brace: str
    words: tuple[str, ...] = ()


def _pieces(text: str) -> Iterator[_Piece]:
    for line, written in enumerate(text.splitlines(), start=1):
        words: list[str] = []
        for match in _TOKEN.finditer(written):
            if match["comment"]:
                break
            if brace := match["brace"]:
                if words:
                    yield _Piece(line, "", tuple(words))
                words = []
                yield _Piece(line, brace)
            else:
                words.append(match[0].strip("\"'") if match["quoted"] else match[0])
        if words:
            yield _Piece(line, "", tuple(words))


def parse_blocks(text: str) -> tuple[Statement, ...]:
    """Return the statements of a keepalived.conf.

    Raises:
        UsageError: the braces do not match; the message names the line.
    """
    pieces = deque(_pieces(text))
    found = _until_closed(pieces)
    if pieces:
        raise UsageError(f"keepalived.conf line {pieces[0].line}: this brace closes nothing; remove it")
    return found


def _until_closed(pieces: deque[_Piece]) -> tuple[Statement, ...]:
    """Take statements off *pieces* until a closing brace, which is left there, or the end."""
    found: list[Statement] = []
    while pieces and pieces[0].brace != "}":
        piece = pieces.popleft()
        if piece.brace:
            raise UsageError(f"keepalived.conf line {piece.line}: a brace opens without a name before it")
        inner: tuple[Statement, ...] = ()
        if pieces and pieces[0].brace == "{":
            opened_at = pieces.popleft().line
            inner = _until_closed(pieces)
            if not pieces:
                raise UsageError(f"keepalived.conf line {opened_at}: the brace that opens here is not closed")
            pieces.popleft()
        found.append(Statement(piece.line, piece.words, inner))
    return tuple(found)
