"""A program that measures how much later than intended one core of the measuring host wakes it up.

    python3 -m sidecar.stalls WATCH CORE [steal]

It writes an event line for every wake-up that came more than 5 ms late and, with `steal`, for every core
whose time the hypervisor gave to others, and ends when its standard input does. A process of its own, so that
it measures the host and not the agent's other threads.
"""

from __future__ import annotations

import json
import os
import select
import sys
import time
from pathlib import Path

PERIOD_NS = 5_000_000
LATE_NS = 5_000_000
STEAL_EVERY = 20
"""Wake-ups between two looks at the stolen time: 100 ms."""


def stolen_ticks(stat: str) -> dict[int, int]:
    """Return the clock ticks stolen from every core so far, from the text of /proc/stat."""
    found: dict[int, int] = {}
    for line in stat.splitlines():
        name, *fields = line.split()
        if name.startswith("cpu") and name != "cpu":
            found[int(name[3:])] = int(fields[7])
    return found


def newly_stolen_ms(before: dict[int, int], now: dict[int, int], tick_ms: float) -> dict[int, float]:
    """Return by core how many milliseconds were stolen between two looks; cores without are left out."""
    return {
        core: (ticks - before[core]) * tick_ms
        for core, ticks in now.items()
        if ticks > before.get(core, ticks)
    }


def monitor(watch: int, core: int, *, steal: bool) -> None:
    """Report until standard input ends."""
    os.sched_setaffinity(0, {core})
    os.setpriority(os.PRIO_PROCESS, 0, 0)  # as late as everybody else, though the agent is preferred
    tick_ms = 1000 / os.sysconf("SC_CLK_TCK")
    stat = Path("/proc/stat")
    stolen = stolen_ticks(stat.read_text())
    turn = 0
    due_ns = time.monotonic_ns() + PERIOD_NS
    while True:
        ended, _, _ = select.select([sys.stdin], [], [], max(0, due_ns - time.monotonic_ns()) / 1e9)
        now_ns = time.monotonic_ns()
        if ended:
            return
        if now_ns - due_ns > LATE_NS:
            _report(
                watch,
                {"t": "stall", "at_ns": now_ns, "core": core, "late_ms": round((now_ns - due_ns) / 1e6, 1)},
            )
        turn += 1
        if steal and turn % STEAL_EVERY == 0:
            now = stolen_ticks(stat.read_text())
            for robbed, stolen_ms in newly_stolen_ms(stolen, now, tick_ms).items():
                _report(watch, {"t": "steal", "at_ns": now_ns, "core": robbed, "stolen_ms": stolen_ms})
            stolen = now
        due_ns = max(due_ns + PERIOD_NS, now_ns)


def _report(watch: int, fact: dict[str, object]) -> None:
    sys.stdout.write(json.dumps({"watch": watch, "event": fact}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    monitor(int(sys.argv[1]), int(sys.argv[2]), steal="steal" in sys.argv[3:])
