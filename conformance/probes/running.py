"""Running probes: started at the vantage, proven to work, watched, ended in order."""

import contextlib
import json
import subprocess
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol, TypeVar

from conformance.probes.probe import Probe
from conformance.probes.program import ARGV, parcel
from conformance.probes.recorder import Recorder
from topologies.errors import LabError
from topologies.system import Node
from topologies.waiting import Reached, wait_until

T = TypeVar("T")
ENDS = {"ok", "failed", "unknown"}
ENDING_S = 10.0
"""How long a probe may take to end beyond its own deadline: it hands over its last lines."""


class HasVantage(Protocol):
    """What is needed of a system; `topologies.system.System` is one."""

    @property
    def vantage(self) -> Node:
        """The node from which probes run."""


class RunningProbe:
    """One probe process and what it has said so far."""

    def __init__(self, probe: Probe, vantage: Node, recorder: Recorder) -> None:
        self.probe = probe
        self.has_begun = False
        self.good_in_a_row = 0
        self.last: dict[str, Any] | None = None
        """The last end of an operation."""
        self.errors: Counter[str] = Counter()
        """Error words so far, counted."""
        self._recorder = recorder
        self._trouble: deque[str] = deque(maxlen=30)
        self._process: subprocess.Popen[str] = vantage.start(*ARGV)
        self._threads = [threading.Thread(target=self._read, daemon=True)]
        if self._process.stderr is not None:
            self._threads.append(threading.Thread(target=self._listen, daemon=True))
        for thread in self._threads:
            thread.start()
        settings = {**probe.settings(), "vantage": vantage.name}
        with contextlib.suppress(
            BrokenPipeError
        ):  # a dead process is reported by `must_live`, with its stderr
            assert self._process.stdin is not None
            self._process.stdin.write(parcel(settings))
            self._process.stdin.flush()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for text in self._process.stdout:
            try:
                line: dict[str, Any] = json.loads(text)
            except ValueError:
                self._trouble.append(text)
                continue
            whole = text if text.endswith("\n") else text + "\n"
            if line["t"] == "datagram":
                self._recorder.record_datagram(whole)
                continue
            self._recorder.record_text(whole)
            self.has_begun = True
            if line["t"] in ENDS:
                self.last = line
                self.good_in_a_row = self.good_in_a_row + 1 if line["t"] == "ok" else 0
                if "error" in line:
                    self.errors[line["error"]] += 1

    def _listen(self) -> None:
        assert self._process.stderr is not None
        self._trouble.extend(self._process.stderr)

    def must_live(self) -> None:
        """Return only if the process runs.

        Raises:
            LabError: it ended; the message quotes what it said.
        """
        status = self._process.poll()
        if status is not None:
            self._threads[-1].join(1.0)
            raise LabError(f"probe {self.probe.name} died with status {status}: {self._said()}")

    def end(self) -> None:
        """Close the process's stdin, and wait until its last line has been recorded.

        Raises:
            LabError: it did not end in order.
        """
        assert self._process.stdin is not None
        with contextlib.suppress(
            BrokenPipeError
        ):  # it ended by itself, or died: the status below tells which
            self._process.stdin.close()
        try:
            status = self._process.wait(self.probe.deadline_ms / 1000 + ENDING_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise LabError(
                f"probe {self.probe.name} did not end within its deadline and {ENDING_S:g} s; it was killed"
            ) from None
        self._close()
        if status:
            raise LabError(f"probe {self.probe.name} ended with status {status}: {self._said()}")

    def kill(self) -> None:
        """End the process at once; harmless after `end`."""
        self._process.kill()
        self._process.wait()
        self._close()

    def _close(self) -> None:
        for thread in self._threads:
            thread.join(ENDING_S)
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):  # what could not be written has no reader any more
                    pipe.close()

    def _said(self) -> str:
        return " ".join("".join(self._trouble).split()) or "it said nothing"

    def describe(self) -> str:
        """Return its state as half a sentence, for errors."""
        errors = ", ".join(f"{count} x {word}" for word, count in self.errors.most_common(3)) or "no errors"
        return f"{self.probe.name}: {self.good_in_a_row} good answers in a row, {errors}"


