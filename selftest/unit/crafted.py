"""Histories made up for tests: what an open-loop probe would have recorded of a service with a known gap."""

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from conformance.history import History, Line

MS = 1_000_000
Mode = Literal["refuse", "discard", "freeze", "503"]


def at(ms: float) -> int:
    """Return a stamp *ms* after an arbitrary beginning."""
    return 1_000_000 * MS + round(ms * MS)


def operation(  # noqa: PLR0913 -- the fields of two lines
    number: int,
    start_ms: float,
    took_ms: float | None,
    outcome: str = "ok",
    *,
    probe: str = "http",
    server: str | None = "web1",
    error: str | None = None,
    **detail: Any,
) -> list[Line]:
    """Return the lines of one operation; *took_ms* None: it never ended."""
    begun: Line = {
        "t": "invoke",
        "at_ns": at(start_ms),
        "probe": probe,
        "op": number,
        "intended_ns": at(start_ms),
        **{key: value for key, value in detail.items() if key in {"session", "user", "what"}},
    }
    if took_ms is None:
        return [begun]
    ended = {"t": outcome, "at_ns": at(start_ms + took_ms), "probe": probe, "op": number, "server": server}
    if error is not None:
        ended["error"] = error
    return [begun, {**ended, **detail}]


def fault(  # noqa: PLR0913 -- the fields of two lines
    name: str = "power loss",
    node: str = "lb1",
    *,
    began_ms: float,
    took_hold: bool = True,
    took_ms: float = 5.0,
    healed_ms: float | None = None,
) -> list[Line]:
    """Return the lines of a fault and, if it was, of its healing."""
    about = {"name": name, "node": node}
    lines: list[Line] = [
        {
            "t": "fault",
            "at_ns": at(began_ms + took_ms),
            **about,
            "began_ns": at(began_ms),
            "ended_ns": at(began_ms + took_ms),
            "took_hold": took_hold,
        }
    ]
    if healed_ms is not None:
        stamps = {"began_ns": at(healed_ms), "ended_ns": at(healed_ms + took_ms)}
        lines.append({"t": "healed", "at_ns": at(healed_ms + took_ms), **about, **stamps})
    return lines


def stall(until_ms: float, late_ms: float) -> Line:
    """Return an oversleep that ended at *until_ms*."""
    return {"t": "stall", "at_ns": at(until_ms), "core": 0, "late_ms": late_ms}


class Service:
    """A service that is absent at known times, and a probe that asks it every *interval_ms*."""

    def __init__(  # noqa: PLR0913 -- what describes a service and a probe
        self,
        *gaps: tuple[float, float],
        mode: Mode = "discard",
        interval_ms: float = 4.0,
        deadline_ms: float = 500.0,
        latency_ms: float = 1.5,
        seed: int = 1,
        probe: str = "http",
    ) -> None:
        self._gaps = gaps
        self._mode = mode
        self._interval_ms = interval_ms
        self._deadline_ms = deadline_ms
        self._latency_ms = latency_ms
        self._chance = random.Random(seed)  # noqa: S311 -- chance, not secrets
        self._probe = probe

    def lines(self, until_ms: float, servers: Sequence[str] = ("web1",)) -> Iterator[Line]:
        """Return what the probe records from 0 to *until_ms*."""
        number = 0
        while (intended_ms := number * self._interval_ms) < until_ms:
            start_ms = intended_ms + self._chance.uniform(0, 0.3)
            took_ms, outcome, error = self._outcome(start_ms)
            server = servers[number % len(servers)] if outcome == "ok" else None
            yield from operation(
                number, start_ms, took_ms, outcome, probe=self._probe, server=server, error=error
            )
            number += 1

    def _outcome(self, start_ms: float) -> tuple[float, str, str | None]:
        latency_ms = self._latency_ms * self._chance.uniform(0.5, 1.5)
        arrives_ms = start_ms + latency_ms * self._chance.uniform(0.1, 0.6)
        gap = next((g for g in self._gaps if g[0] <= arrives_ms < g[1]), None)
        late = next((g for g in self._gaps if arrives_ms < g[0] <= start_ms + latency_ms), None)
        if gap is None and late is None:
            return latency_ms, "ok", None
        if self._mode in {"refuse", "503"} and gap is not None:
            return arrives_ms - start_ms + 0.1, "failed", "refused" if self._mode == "refuse" else "http 503"
        if self._mode in {"refuse", "503"}:
            return latency_ms, "failed", "reset"
        back_ms = (gap or late or (0, 0))[1]
        answered_ms = back_ms + self._chance.uniform(0.1, latency_ms) - start_ms
        if self._mode == "freeze" and answered_ms < self._deadline_ms:
            return answered_ms, "ok", None
        return self._deadline_ms, "failed", "answer timeout"


def history(*parts: Sequence[Line] | Iterator[Line] | Mapping[str, Any]) -> History:
    """Join lines and sequences of lines."""
    lines: list[Line] = []
    for part in parts:
        lines.extend([part] if isinstance(part, Mapping) else part)
    return History.of(lines)
