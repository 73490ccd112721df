"""What single operations prove: that there was, or was not, service at some instant of a short interval.

- An operation that was served proves service at some instant from its start to its end.
- If it took much longer than usual, its end alone proves service, at some instant of the last usual latency
  before it. And it proves absence at some instant of the usual latency from its start, for otherwise it would
  have been served by then. This is `soft` evidence: it refines a window, it makes none.
- One that failed proves absence at some instant from its start to its error. If the error came late, as that
  of a deadline does, then at some instant of the usual latency from its start (of the usual time to connect,
  if it never connected): otherwise it would have been served by then.
- A call is served when it is answered (`History.operations` ends it there); ringing is no service yet.
- One that was in flight when a fault began, and not slow yet, proves no absence before the fault.
- Where the measuring host stalled, the usual latency gets longer by the stall; a deadline that passed because
  of stalls proves nothing. Nor does an operation that never ended.

"Usual" is the 99th percentile of the operations served before the fault, stalls deducted, and at least 1 ms
(0.5 ms to connect). So once in a hundred times an edge may be wrong by as much as that operation took longer.
"""

import dataclasses
import math
from collections.abc import Sequence
from typing import NamedTuple, Self

from conformance.history import NO_ANSWER, Operation, Outcome
from conformance.stalls import Stalls

QUANTILE = 0.99
LEAST_SAMPLE = 20
LEAST_LATENCY_NS = 1_000_000
LEAST_CONNECT_NS = 500_000
SERVED_ERRORS = frozenset({"logged out", "foreign session"})
"""An answer came; that it is the wrong one is no matter of service but of the session."""


class Interval(NamedTuple):
    """What was proven was so at some instant between these two."""

    from_ns: int
    to_ns: int


@dataclasses.dataclass(frozen=True)
class Usual:
    """How long operations take while there is service."""

    latency_ns: int
    connect_ns: int

    @classmethod
    def of(cls, operations: Sequence[Operation], stalls: Stalls, before_ns: int | None = None) -> Self:
        """Return what was usual before *before_ns*; None, or too little before it: throughout."""
        served = [o for o in operations if is_served(o) and o.completed_ns is not None]
        if before_ns is not None:
            before = [o for o in served if (o.completed_ns or 0) <= before_ns]
            served = before if len(before) >= LEAST_SAMPLE else served
        spans = [(o.invoked_ns, o.completed_ns) for o in served if o.completed_ns is not None]
        connected = [(o.invoked_ns, o.detail["connected_ns"]) for o in served if "connected_ns" in o.detail]
        latencies = [end - begin - stalls.within(begin, end) for begin, end in spans]
        connects = [end - begin - stalls.within(begin, end) for begin, end in connected]
        latency_ns = max(LEAST_LATENCY_NS, _quantile(latencies))
        return cls(latency_ns, min(latency_ns, max(LEAST_CONNECT_NS, _quantile(connects) or latency_ns)))

    @property
    def slow_ns(self) -> int:
        """The latency from which an operation counts as slow."""
        return max(2 * self.latency_ns, self.latency_ns + 2_000_000)


def _quantile(values: Sequence[int]) -> int:
    return sorted(values)[math.ceil(QUANTILE * len(values)) - 1] if values else 0


def _not_before(fault_ns: int, interval: Interval, operation: Operation, usual: Usual) -> Interval:
    """Return when an operation proves absence that was in flight, and not slow yet, when a fault began."""
    is_in_flight = interval.to_ns < fault_ns < (operation.completed_ns or 0)
    if is_in_flight and fault_ns - interval.from_ns <= usual.slow_ns:
        return Interval(interval.from_ns, fault_ns)
    return interval


def is_served(operation: Operation) -> bool:
    """Tell whether an answer came that shows service."""
    return operation.outcome is Outcome.OK or operation.error in SERVED_ERRORS


@dataclasses.dataclass
class Evidence:
    """What the operations of one probe prove; each list is in the order of the operations' starts."""

    served: list[Interval] = dataclasses.field(default_factory=list)
    """There was service at some instant of each."""
    prompt: list[Interval] = dataclasses.field(default_factory=list)
    """Those of `served` that took no longer than usual: from start to end."""
    absent: list[tuple[Interval, Operation]] = dataclasses.field(default_factory=list)
    """There was no service at some instant of each."""
    soft: list[tuple[Interval, int]] = dataclasses.field(default_factory=list)
    """The same, told by a slow answer, which took so many nanoseconds."""
    latencies: list[tuple[int, int]] = dataclasses.field(default_factory=list)
    """When each served operation began, and how long it took."""

    @classmethod
    def of(
        cls,
        operations: Sequence[Operation],
        usual: Usual,
        stalls: Stalls,
        *,
        too_slow_ns: int | None = None,
        before_ns: int | None = None,
    ) -> Self:
        """Gather what *operations* prove.

        too_slow_ns: answers that took longer count as absence of their own right, like a failure;
        before_ns: when a fault began: what was in flight then, and not slow yet, proves no absence before it.
        """
        evidence = cls()
        for operation in operations:
            if operation.completed_ns is None:
                continue
            if is_served(operation):
                evidence._served(operation, operation.completed_ns, usual, stalls, too_slow_ns)
            else:
                evidence._absent(operation, operation.completed_ns, usual, stalls)
        if before_ns is not None:
            evidence.absent = [
                (_not_before(before_ns, interval, operation, usual), operation)
                for interval, operation in evidence.absent
            ]
        return evidence

    def _served(
        self, operation: Operation, completed_ns: int, usual: Usual, stalls: Stalls, too_slow_ns: int | None
    ) -> None:
        start_ns = operation.invoked_ns
        took_ns = completed_ns - start_ns
        self.latencies.append((start_ns, took_ns))
        if took_ns <= usual.slow_ns:
            self.served.append(Interval(start_ns, completed_ns))
            self.prompt.append(self.served[-1])
            return
        running_ns = took_ns - stalls.within(start_ns, completed_ns)
        answer_from_ns = completed_ns - usual.latency_ns
        answer_from_ns -= stalls.within(answer_from_ns, completed_ns)
        self.served.append(Interval(max(start_ns, answer_from_ns), completed_ns))
        if running_ns > usual.slow_ns:
            absent = Interval(start_ns, min(completed_ns, stalls.after(start_ns, usual.latency_ns)))
            self.soft.append((absent, running_ns))
            if too_slow_ns is not None and running_ns > too_slow_ns:
                self.absent.append((absent, operation))

    def _absent(self, operation: Operation, completed_ns: int, usual: Usual, stalls: Stalls) -> None:
        start_ns = operation.invoked_ns
        by_deadline = operation.error == NO_ANSWER or (operation.error or "").endswith("timeout")
        if by_deadline and completed_ns - start_ns - stalls.within(start_ns, completed_ns) <= usual.slow_ns:
            return
        critical_ns = usual.connect_ns if operation.error == "connect timeout" else usual.latency_ns
        end_ns = completed_ns
        if completed_ns - start_ns > usual.slow_ns:
            end_ns = min(completed_ns, stalls.after(start_ns, critical_ns))
        self.absent.append((Interval(start_ns, end_ns), operation))
