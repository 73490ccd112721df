"""The history lines of a probe."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import Protocol

    from conformance.probes.vantage.output import Output

    class Phases(Protocol):
        """What tells how far an operation has come; each of `STAMPS` is an attribute of it."""

        STAMPS: tuple[str, ...]

        @property
        def phase(self) -> str:
            """The phase in which it is."""


class Lines:
    """Writes what happens to the history; every line is kept for the next flush."""

    def __init__(self, settings: dict[str, Any], output: Output) -> None:
        self._settings = settings
        self._output = output
        self._probe = json.dumps(settings["probe"])

    def begun(self, at_ns: int, address: str | None) -> None:
        """Say what probe this is, and where its target leads at first."""
        settings = self._settings
        self._write(
            {
                "t": "probe",
                "at_ns": at_ns,
                "probe": settings["probe"],
                "target": settings["target"],
                "scheme": settings["scheme"],
                "port": settings["port"],
                "address": address,
                "interval_ms": settings["interval_ns"] / 1e6,
                "deadline_ms": settings["deadline_ns"] / 1e6,
                "vantage": settings["vantage"],
            }
        )

    def stalled(self, at_ns: int, late_ns: int) -> None:
        """Say that this process did not run for *late_ns* until *at_ns*."""
        self._output.line(
            f'{{"t":"stall","at_ns":{at_ns},"core":null,"late_ms":{late_ns / 1e6:.3f},"probe":{self._probe}}}'
        )

    def invoked(
        self, number: int, at_ns: int, intended_ns: int, address: str | None, about: dict[str, Any]
    ) -> None:
        """Say that an operation starts, where to, and what it is about."""
        more = "".join(f",{json.dumps(key)}:{json.dumps(value)}" for key, value in about.items())
        self._output.line(
            f'{{"t":"invoke","at_ns":{at_ns},"probe":{self._probe},"op":{number},"intended_ns":{intended_ns},'
            f'"address":{json.dumps(address)}{more}}}'
        )

    def ended(  # noqa: PLR0913 -- the fields of one line
        self,
        number: int,
        at_ns: int,
        outcome: str,
        error: str | None,
        wire: Phases | None,
        *,
        server: str | None,
        found: dict[str, Any],
    ) -> None:
        """Say how an operation ended, and when it passed its phases."""
        line: dict[str, Any] = {"t": outcome, "at_ns": at_ns, "probe": self._settings["probe"], "op": number}
        line["server"] = server
        if error is not None:
            line["error"] = error
        if wire is not None:
            if error is not None:
                line["phase"] = wire.phase
            for stamp in wire.STAMPS:
                stamp_ns = getattr(wire, stamp)
                if stamp_ns is not None:
                    line[stamp] = stamp_ns
        line.update(found)
        self._write(line)

    def cost(self, began_ns: int, at_ns: int, *, operations: int, stalled_ns: int) -> None:
        """Say what the probe itself cost, so that a report can tell whether it was in its own way."""
        value = {
            "probe": self._settings["probe"],
            "operations": operations,
            "wall_s": (at_ns - began_ns) / 1e9,
            "cpu_s": time.process_time(),
            "stalled_s": stalled_ns / 1e9,
        }
        node = self._settings["vantage"]
        self._write({"t": "observed", "at_ns": at_ns, "what": "probe cost", "node": node, "value": value})

    def _write(self, line: dict[str, Any]) -> None:
        self._output.line(json.dumps(line))
