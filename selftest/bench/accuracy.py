"""How exactly outages of known length are measured: by the probe, and by a polling client for comparison."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

from selftest.loopback.outages import SilentServer, measure, silent_server

MODES = ("refuse", "discard", "freeze", "deaf")
LENGTHS_MS = (50.0, 100.0, 300.0, 1000.0)
POLL_MS = 10.0
SETTLE_S = 0.5


class Accuracy(NamedTuple):
    """Medians over several outages of one kind and length, in milliseconds."""

    mode: str
    length_ms: float
    estimate_ms: float
    error_ms: float
    worst_error_ms: float
    width_ms: float
    contained: int
    times: int
    spoilt: int
    """How many measurements the machine's own stalls touched."""
    polled_ms: float | None
    """What the polling client says; None: it noticed nothing."""


def accuracies(folder: Path, times: int) -> Iterator[Accuracy]:
    """Measure every mode and length *times* times."""
    with silent_server() as server:
        for mode in MODES:
            for length_ms in LENGTHS_MS:
                yield _accuracy(server, mode, length_ms, folder, times)


def _accuracy(server: SilentServer, mode: str, length_ms: float, folder: Path, times: int) -> Accuracy:
    measured = [measure(server, mode, length_ms, folder) for _ in range(times)]
    polled = [found for _ in range(times) if (found := _polled(server, mode, length_ms)) is not None]
    return Accuracy(
        mode=mode,
        length_ms=length_ms,
        estimate_ms=median(m.estimate_ms for m in measured),
        error_ms=median(m.error_ms for m in measured),
        worst_error_ms=max(m.error_ms for m in measured),
        width_ms=median(m.width_ms for m in measured),
        contained=sum(m.contains_truth for m in measured),
        times=times,
        spoilt=sum(m.stalled for m in measured),
        polled_ms=median(polled) if polled else None,
    )


def _polled(server: SilentServer, mode: str, length_ms: float) -> float | None:
    """Return the outage as a polling client computes it: from the first failure to the next success."""
    seconds = 2 * SETTLE_S + length_ms / 1000 + 0.6
    argv = [sys.executable, "-m", "selftest.bench.alternatives", "poll", str(server.port), str(seconds)]
    with subprocess.Popen([*argv, str(POLL_MS)], stdout=subprocess.PIPE, text=True) as client:
        threading.Event().wait(SETTLE_S + 0.4)  # its imports, and some good answers
        server.silence(mode, length_ms)
        server.truth()
        said, _ = client.communicate()
    return polled_outage_ms(json.loads(said)["operations"])


def polled_outage_ms(operations: Sequence[tuple[int, int, bool]]) -> float | None:
    """Return the time from the start of the first failed poll to the end of the next good one."""
    failed = next((start for start, _, ok in operations if not ok), None)
    if failed is None:
        return None
    back = next((end for start, end, ok in operations if ok and start > failed), None)
    return None if back is None else (back - failed) / 1e6
