"""What a probe asks in each slot, and how it judges the answers."""

from __future__ import annotations

from typing import Any, NamedTuple


class Request(NamedTuple):
    """What one operation sends."""

    payload: bytes
    writes: bool
    """Whether a lost answer leaves it unknown if it took effect."""
    about: dict[str, Any]
    """Fields for the operation's `invoke` line."""
    tag: Any = None
    """The plan's own; comes back with the answer."""


class Judged(NamedTuple):
    """What an answer means."""

    outcome: str
    error: str | None
    server: str | None
    found: dict[str, Any]
    """Further fields for the line that ends the operation."""


class Plan:
    """What a probe asks."""

    def request(self, slot: int) -> Request | None:
        """Return what to send in *slot*; None leaves the slot empty."""
        raise NotImplementedError

    def answered(self, request: Request, answer: Any) -> Judged:  # noqa: ANN401 -- the protocol's own
        """Judge a whole answer."""
        raise NotImplementedError

    def unanswered(self, request: Request) -> None:
        """Take note that no answer came."""


def lost(request: Request) -> str:
    """Return the outcome of a request that was sent, wholly or in part, and whose fate is not known."""
    return "unknown" if request.writes else "failed"
