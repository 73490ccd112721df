"""The open loop: one operation is started every interval, whether or not earlier ones have returned.

A slot that comes up while this process does not run (a stalled host) is started late; further slots missed
meanwhile are left out, so numbers have gaps. That is the host's doing, never the system's, and is recorded
as a `stall`. An operation's deadline does not run during such a stall: the answer may be waiting in the
socket.
"""

from __future__ import annotations

import collections
import gc
import os
import random
import select
import time
from typing import TYPE_CHECKING, Any

from conformance.probes.vantage.failures import Failure
from conformance.probes.vantage.lines import Lines
from conformance.probes.vantage.names import names_of
from conformance.probes.vantage.plan import lost

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.probes.vantage.output import Output
    from conformance.probes.vantage.plan import Plan, Request
    from conformance.probes.vantage.wire import Wire

STALL_NS = 5_000_000
"""An oversleep that is recorded; below it, the uncertainty of the bounds covers it anyway."""
EDGES = select.EPOLLIN | select.EPOLLOUT | select.EPOLLRDHUP | select.EPOLLET
CLOSED = select.EPOLLRDHUP | select.EPOLLHUP | select.EPOLLERR
STDIN = 0
monotonic_ns = time.monotonic_ns


class _Operation:
    __slots__ = ("ended", "expires_ns", "fd", "number", "request", "wire")

    def __init__(self, number: int, request: Request, expires_ns: int) -> None:
        self.number = number
        self.request = request
        self.expires_ns = expires_ns
        """On the clock of this process: real time less the stalls."""
        self.ended = False
        self.wire: Wire | None = None
        self.fd = -1


