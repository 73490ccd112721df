"""Requests by http, and what the status of an answer means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.probes.vantage.plan import Judged, Plan, Request, lost

if TYPE_CHECKING:
    from conformance.probes.vantage.http_answers import Answer

BAD = 400
"""The first bad http status."""
AMBIGUOUS = (502, 504)
"""A gateway that lost the server says nothing about what the server did."""


class HttpPlan(Plan):
    """Judges by http status; subclasses say what goes out in a slot."""

    def answered(self, request: Request, answer: Answer) -> Judged:
        """Judge a whole answer: any status below 400 is good."""
        if answer.status < BAD:
            return Judged("ok", None, answer.server(), {})
        outcome = lost(request) if answer.status in AMBIGUOUS else "failed"
        return Judged(outcome, f"http {answer.status}", answer.server(), {})


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


class SameRequest(HttpPlan):
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
