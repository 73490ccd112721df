"""A master's heartbeat: the time, written again and again. It tells replicas how old their data are."""

import threading
import time
from collections.abc import Callable

import pymysql


class Heart(threading.Thread):
    """Beats until the process ends. A beat that hangs delays the next one, and that shows."""

    def __init__(
        self, beat: Callable[[], None], every_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(name="heart", daemon=True)
        self._beat = beat
        self._every_s = every_s
        self._clock = clock
        self._last_s = clock()

    def run(self) -> None:
        """Beat."""
        pause = threading.Event()
        while not pause.wait(self._every_s):
            self.once()

    def once(self) -> None:
        """Beat once; what fails is seen by the silence since."""
        try:
            self._beat()
        except pymysql.MySQLError:
            return
        self._last_s = self._clock()

    def silent_s(self) -> float:
        """Return how long ago the last beat was written."""
        return self._clock() - self._last_s