class OpenLoop:
    """A probe at work. `run` returns when stdin is closed, or a hard limit is reached."""

    def __init__(
        self, settings: dict[str, Any], plan: Plan, dial: Callable[[str], Wire], output: Output
    ) -> None:
        self._settings = settings
        self._plan = plan
        self._dial = dial
        self._output = output
        self._lines = Lines(settings, output)
        self._interval_ns: int = settings["interval_ns"]
        self._deadline_ns: int = settings["deadline_ns"]
        self._keep: bool = settings["keep_alive"]
        self._names = names_of(settings)
        self._epoll = select.epoll()
        self._flying: dict[int, _Operation] = {}
        self._order: collections.deque[_Operation] = collections.deque()
        self._idle: list[Wire] = []
        self._stalled_ns = 0
        self._operations = 0

    def run(self) -> None:
        """Work until told to end, then wait for what is in flight."""
        self._epoll.register(STDIN, select.EPOLLIN | select.EPOLLHUP)
        gc.collect()
        gc.freeze()
        gc.disable()
        began_ns = monotonic_ns()
        self._lines.begun(began_ns, self._names.address())
        self._output.flush(began_ns)
        slot, ending, looked_ns = 0, False, began_ns
        while not (ending and not self._flying):
            due_ns = began_ns + slot * self._interval_ns + self._offset_ns(slot)
            wake_ns = self._wake_ns(None if ending else due_ns)
            ending = self._wait(wake_ns) or ending
            now_ns = monotonic_ns()
            self._note_stall(max(wake_ns, looked_ns), now_ns)
            looked_ns = now_ns
            self._expire(now_ns)
            ending = ending or now_ns - began_ns >= self._settings["max_ns"]
            ending = ending or self._operations >= self._settings["max_operations"]
            if not ending and now_ns >= due_ns:
                self._start(slot, due_ns)
                slot = max(slot + 1, (now_ns - began_ns) // self._interval_ns)
            if now_ns >= self._output.due_ns():
                self._output.flush(now_ns)
        for wire in self._idle:
            wire.close()
        self._lines.cost(began_ns, monotonic_ns(), operations=self._operations, stalled_ns=self._stalled_ns)
        self._output.drain(monotonic_ns())

    def _offset_ns(self, slot: int) -> int:
        """Return how far into its slot an operation is put, so that probes do not keep step."""
        if not self._settings["spread"]:
            return 0
        return random.Random(slot).randrange(self._interval_ns)  # noqa: S311 -- spreading, not hiding

    def _wake_ns(self, slot_ns: int | None) -> int:
        while self._order and self._order[0].ended:
            self._order.popleft()
        wake_ns = self._output.due_ns()
        if slot_ns is not None:
            wake_ns = min(wake_ns, slot_ns)
        if self._order:
            wake_ns = min(wake_ns, self._order[0].expires_ns + self._stalled_ns)
        return wake_ns

    def _wait(self, wake_ns: int) -> bool:
        """Handle the sockets that are ready by *wake_ns*; tell whether stdin was closed."""
        timeout_s = max(0, wake_ns - monotonic_ns()) / 1e9
        # select on the epoll descriptor: its timeout has microseconds, that of epoll only milliseconds.
        if timeout_s and not select.select([self._epoll], [], [], timeout_s)[0]:
            return False
        ending = False
        for fd, events in self._epoll.poll(0):
            if fd == STDIN:
                ending = not os.read(STDIN, 4096)
                if ending:
                    self._epoll.unregister(STDIN)
            elif fd in self._flying:
                self._step(self._flying[fd])
                if events & CLOSED:  # right behind its answer
                    self._drop_idle(fd)
            elif events & ~select.EPOLLOUT:  # it can be written to at any time
                self._drop_idle(fd)
        return ending

    def _note_stall(self, expected_ns: int, now_ns: int) -> None:
        late_ns = now_ns - expected_ns
        if late_ns >= STALL_NS:
            self._stalled_ns += late_ns
            self._lines.stalled(now_ns, late_ns)

    def _start(self, slot: int, intended_ns: int) -> None:
        request = self._plan.request(slot)
        if request is None:
            return
        self._operations += 1
        address = self._names.address()
        invoked_ns = monotonic_ns()
        self._lines.invoked(slot, invoked_ns, intended_ns, address, request.about)
        operation = _Operation(slot, request, invoked_ns - self._stalled_ns + self._deadline_ns)
        if address is None:
            self._end(operation, "failed", "no such name", monotonic_ns())
            return
        self._order.append(operation)
        try:
            self._send(operation, address)
        except Failure as failure:
            self._fail(operation, str(failure), monotonic_ns())

    def _send(self, operation: _Operation, address: str) -> None:
        payload = operation.request.payload
        if self._idle:
            operation.wire = self._idle.pop()
            operation.fd = operation.wire.sock.fileno()
            self._flying[operation.fd] = operation
            operation.wire.again(payload)
            self._step(operation)  # the answer may be there at once, and then no event would tell
            return
        operation.wire = self._dial(address)
        operation.wire.unsent = payload
        operation.fd = operation.wire.sock.fileno()
        self._flying[operation.fd] = operation
        self._epoll.register(operation.fd, EDGES)

    def _step(self, operation: _Operation) -> None:
        wire = operation.wire
        assert wire is not None
        try:
            completed_ns = wire.step()
        except Failure as failure:
            self._fail(operation, str(failure), monotonic_ns())
            return
        if completed_ns is None:
            return
        assert wire.answer is not None
        judged = self._plan.answered(operation.request, wire.answer)
        found = {**wire.answer.facts(), **judged.found}
        self._end(operation, judged.outcome, judged.error, completed_ns, server=judged.server, found=found)

    def _expire(self, now_ns: int) -> None:
        order, own_ns = self._order, now_ns - self._stalled_ns
        while order and (order[0].ended or order[0].expires_ns <= own_ns):
            operation = order.popleft()
            if not operation.ended and operation.wire is not None:
                self._fail(operation, operation.wire.timeout_word(), now_ns)

    def _fail(self, operation: _Operation, error: str, now_ns: int) -> None:
        self._plan.unanswered(operation.request)
        wire = operation.wire
        was_sent = wire is not None and wire.sent_ns is not None
        self._end(operation, lost(operation.request) if was_sent else "failed", error, now_ns)

    def _end(  # noqa: PLR0913 -- the fields of one line
        self,
        operation: _Operation,
        outcome: str,
        error: str | None,
        at_ns: int,
        *,
        server: str | None = None,
        found: dict[str, Any] | None = None,
    ) -> None:
        self._lines.ended(
            operation.number, at_ns, outcome, error, operation.wire, server=server, found=found or {}
        )
        self._release(operation)

    def _release(self, operation: _Operation) -> None:
        operation.ended = True
        wire, operation.wire = operation.wire, None
        if wire is None:
            return
        self._flying.pop(operation.fd, None)
        if self._keep and wire.is_reusable and len(self._idle) < wire.MOST_KEPT:
            self._idle.append(wire)
        else:
            wire.close()

    def _drop_idle(self, fd: int) -> None:
        """Forget a kept connection that the other side has closed (nothing else can come from it)."""
        for wire in [wire for wire in self._idle if wire.sock.fileno() == fd]:
            self._idle.remove(wire)
            wire.close()
