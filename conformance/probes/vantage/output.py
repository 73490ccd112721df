"""Lines to the harness: gathered, written at least every 50 ms, and never in the way of the loop.

The pipe is written without blocking: a harness that is slow to read delays its own lines, not operations.
"""

from __future__ import annotations

import os
import select

STDOUT = 1
EVERY_NS = 40_000_000
"""Of the 50 ms promised, 10 are left for a loop that is late."""
BACKLOG_LIMIT = 64 * 1024 * 1024


class Output:
    """The lines that were not written yet."""

    def __init__(self, fd: int = STDOUT) -> None:
        self._fd = fd
        self._lines: list[str] = []
        self._backlog = b""
        self._written_ns = 0
        os.set_blocking(fd, False)

    def line(self, text: str) -> None:
        """Keep a line for the next flush."""
        self._lines.append(text)

    def due_ns(self) -> int:
        """Return when the next flush is due, as CLOCK_MONOTONIC nanoseconds."""
        return self._written_ns + EVERY_NS

    def flush(self, now_ns: int) -> None:
        """Write what the pipe takes now; the rest stays for the next time."""
        self._written_ns = now_ns
        if self._lines:
            self._lines.append("")
            self._backlog += "\n".join(self._lines).encode()
            self._lines.clear()
        if not self._backlog:
            return
        try:
            written = os.write(self._fd, self._backlog)
        except BlockingIOError:
            written = 0
        self._backlog = self._backlog[written:]
        if len(self._backlog) > BACKLOG_LIMIT:
            raise SystemExit(f"nobody reads this probe: {len(self._backlog)} bytes wait to be written")

    def drain(self, now_ns: int) -> None:
        """Write everything, waiting for the reader where it must be."""
        self.flush(now_ns)
        while self._backlog:
            select.select([], [self._fd], [])
            self.flush(now_ns)
