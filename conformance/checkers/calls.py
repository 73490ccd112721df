"""Calls from their beginning to their end, as the phone recorded them; a call's set-up alone is an operation.

Reads the lines of a probe with the scheme `sip` (`conformance.history`).
"""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self

from conformance.checkers.facts import moment, observed
from conformance.history import History, Line, Outcome


@dataclasses.dataclass(frozen=True)
class Media:
    """What the phone sent and received of a call, in RTP packets."""

    sent: int
    received: int
    lost: int
    longest_gap_ms: float
    sources: tuple[str, ...]
    """The addresses from which packets came."""
    heard: int | None
    """How many packets the other side says it has received; None: it does not say."""
    spoke_late_ms: float = 0.0
    """By how much its latest packet was late, as far as it says so: it did not run meanwhile."""

    @classmethod
    def of(cls, told: Mapping[str, Any] | None) -> Self | None:
        """Return what the field `rtp` of a line tells; None: it tells nothing."""
        if not told:
            return None
        return cls(
            sent=int(told["sent"]),
            received=int(told["received"]),
            lost=int(told["lost"]),
            longest_gap_ms=float(told["longest_gap_ms"]),
            sources=tuple(told["from"]),
            heard=(told.get("heard") or {}).get("received"),
            spoke_late_ms=float((told.get("heard") or {}).get("late_ms", 0)),
        )


@dataclasses.dataclass(frozen=True)
class Call:
    """One call that the phone placed. All stamps are CLOCK_MONOTONIC nanoseconds."""

    probe: str
    call_id: str
    target: str | None
    """The alias of the PBX or proxy at which it was placed."""
    back_to: str | None
    """Who was to be called back."""
    invoked_ns: int
    outcome: Outcome
    error: str | None
    server: str | None
    """Who answered, as far as that is known."""
    answered_ns: int | None
    over_ns: int | None
    """When it ended (a BYE was sent, or came), or was given up; None: nobody knows."""
    told_ns: int | None
    """When its fate was written down; None: it never was."""
    ended_by: str | None
    """`us`, the phone, or `them`."""
    bye_status: int | None
    """The final answer to the phone's BYE where it was none of success; None: it was, or there was none."""
    cut_short: bool
    """Whether the probe ended before its time, and the call with it."""
    media: Media | None

    @classmethod
    def of(cls, invoke: Line, end: Line | None) -> Self:
        """Return the call that a pair of lines tells of."""
        told: Line = end or {}
        ended_ns = told.get("ended_ns")
        return cls(
            probe=invoke["probe"],
            call_id=invoke["call"],
            target=invoke.get("target"),
            back_to=invoke.get("back_to"),
            invoked_ns=invoke["at_ns"],
            outcome=Outcome(told["t"]) if told else Outcome.UNKNOWN,
            error=told.get("error") if told else "never ended",
            server=told.get("server"),
            answered_ns=told.get("answered_ns"),
            over_ns=told.get("at_ns") if ended_ns is None else ended_ns,
            told_ns=told.get("at_ns"),
            ended_by=told.get("ended_by"),
            bye_status=told.get("bye_status"),
            cut_short=bool(told.get("cut_short")),
            media=Media.of(told.get("rtp")),
        )

    def is_in_progress_at(self, at_ns: int) -> bool:
        """Tell whether both sides were connected at a stamp."""
        if self.answered_ns is None or self.answered_ns >= at_ns:
            return False
        return self.over_ns is None or self.over_ns > at_ns

    def told(self, history: History) -> str:
        """Return the call for people: `the call of phone at t=1.200 s`, with who answered."""
        whose = f" answered by {self.server}" if self.server else ""
        return f"the call of {self.probe} at {moment(history, self.invoked_ns)}{whose}"


@dataclasses.dataclass(frozen=True)
class CallBack:
    """One call that came in at the phone."""

    call_id: str
    at_ns: int
    from_server: str | None
    via: str | None
    """The PBX that handed it over."""
    partner: str | None
    """The Call-ID of the call that asked for it."""
    outcome: Outcome | None
    """How it ended; None: it is not known that it has."""
    error: str | None
    cut_short: bool
    media: Media | None


def calls(history: History, probes: Iterable[str]) -> list[Call]:
    """Return the calls that *probes* placed, by probe and time."""
    return [
        Call.of(invoke, end) for probe in probes for invoke, end in history.begun(probe) if "call" in invoke
    ]


def call_backs(history: History) -> list[CallBack]:
    """Return the calls that came in, by time. Several lines about the same one complete each other."""
    whole: dict[str, dict[str, Any]] = {}
    for line in history.of_kind("trunk"):
        known = whole.setdefault(line["call"], {"at_ns": line["at_ns"]})
        known.update((key, value) for key, value in line.items() if key != "at_ns" and value is not None)
    return [
        CallBack(
            call_id=call_id,
            at_ns=told["at_ns"],
            from_server=told.get("from_server"),
            via=told.get("via"),
            partner=told.get("for"),
            outcome=Outcome(told["outcome"]) if "outcome" in told else None,
            error=told.get("error"),
            cut_short=bool(told.get("cut_short")),
            media=Media.of(told.get("rtp")),
        )
        for call_id, told in whole.items()
    ]


def silences(history: History, call_id: str) -> Sequence[int]:
    """Return when the media of a call went silent."""
    return [
        line.get("since_ns", line["at_ns"])
        for line in history.of_kind("media")
        if line["call"] == call_id and line["state"] == "silent"
    ]


def packets_at(history: History, what: str, field: str = "packets") -> Mapping[str, int]:
    """Return the most packets that were counted at each node, by its `observed` lines about *what*."""
    most: dict[str, int] = {}
    for line in observed(history, what):
        most[line["node"]] = max(most.get(line["node"], 0), int(line["value"].get(field, 0)))
    return most
