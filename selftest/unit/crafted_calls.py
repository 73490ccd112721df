"""Calls made up for tests: what a phone would have recorded that places calls open-loop."""

from collections.abc import Sequence
from typing import Any

from conformance.history import Line
from selftest.unit.crafted import at

RING_MS = 60.0
HELD_MS = 2000.0
PACKET_MS = 20.0
ADDRESSES = {"tel1": "198.18.3.81", "tel2": "198.18.3.82"}


def rtp(
    held_ms: float = HELD_MS,
    *,
    server: str | None = "tel1",
    sources: Sequence[str] | None = None,
    heard: int | None = None,
    **changed: float,
) -> dict[str, Any]:
    """Return the figures of a call whose media was as it should be, but for what is *changed*."""
    packets = round(held_ms / PACKET_MS)
    whole = {"sent": packets, "received": packets, "lost": 0, "jitter_ms": 0.4, "longest_gap_ms": 21.0}
    usual = [ADDRESSES.get(server or "", "198.18.3.99")]
    told = None if heard is None else {"received": heard, "lost": 0}
    return {**whole, "from": usual if sources is None else list(sources), "heard": told, **changed}


def call(  # noqa: PLR0913 -- the fields of two lines
    number: int,
    start_ms: float,
    *,
    probe: str = "calls",
    server: str | None = "tel1",
    ring_ms: float | None = RING_MS,
    held_ms: float | None = HELD_MS,
    outcome: str = "ok",
    error: str | None = None,
    media: dict[str, Any] | None = None,
    back_to: str | None = None,
    target: str = "pbx1",
) -> list[Line]:
    """Return the lines of one call. *ring_ms* None: never answered; *held_ms* None: its end is not recorded.

    A call that was not answered ends *held_ms* after its beginning.
    """
    asked = {} if back_to is None else {"back_to": back_to}
    begun: Line = {
        "t": "invoke",
        "at_ns": at(start_ms),
        "probe": probe,
        "op": number,
        "intended_ns": at(start_ms),
        "what": "call",
        "call": call_id(probe, number),
        "to": "100",
        "target": target,
        **asked,
    }
    if held_ms is None:
        return [begun]
    ended: dict[str, Any] = {"t": outcome, "probe": probe, "op": number, "server": server}
    if ring_ms is not None:
        ended["answered_ns"] = at(start_ms + ring_ms)
        ended["rtp"] = rtp(held_ms, server=server) if media is None else media
        if outcome != "unknown":
            ended["ended_ns"] = at(start_ms + ring_ms + held_ms)
    if error is not None:
        ended["error"] = error
    return [begun, {**ended, "at_ns": at(start_ms + (ring_ms or 0.0) + held_ms + 1.0)}]


def call_id(probe: str, number: int) -> str:
    """Return the Call-ID of a call."""
    return f"{probe}-{number}"


def calls(  # noqa: PLR0913 -- what describes a phone
    until_ms: float,
    *,
    probe: str = "calls",
    servers: Sequence[str | None] = ("tel1", "tel2"),
    every_ms: float = 25.0,
    from_ms: float = 0.0,
    held_ms: float = HELD_MS,
    first: int = 0,
    target: str = "pbx1",
) -> list[Line]:
    """Return calls that *servers* answer in turn."""
    count = int((until_ms - from_ms) / every_ms)
    return [
        line
        for number in range(count)
        for line in call(
            first + number,
            from_ms + number * every_ms,
            probe=probe,
            server=servers[number % len(servers)],
            held_ms=held_ms,
            target=target,
        )
    ]


def came_in(  # noqa: PLR0913 -- the fields of a line
    number: int,
    at_ms: float,
    *,
    via: str | None = "pbx1",
    from_server: str | None = "tel1",
    partner: str | None = None,
    media: dict[str, Any] | None = None,
    error: str | None = None,
) -> Line:
    """Return the line of a call that came in; with figures of its media, or an error, it is over."""
    told: dict[str, Any] = {"t": "trunk", "at_ns": at(at_ms), "call": f"back-{number}"}
    if media is not None:
        told["rtp"] = media
    if media is not None or error is not None:
        told["outcome"] = "ok" if error is None else "failed"
    if error is not None:
        told["error"] = error
    return {**told, "via": via, "from_server": from_server, "for": partner}


def seen(what: str, at_ms: float, node: str, value: object) -> Line:
    """Return a fact that was looked up."""
    return {"t": "observed", "at_ns": at(at_ms), "what": what, "node": node, "value": value}


def registered(  # noqa: PLR0913 -- the fields of a line
    at_ms: float,
    registrar: str = "pbx1",
    user: str = "tel1",
    *,
    expires_s: float = 20.0,
    contact: str = "sip:tel1@198.18.3.81",
    there: bool = True,
) -> Line:
    """Return a look at a registration."""
    value = {"user": user, "contact": contact, "expires_s": expires_s, "registered": there}
    return seen("registration", at_ms, registrar, value)


def registering(  # noqa: PLR0913 -- the fields of two lines
    number: int,
    at_ms: float,
    *,
    probe: str = "registers",
    target: str = "pbx1",
    status: int | None = 200,
    took_ms: float = 2.0,
) -> list[Line]:
    """Return the lines of an attempt to register; *status* None: nobody answered."""
    about = {"probe": probe, "op": number}
    asked = {"what": "register", "target": target}
    begun: Line = {"t": "invoke", "at_ns": at(at_ms), "intended_ns": at(at_ms), **asked, **about}
    ended: dict[str, Any] = {"t": "ok" if status == 200 else "failed", "at_ns": at(at_ms + took_ms), **about}
    ended["status"] = status
    if status != 200:
        ended["error"] = "no answer" if status is None else f"sip {status}"
    return [begun, ended]
