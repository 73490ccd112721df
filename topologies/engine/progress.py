"""Progress of what takes a while: steps with durations, spinners on a terminal, plain lines elsewhere."""

import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Protocol

from rich.console import Console
from rich.progress import Progress as Spinners
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn


class Progress(Protocol):
    """Where steps are announced; several may be under way at the same time."""

    def step(self, title: str) -> AbstractContextManager[None]:
        """Show *title* as under way for the length of the block, then how long it took."""


class Silent:
    """Shows nothing."""

    def step(self, title: str) -> AbstractContextManager[None]:
        """Run the block."""
        del title
        return nullcontext()


class ConsoleProgress:
    """Shows steps on a console."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False)
        self._lock = threading.Lock()
        self._spinners: Spinners | None = None
        self._under_way = 0

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Show *title* as under way for the length of the block, then how long it took."""
        began = time.monotonic()
        spinner = self._begin(title)
        outcome = "failed after "
        try:
            yield
            outcome = ""
        finally:
            self._end(spinner)
            took_s = time.monotonic() - began
            self._console.print(f"set-up: {title} ({outcome}{took_s:.1f} s)", markup=False, soft_wrap=True)

    def _begin(self, title: str) -> int:
        with self._lock:
            self._under_way += 1
            if not self._console.is_terminal:
                return 0
            if self._spinners is None:
                columns = (
                    SpinnerColumn(),
                    TextColumn("{task.description}", markup=False),
                    TimeElapsedColumn(),
                )
                self._spinners = Spinners(*columns, console=self._console, transient=True)
                self._spinners.start()
            return self._spinners.add_task(title, total=None)

    def _end(self, spinner: int) -> None:
        with self._lock:
            self._under_way -= 1
            if self._spinners is None:
                return
            self._spinners.remove_task(spinner)  # type: ignore[arg-type]
            if self._under_way == 0:
                self._spinners.stop()
                self._spinners = None
