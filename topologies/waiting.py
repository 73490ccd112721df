"""The one way to wait: for a condition, with a deadline, on a clock that tests can replace."""

import dataclasses
import time
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from topologies.errors import NotReady

T = TypeVar("T")


class Clock(Protocol):
    """What waiting needs of a clock; the module `time` is one."""

    def monotonic(self) -> float:
        """Return seconds on a clock that never steps."""

    def sleep(self, seconds: float, /) -> None:
        """Let *seconds* pass."""


@dataclasses.dataclass(frozen=True)
class Reached(Generic[T]):
    """A condition that was reached."""

    value: T
    after_s: float
    """Seconds from the start of the wait to the first sample of the final run of good ones."""


def wait_until(  # noqa: PLR0913 -- every number is keyword-only and named with its unit
    what: str,
    observe: Callable[[], T],
    holds: Callable[[T], bool] = bool,
    *,
    patience_s: float,
    poll_s: float = 0.05,
    in_a_row: int = 1,
    clock: Clock = time,
) -> Reached[T]:
    """Poll *observe* until *holds* was true *in_a_row* times; return the last value.

    Raises:
        NotReady: *patience_s* seconds passed; the message quotes the last value seen.
    """
    began = clock.monotonic()
    good, good_since = 0, 0.0
    while True:
        looked_at = clock.monotonic() - began
        value = observe()
        if holds(value):
            good_since = looked_at if good == 0 else good_since
            good += 1
            if good >= in_a_row:
                return Reached(value, good_since)
        else:
            good = 0
        if clock.monotonic() - began >= patience_s:
            raise NotReady(f"{what}: not within {patience_s:g} s; last seen: {value!r}")
        clock.sleep(poll_s)
