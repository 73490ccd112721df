"""Synthetic outages: a server that goes silent on command, and the real probe that watches it."""

import contextlib
import json
import os
import select
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from conformance.history import History
from conformance.outages import Window, envelope, windows
from conformance.probes.probe import HttpProbe
from conformance.probes.recorder import Recorder
from conformance.probes.running import Running, running
from conformance.stalls import Stalls
from topologies.errors import LabError
from topologies.local import LocalNode
from topologies.sidecar import stalls as stalls_program

MONITOR = Path(stalls_program.__file__)
SERVER = Path(__file__).with_name("silent_server.py")
NS_PER_MS = 1_000_000
QUEUE_NS = 5_000_000
"""A server that was frozen works off a queue of clients first, of which most have given up: when the first
one was served that still listened is not known better than this."""
SLOW_MS = 20.0
"""Where a frozen server answers late, an answer that took longer is absence."""
ATTEMPTS = 3
"""How often a measurement is taken that the machine's own stalls have spoilt."""


class Truth(NamedTuple):
    """What the server says of its own silence."""

    mode: str
    began_ns: int
    ended_ns: int

    @property
    def length_ms(self) -> float:
        """How long nobody was served."""
        return (self.ended_ns - self.began_ns) / NS_PER_MS


class Measured(NamedTuple):
    """A synthetic outage: the truth, and what was concluded from the probe's history."""

    truth: Truth
    windows: Sequence[Window]
    stalled: bool
    """The machine did not run for a while near the outage: the bounds may be wide."""

    @property
    def whole(self) -> Window:
        """The whole disturbance; it must have been noticed."""
        return envelope(self.windows)

    @property
    def width_ms(self) -> float:
        """The width of the bound."""
        assert self.whole.upper_ns is not None
        return (self.whole.upper_ns - self.whole.lower_ns) / NS_PER_MS

    @property
    def estimate_ms(self) -> float:
        """The middle of the bound."""
        assert self.whole.upper_ns is not None
        return (self.whole.upper_ns + self.whole.lower_ns) / 2 / NS_PER_MS

    @property
    def error_ms(self) -> float:
        """How far the middle of the bound lies from the truth."""
        return abs(self.estimate_ms - self.truth.length_ms)

    @property
    def contains_truth(self) -> bool:
        """Whether both edges were bounded rightly."""
        whole, truth = self.whole, self.truth
        assert whole.began_after_ns is not None
        assert whole.ended_before_ns is not None
        queue_ns = QUEUE_NS if truth.mode in {"freeze", "deaf"} else 0
        return (
            whole.began_after_ns <= truth.began_ns <= whole.began_before_ns
            and whole.ended_after_ns - queue_ns <= truth.ended_ns <= whole.ended_before_ns
        )


class SilentServer:
    """The server process."""

    def __init__(self, certificate: Path | None = None) -> None:
        argv = [sys.executable, str(SERVER), *([] if certificate is None else [str(certificate)])]
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self._answer(10.0))

    def silence(self, mode: str, length_ms: float) -> None:
        """Have the server go silent."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"silent {mode} {length_ms}\n")
        self.process.stdin.flush()

    def truth(self) -> Truth:
        """Return what the server says of its last silence."""
        return Truth(**json.loads(self._answer(10.0)))

    def _answer(self, patience_s: float) -> str:
        assert self.process.stdout is not None
        if not select.select([self.process.stdout], [], [], patience_s)[0]:
            raise LabError(f"the silent server said nothing within {patience_s:g} s")
        return self.process.stdout.readline()

    def close(self) -> None:
        """End the server."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


@contextlib.contextmanager
def silent_server(certificate: Path | None = None) -> Iterator[SilentServer]:
    """Run a server that goes silent on command, for the length of the block."""
    server = SilentServer(certificate)
    try:
        yield server
    finally:
        server.close()


@contextlib.contextmanager
def stall_monitor(recorder: Recorder) -> Iterator[None]:
    """Record this machine's stalls with the lab's own monitor, one process per core."""
    monitors = [
        subprocess.Popen(
            [sys.executable, str(MONITOR), "1", str(core), *(["steal"] if core == 0 else [])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for core in sorted(os.sched_getaffinity(0))
    ]
    try:
        yield
    finally:
        for monitor in monitors:
            said, _ = monitor.communicate()
            for line in said.splitlines():
                recorder.record(json.loads(line)["event"])


class Here:
    """The machine on which we run, as a system that has nothing but a vantage."""

    vantage = LocalNode()


def measure(
    server: SilentServer, mode: str, length_ms: float, folder: Path, *, interval_ms: float = 4.0
) -> Measured:
    """Let *server* go silent and measure it; again, where the machine's own stalls spoilt the measurement."""
    for attempt in range(1, ATTEMPTS + 1):
        measured = _measured(
            server, mode, length_ms, folder / f"{mode}-{length_ms:g}-{attempt}.jsonl", interval_ms
        )
        if not measured.stalled:
            break
    return measured


def _measured(server: SilentServer, mode: str, length_ms: float, path: Path, interval_ms: float) -> Measured:
    path.unlink(missing_ok=True)
    probe = HttpProbe(
        name="http", target="127.0.0.1", port=server.port, interval_ms=interval_ms, ready_after=100
    )
    with Recorder(path) as recorder:
        with stall_monitor(recorder), running([probe], Here(), recorder) as at_work:
            truth = _silence(server, mode, length_ms, at_work)
        return concluded(recorder.history(), truth)


def _silence(server: SilentServer, mode: str, length_ms: float, at_work: Running) -> Truth:
    server.silence(mode, length_ms)
    truth = server.truth()
    at_work.watch(0.1)
    at_work.until_served(patience_s=10, in_a_row=30)
    return truth


def concluded(history: History, truth: Truth) -> Measured:
    """Return what the history of the probe `http` says of the outage *truth*."""
    operations = history.operations("http")
    stalls = Stalls.of(history, operations)
    found = windows(
        operations,
        stalls,
        before_ns=truth.began_ns,
        too_slow_ns=round(SLOW_MS * NS_PER_MS) if truth.mode in {"freeze", "deaf"} else None,
    )
    near_ns = 30 * NS_PER_MS
    mine = [w for w in found if truth.began_ns - near_ns < w.began_before_ns < truth.ended_ns + near_ns]
    stalled = any(
        stalls.within(edge_ns - near_ns, edge_ns + near_ns) for edge_ns in (truth.began_ns, truth.ended_ns)
    )
    return Measured(truth, mine, stalled)
