"""The recorder: the one writer of a history file."""

import json
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from conformance.history import History, Line


class Recorder:
    """Appends lines to a history file, from whatever thread, each one whole and at once readable."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a", encoding="utf-8")
        self._lock = threading.Lock()

    def record(self, line: Line) -> None:
        """Append one line."""
        self.record_text(json.dumps(line, separators=(",", ":")) + "\n")

    def record_text(self, text: str) -> None:
        """Append whole lines that are JSON already."""
        with self._lock:
            self._file.write(text)
            self._file.flush()

    def flush(self) -> None:
        """Make everything recorded so far readable by others (each line is, once it is recorded)."""
        with self._lock:
            self._file.flush()

    def history(self) -> History:
        """Return everything recorded so far."""
        return History.read(self.path)

    def close(self) -> None:
        """Close the file; nothing can be recorded afterwards."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
