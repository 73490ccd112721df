"""The open loop of a probe of files: an operation is begun every interval, whatever earlier ones do.

smbprotocol blocks, so each operation has a thread while it lasts: as many as a whole outage needs. A
connection is handed on, the one that was used last first, so that few are in use while all is well.
"""

from __future__ import annotations

import collections
import os
import select
import sys
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from conformance.probes.vantage.failures import word_for
from conformance.probes.vantage.lines import Lines
from conformance.probes.vantage.loop import STALL_NS, STDIN
from conformance.probes.vantage.names import names_of
from topologies.smb.link import Access
from topologies.smb.share import Share
from topologies.smb.trouble import Refused, Trouble, Unanswered

if TYPE_CHECKING:
    from conformance.probes.vantage.output import Output
    from conformance.probes.vantage.smb_plans import Task

MOST_KEPT = 20
"""Connections without an operation: each is a process of the server."""
SPARE = 4
"""Threads beyond what an outage needs: one that has ended an operation is not free at once."""
SWITCH_S = 0.0005
"""How long a thread may keep the others of this process waiting."""
monotonic_ns = time.monotonic_ns


class FileLoop:
    """A probe at work. `run` returns when stdin is closed, or a hard limit is reached."""

    def __init__(self, settings: dict[str, Any], plan: Any, output: Output) -> None:  # noqa: ANN401 -- one of several
        self._settings = settings
        self._plan = plan
        self._output = output
        self._lines = Lines(settings, output)
        self._lock = threading.Lock()
        """Of the lines, the kept connections and their number."""
        self._interval_ns: int = settings["interval_ns"]
        self._deadline_ns: int = settings["deadline_ns"]
        self._names = names_of(settings)
        self._threads = ThreadPoolExecutor(settings["deadline_ns"] // settings["interval_ns"] + 1 + SPARE)
        self._flying: collections.deque[Future[None]] = collections.deque()
        self._kept: list[Share] = []
        self._connections = 0
        self._operations = 0
        self._stalled_ns = 0

    def run(self) -> None:
        """Work until told to end, then wait for what is in flight."""
        sys.setswitchinterval(SWITCH_S)
        began_ns = monotonic_ns()
        self._lines.begun(began_ns, self._names.address())
        self._flush(began_ns)
        slot, ending = 0, False
        while not (ending and not self._flying):
            due_ns = began_ns + slot * self._interval_ns
            wake_ns = self._output.due_ns() if ending else min(due_ns, self._output.due_ns())
            ending = self._wait(wake_ns, listen=not ending) or ending
            now_ns = monotonic_ns()
            self._note_stall(wake_ns, now_ns)
            ending = ending or now_ns - began_ns >= self._settings["max_ns"]
            ending = ending or self._operations >= self._settings["max_operations"]
            if not ending and now_ns >= due_ns:
                self._start(slot, due_ns)
                slot = max(slot + 1, (now_ns - began_ns) // self._interval_ns)
            while self._flying and self._flying[0].done():
                self._flying.popleft().result()  # raises what only a mistake of ours can be
            if now_ns >= self._output.due_ns():
                self._flush(now_ns)
        self._threads.shutdown()
        for share in self._kept:
            share.drop()
        self._lines.cost(began_ns, monotonic_ns(), operations=self._operations, stalled_ns=self._stalled_ns)
        self._output.drain(monotonic_ns())

    def _flush(self, now_ns: int) -> None:
        with self._lock:
            self._output.flush(now_ns)

    def _wait(self, wake_ns: int, *, listen: bool) -> bool:
        """Wait until *wake_ns*; tell at once when stdin is closed, while we *listen*."""
        timeout_s = max(0, wake_ns - monotonic_ns()) / 1e9
        told, _, _ = select.select([STDIN] if listen else [], [], [], timeout_s)
        return bool(told) and not os.read(STDIN, 4096)

    def _note_stall(self, expected_ns: int, now_ns: int) -> None:
        late_ns = now_ns - expected_ns
        if late_ns >= STALL_NS:
            self._stalled_ns += late_ns
            with self._lock:
                self._lines.stalled(now_ns, late_ns)

    def _start(self, slot: int, intended_ns: int) -> None:
        task: Task | None = self._plan.task(slot)
        if task is None:
            return
        self._operations += 1
        address = self._names.address()
        invoked_ns = monotonic_ns()
        with self._lock:
            self._lines.invoked(slot, invoked_ns, intended_ns, address, task.about)
            if address is None:
                self._lines.ended(slot, invoked_ns, "failed", "no such name", None, server=None, found={})
                return
        until_s = (invoked_ns + self._deadline_ns) / 1e9
        self._flying.append(self._threads.submit(self._carry_out, slot, task, address, until_s))

    def _carry_out(self, slot: int, task: Task, address: str, until_s: float) -> None:
        share = self._taken(address)
        found = {"file": task.file_of(share)} if task.file_of else {}
        error: str | None = None
        try:
            found.update(task.do(share, until_s))
            outcome = "ok"
        except Trouble as trouble:
            outcome, error = _judged(trouble, writes=task.writes), _word(trouble)
        ended_ns = monotonic_ns()
        with self._lock:
            self._lines.ended(slot, ended_ns, outcome, error, share, server=share.server, found=found)
        self._give_back(share)

    def _taken(self, address: str) -> Share:
        """Return a connection to *address*: a kept one, or one that is to be made."""
        with self._lock:
            while self._kept:
                share = self._kept.pop()
                if share.is_alive and share.access.host == address:
                    return share
                share.drop()
            self._connections += 1
            number = self._connections
        settings = self._settings
        access = Access(
            address,
            settings["share"],
            settings["account"],
            settings["password"],
            settings["port"],
            is_signed=settings["signed"],
        )
        return Share(access, number)

    def _give_back(self, share: Share) -> None:
        with self._lock:
            if self._settings["keep_alive"] and share.is_alive and len(self._kept) < MOST_KEPT:
                self._kept.append(share)
                return
        share.drop()


def _judged(trouble: Trouble, *, writes: bool) -> str:
    may_be_there = isinstance(trouble, Unanswered) or (isinstance(trouble, Refused) and trouble.has_begun)
    return "unknown" if writes and may_be_there else "failed"


def _word(trouble: Trouble) -> str:
    """Return the history's word for what went wrong.

    Raises:
        OSError: it is the vantage's own trouble (no ports, no descriptors) and proves nothing.
    """
    cause = trouble.__cause__
    return word_for(cause) if isinstance(cause, OSError) else str(trouble)
