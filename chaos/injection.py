"""Holding a fault for the length of a block: stamped, proven, recorded, healed whatever happens."""

import contextlib
import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from chaos.fault import Fault, Stage, described, stage_for
from chaos.together import parts
from topologies.errors import FaultDidNotTakeHold, NotReady
from topologies.system import System
from topologies.waiting import wait_until

Record = Callable[[Mapping[str, Any]], None]
PATIENCE_S: Final = 5.0
"""How long a fault may take until it shows; no norm depends on it."""


@dataclasses.dataclass(frozen=True)
class Injection:
    """A fault that took hold, on the lab's CLOCK_MONOTONIC."""

    fault: Fault
    began_ns: int
    """Read before anything was done: whatever is measured from here is not flattered."""
    ended_ns: int
    """When the injection had been carried out."""


@contextlib.contextmanager
def injected(
    fault: Fault, system: System, record: Record, *, patience_s: float = PATIENCE_S
) -> Iterator[Injection]:
    """Hold *fault* for the length of the block; *record* gets its `fault` and `healed` lines, one per part.

    Raises:
        FaultDidNotTakeHold: it left no trace within *patience_s*, or its traces were there before.
        LabError: the system cannot have it, or it could not be healed.
    """
    stage = stage_for(fault, system)
    for part in parts(fault):
        if part.took_hold(stage):
            raise FaultDidNotTakeHold(f"{described(part)} shows already before it is injected")
    began_ns = stage.now_ns()
    try:
        fault.inject(stage)
        injection = Injection(fault, began_ns, stage.now_ns())
        held = _shows(fault, stage, patience_s)
        _record("fault", injection, record, took_hold=held)
        if not held:
            raise FaultDidNotTakeHold(f"{described(fault)} left no trace within {patience_s:g} s")
        yield injection
    finally:
        healing_ns = stage.now_ns()
        fault.heal(stage)
        _record("healed", Injection(fault, healing_ns, stage.now_ns()), record)


def _shows(fault: Fault, stage: Stage, patience_s: float) -> bool:
    try:
        wait_until(described(fault), lambda: fault.took_hold(stage), patience_s=patience_s, poll_s=0.02)
    except NotReady:
        return False
    return True


def _record(kind: str, injection: Injection, record: Record, **more: object) -> None:
    for part in parts(injection.fault):
        for node in part.nodes:
            record(
                {
                    "t": kind,
                    "at_ns": injection.began_ns,
                    "name": part.name,
                    "node": node,
                    "began_ns": injection.began_ns,
                    "ended_ns": injection.ended_ns,
                    **more,
                }
            )
