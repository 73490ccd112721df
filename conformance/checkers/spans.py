"""Spans of time in which something was so, cut and compared; all stamps are nanoseconds."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Span(NamedTuple):
    """From a stamp, included, to a stamp, excluded."""

    from_ns: int
    to_ns: int


def without(spans: Iterable[Span], holes: Iterable[Span]) -> list[Span]:
    """Return what is left of *spans* outside *holes*."""
    left = list(spans)
    for hole in holes:
        left = [
            piece
            for span in left
            for piece in (
                Span(span.from_ns, min(span.to_ns, hole.from_ns)),
                Span(max(span.from_ns, hole.to_ns), span.to_ns),
            )
            if piece.to_ns > piece.from_ns
        ]
    return left


def common(one: Sequence[Span], other: Sequence[Span]) -> list[Span]:
    """Return when both were so."""
    both = (Span(max(a.from_ns, b.from_ns), min(a.to_ns, b.to_ns)) for a in one for b in other)
    return sorted(span for span in both if span.to_ns > span.from_ns)


def holds_at(spans: Iterable[Span], at_ns: int) -> bool:
    """Tell whether it was so at a stamp."""
    return any(span.from_ns <= at_ns < span.to_ns for span in spans)
