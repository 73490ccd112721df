"""The phone's lines: what became of calls, speech, trunks and registrations, and the datagrams behind it."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conformance.probes.vantage.output import Output
    from topologies.voice.call import Address, Call
    from topologies.voice.stream import Report

CALL_BACK = "X-Jtel-Call-Back"
END_AFTER = "X-Jtel-End-After"
"""Headers for the telephony stand-in: whom to call back, and after how many ms to end the call."""
HEARD = "x-jtel-heard"
SERVER = "x-jtel-server"
PARTNER = "x-jtel-for"
"""Headers of the telephony stand-in: what it has heard of us, its name, on whose behalf it calls back."""


class Lines:
    """Writes lines for one probe. Use it from the loop's thread."""

    def __init__(self, output: Output, probe: str, vantage: str) -> None:
        self._output = output
        self.probe = probe
        self.vantage = vantage

    def write(self, kind: str, at_ns: int | None = None, **fields: Any) -> None:  # noqa: ANN401 -- JSON
        """Write one line of the probe's own."""
        stamp = time.monotonic_ns() if at_ns is None else at_ns
        self._output.line(json.dumps({"t": kind, "at_ns": stamp, "probe": self.probe, **fields}))

    def observed(self, what: str, node: str, value: dict[str, Any]) -> None:
        """Write down a fact."""
        line = {"t": "observed", "at_ns": time.monotonic_ns(), "what": what, "node": node, "value": value}
        self._output.line(json.dumps(line))

    def datagram(self, direction: str, peer: Address, data: bytes) -> None:
        """Write down one datagram as it was."""
        self.write("datagram", peer=f"{peer[0]}:{peer[1]}", direction=direction, text=data.decode("latin-1"))


def server_of(call: Call) -> str | None:
    """Return who answered (or called): by its own word, else by its contact address."""
    return call.headers.get(SERVER) or call.contact


def stamps(call: Call) -> dict[str, int]:
    """Return when a call rang, was answered, and ended, as far as it did."""
    found = {
        "ringing_ns": call.ringing_ns,
        "answered_ns": call.answered_ns,
        "ended_ns": call.ended_ns,
    }
    return {name: stamp for name, stamp in found.items() if stamp is not None}


def speech(report: Report, spoken_to: str | None, farewell: dict[str, str]) -> dict[str, Any]:
    """Return the figures of a call's speech.

    `heard` is what the other side says that it has heard of us, and by how many ms it spoke late, where it
    says so in its BYE, or in its answer to ours.
    """
    received = report.received
    return {
        "sent": report.sent,
        "to": spoken_to,
        "received": received.received,
        "lost": received.lost,
        "late": received.late,
        "duplicate": received.duplicate,
        "strange": received.strange,
        "jitter_ms": received.jitter_ms,
        "longest_gap_ms": received.longest_gap_ms,
        "from": list(received.sources),
        "heard": heard(farewell.get(HEARD)),
    }


def heard(told: str | None) -> dict[str, int] | None:
    """Read `received=124;lost=0`; None where nothing of that kind was told."""
    fields = [field.partition("=") for field in (told or "").split(";")]
    counts = {name.strip(): int(count) for name, _, count in fields if count.strip().isdigit()}
    return counts or None
