"""The stall monitors of one session: a process per core, whose events go out among the agent's own lines."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class StallMonitors:
    """One monitor per core on which the sidecar may run, until they are stopped."""

    def __init__(self, watch: int, write: Callable[[str], None]) -> None:
        cores = sorted(os.sched_getaffinity(0))
        self._monitors = [self._start(watch, core, first=core == cores[0]) for core in cores]
        self._forwarders = [
            threading.Thread(target=self._forward, args=(monitor, write), daemon=True)
            for monitor in self._monitors
        ]
        for forwarder in self._forwarders:
            forwarder.start()

    def stop(self) -> None:
        """End the monitors; every event of theirs was written when this returns."""
        for monitor in self._monitors:
            if monitor.stdin:
                monitor.stdin.close()
            monitor.wait()
        for forwarder in self._forwarders:
            forwarder.join()

    def _start(self, watch: int, core: int, *, first: bool) -> subprocess.Popen[str]:
        # One process reads the stolen time of all cores.
        argv = [
            sys.executable,
            "-m",
            f"{__package__}.stalls",
            str(watch),
            str(core),
            *(["steal"] if first else []),
        ]
        return subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def _forward(self, monitor: subprocess.Popen[str], write: Callable[[str], None]) -> None:
        if monitor.stdout:
            with monitor.stdout as events:
                for event in events:
                    write(event)
