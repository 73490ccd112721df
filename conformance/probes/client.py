"""What all probes have in common: a target, its name, and how long they wait."""

import dataclasses
from typing import Any, Literal


@dataclasses.dataclass(frozen=True, kw_only=True)
class Client:
    """An open-loop client of one target."""

    name: str
    """The probe's name in the history."""
    target: str
    """An alias, looked up in the vantage's own hosts table whenever an operation starts, or an address."""
    deadline_ms: float = 500.0
    """Below 1000 on purpose: TCP sends a lost SYN again after 1 s, so with a longer deadline an operation
    that was started without service could end well, late, and blur the end of the outage."""
    names: Literal["hosts", "system"] = "hosts"
    """`system` asks the whole resolver (DNS too), once, at the start."""
    max_s: float = 3600.0
    max_operations: int = 2_000_000

    def _loop_settings(
        self, *, interval_ms: float, keep_alive: bool = False, spread: bool = False
    ) -> dict[str, Any]:
        """Return what the loop at the vantage needs to know, whatever the protocol."""
        return {
            "probe": self.name,
            "target": self.target,
            "names": self.names,
            "interval_ns": round(interval_ms * 1e6),
            "deadline_ns": round(self.deadline_ms * 1e6),
            "max_ns": round(self.max_s * 1e9),
            "max_operations": self.max_operations,
            "keep_alive": keep_alive,
            "spread": spread,
        }
