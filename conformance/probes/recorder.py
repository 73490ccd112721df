"""The recorder: the one writer of a history file, and of the datagrams beside it."""

import json
import threading
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from conformance.history import History, Line

DATAGRAMS = "datagrams.jsonl"
"""Beside the history: datagrams of SIP as they were, one JSON object a line."""


class Recorder:
    """Appends lines to a history file, from whatever thread, each one whole and at once readable."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a", encoding="utf-8")
        self._datagrams: TextIO | None = None
        self._lock = threading.Lock()

    def record(self, line: Line) -> None:
        """Append one line."""
        self.record_text(json.dumps(line, separators=(",", ":")) + "\n")

    def record_text(self, text: str) -> None:
        """Append whole lines that are JSON already."""
        with self._lock:
            self._file.write(text)
            self._file.flush()

    def record_datagram(self, text: str) -> None:
        """Append a line, which is JSON already, to the datagrams; their file is made with the first one."""
        with self._lock:
            if self._datagrams is None:
                self._datagrams = self.path.with_name(DATAGRAMS).open("a", encoding="utf-8")
            self._datagrams.write(text)
            self._datagrams.flush()

    def flush(self) -> None:
        """Make everything recorded so far readable by others (each line is, once it is recorded)."""
        with self._lock:
            self._file.flush()

    def history(self) -> History:
        """Return everything recorded so far."""
        return History.read(self.path)

    def close(self) -> None:
        """Close the files; nothing can be recorded afterwards."""
        self._file.close()
        if self._datagrams is not None:
            self._datagrams.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
