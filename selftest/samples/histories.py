"""Crafted histories: what probes and witnesses would have recorded during a fault, by a given seed."""

import dataclasses
import random
from collections.abc import Iterator
from typing import Any

Line = dict[str, Any]
ORIGIN_NS = 7_000_000_000_000
VIP = "198.18.1.100"


@dataclasses.dataclass(frozen=True)
class Scene:
    """A fault at time 0 and what followed; seconds, by clients' clocks."""

    fault: str = "power loss"
    node: str = "lb1"
    outage_s: float = 0.37
    healed_s: float = 2.5
    before_s: float = 1.0
    until_s: float = 4.0
    owner_moves: bool = True
    stall_at_s: float | None = None
    probes: tuple[str, ...] = ("http", "https")
    servers: tuple[str, ...] = ("web1", "web2")
    interval_s: float = 0.01
    deadline_s: float = 0.2
    seed: int = 7

    def history(self) -> list[Line]:
        """Return the lines of the record, in order."""
        lines = [*self._witnesses()]
        for probe in self.probes:
            lines += self._operations(probe, random.Random(f"{self.seed} {probe}"))  # noqa: S311 -- a sample
        return sorted(lines, key=lambda line: int(line["at_ns"]))

    def _operations(self, probe: str, chance: random.Random) -> Iterator[Line]:
        first_ns = at(-self.before_s)
        yield {
            "t": "probe",
            "at_ns": first_ns,
            "probe": probe,
            "target": f"{probe}://acd-lb/",
            "interval_ms": self.interval_s * 1e3,
            "deadline_ms": self.deadline_s * 1e3,
            "vantage": "client",
        }
        for op in range(int((self.before_s + self.until_s) / self.interval_s)):
            intended_s = -self.before_s + op * self.interval_s
            invoked_s = intended_s + chance.uniform(0.00005, 0.0004)
            own = {"probe": probe, "op": op}
            yield {"t": "invoke", "at_ns": at(invoked_s), **own, "intended_ns": at(intended_s)}
            if -0.002 < intended_s < self.outage_s:
                ended_ns = at(invoked_s + self.deadline_s + chance.uniform(0, 0.001))
                yield {"t": "failed", "at_ns": ended_ns, **own, "error": "no answer within 200 ms"}
                continue
            latency_s = chance.lognormvariate(0, 0.25) * (0.0021 if probe == "http" else 0.0048)
            server = chance.choice(self.servers)
            yield {"t": "ok", "at_ns": at(invoked_s + latency_s), **own, "server": server, "status": 200}

    def _witnesses(self) -> Iterator[Line]:
        of_fault = {"name": self.fault, "node": self.node}
        yield {"t": "fault", "at_ns": at(0.012), **of_fault, "began_ns": at(0), "ended_ns": at(0.012)} | {
            "took_hold": True
        }
        healed = {"began_ns": at(self.healed_s), "ended_ns": at(self.healed_s + 0.3)}
        yield {"t": "healed", "at_ns": at(self.healed_s + 0.3), **of_fault, **healed}
        if self.owner_moves:
            yield from self._takeover()
        if self.stall_at_s is not None:
            yield {"t": "stall", "at_ns": at(self.stall_at_s), "core": 1, "late_ms": 62.0}

    def _takeover(self) -> Iterator[Line]:
        of_vip = {"t": "address", "address": VIP}
        moved_s = self.outage_s - 0.012
        yield {**of_vip, "at_ns": at(-self.before_s), "node": self.node, "state": "present"}
        yield {**of_vip, "at_ns": at(moved_s), "node": "lb2", "state": "added"}
        yield {**of_vip, "at_ns": at(self.healed_s), "node": self.node, "state": "removed"}
        for after_s in (0.001, 0.6):
            yield {
                "t": "arp",
                "at_ns": at(moved_s + after_s),
                "op": "request",
                "sender_mac": "02:42:c6:12:01:0c",
                "sender_ip": VIP,
                "target_ip": VIP,
                "gratuitous": True,
            }
        entry = {"t": "neighbour", "address": VIP, "state": "REACHABLE"}
        yield {**entry, "at_ns": at(-self.before_s), "mac": "02:42:c6:12:01:0b"}
        yield {**entry, "at_ns": at(moved_s + 0.002), "mac": "02:42:c6:12:01:0c"}


def at(seconds: float) -> int:
    """Return the stamp of *seconds* after the fault."""
    return ORIGIN_NS + round(seconds * 1e9)
