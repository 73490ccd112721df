"""What a probe asks in each slot, and how it judges the answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from conformance.probes.vantage.answers import Answer

BAD = 400
"""The first bad http status."""
AMBIGUOUS = (502, 504)
"""A gateway that lost the server says nothing about what the server did."""


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
    """What a probe asks. Subclasses say what goes out in a slot; the base judges by http status."""

    def request(self, slot: int) -> Request | None:
        """Return what to send in *slot*; None leaves the slot empty."""
        raise NotImplementedError

    def answered(self, request: Request, answer: Answer) -> Judged:
        """Judge a whole answer: any status below 400 is good."""
        if answer.status < BAD:
            return Judged("ok", None, answer.server(), {})
        doubtful = request.writes and answer.status in AMBIGUOUS
        return Judged("unknown" if doubtful else "failed", f"http {answer.status}", answer.server(), {})

    def unanswered(self, request: Request) -> None:
        """Take note that no answer came."""


def http_request(  # noqa: PLR0913 -- the parts of a request
    method: str,
    path: str,
    host: str,
    *,
    cookies: dict[str, str] | None = None,
    body: str = "",
    keep: bool = False,
) -> bytes:
    """Return the bytes of a request; bodies are JSON."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", "User-Agent: jtel-conformance", "Accept: */*"]
    if not keep:
        lines.append("Connection: close")
    if cookies:
        lines.append("Cookie: " + "; ".join(f"{name}={value}" for name, value in cookies.items()))
    data = body.encode()
    if data or method == "POST":
        lines += ["Content-Type: application/json", f"Content-Length: {len(data)}"]
    return "\r\n".join([*lines, "", ""]).encode() + data


class SameRequest(Plan):
    """The same request in every slot."""

    def __init__(self, settings: dict[str, Any]) -> None:
        method = settings["method"]
        payload = http_request(
            method, settings["path"], settings["host"], body=settings["body"], keep=settings["keep_alive"]
        )
        self._request = Request(payload, writes=method not in ("GET", "HEAD"), about={})

    def request(self, slot: int) -> Request:  # noqa: ARG002 -- the same in every slot
        """Return the request."""
        return self._request