class Running:
    """Probes at work."""

    def __init__(self, probes: Sequence[RunningProbe]) -> None:
        self.probes = {running.probe.name: running for running in probes}

    def must_live(self) -> None:
        """Return only if every probe runs.

        Raises:
            LabError: one died.
        """
        for running in self.probes.values():
            running.must_live()

    def watch(self, seconds: float) -> None:
        """Let the probes work for *seconds*.

        Raises:
            LabError: one died meanwhile.
        """
        until_s = time.monotonic() + seconds
        wait_until("the watch is over", self._clock, lambda now_s: now_s >= until_s, patience_s=seconds + 60)

    def until(
        self, what: str, observe: Callable[[], T], holds: Callable[[T], bool] = bool, *, patience_s: float
    ) -> Reached[T]:
        """Let the probes work until *observe* gives what *holds*.

        Raises:
            NotReady: not within *patience_s*.
            LabError: a probe died meanwhile.
        """

        def observed() -> T:
            self.must_live()
            return observe()

        return wait_until(what, observed, holds, patience_s=patience_s)

    def until_served(self, *names: str, patience_s: float, in_a_row: int | None = None) -> None:
        """Let the probes work until each (or each named one) has had good answers in a row.

        Raises:
            NotReady: not within *patience_s*; the message quotes the errors.
            LabError: a probe died meanwhile.
        """
        wanted = [self.probes[name] for name in names] or list(self.probes.values())

        def behind() -> list[str]:
            return [
                running.describe()
                for running in wanted
                if running.good_in_a_row < (in_a_row or running.probe.ready_after)
            ]

        self.until("every probe is served", behind, lambda missing: not missing, patience_s=patience_s)

    def server_of(self, name: str) -> str:
        """Return who answered the probe *name* last; empty where nobody told.

        Raises:
            KeyError: there is no such probe.
        """
        return str((self.probes[name].last or {}).get("server") or "")

    def _clock(self) -> float:
        self.must_live()
        return time.monotonic()


@contextlib.contextmanager
def running(  # noqa: PLR0913 -- three that matter, and named options
    probes: Sequence[Probe],
    system: HasVantage,
    recorder: Recorder,
    *,
    vantage: Node | None = None,
    patience_s: float = 15.0,
    need_service: bool = True,
) -> Iterator[Running]:
    """Run *probes* for the length of the block; everything they say goes to *recorder*.

    The block begins when each has had `ready_after` good answers in a row: a fault has to hit a system that
    worked.

    vantage: another node than the system's own vantage;
    need_service: False begins the block as soon as the probes work: no good answer is expected.

    Raises:
        NotReady: a probe was not served within *patience_s*; the message quotes its errors.
        LabError: a probe died.
    """
    node = vantage or system.vantage
    started: list[RunningProbe] = []
    try:
        started.extend(RunningProbe(probe, node, recorder) for probe in probes)
        watched = Running(started)
        watched.until(
            "every probe has begun", lambda: all(one.has_begun for one in started), patience_s=patience_s
        )
        if need_service:
            watched.until_served(patience_s=patience_s)
        yield watched
        watched.must_live()
    except BaseException:
        with contextlib.suppress(LabError):  # the first trouble is the one to tell
            _end_all(started)
        raise
    _end_all(started)


def _end_all(started: Sequence[RunningProbe]) -> None:
    """End every probe, also after one did not end in order; then tell of the first trouble."""
    troubles: list[LabError] = []
    for one in started:
        try:
            one.end()
        except LabError as trouble:
            troubles.append(trouble)
    if troubles:
        raise troubles[0]
