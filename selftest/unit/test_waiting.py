"""Waiting, on a clock that costs no time."""

import dataclasses
from collections.abc import Callable

import pytest

from topologies.errors import NotReady
from topologies.waiting import wait_until


@dataclasses.dataclass
class Time:
    """A clock that advances when slept on."""

    now_s: float = 100.0
    slept: int = 0

    def monotonic(self) -> float:
        """Return the time as it was set."""
        return self.now_s

    def sleep(self, seconds: float, /) -> None:
        """Let *seconds* pass at once."""
        self.now_s += seconds
        self.slept += 1


def replay(*values: object) -> Callable[[], object]:
    """Return an observation that gives *values* one after the other, the last one for ever."""
    left = list(values)
    return lambda: left.pop(0) if len(left) > 1 else left[0]


def test_what_holds_at_once_takes_no_time() -> None:
    clock = Time()
    reached = wait_until("it", lambda: "ready", patience_s=1, clock=clock)
    assert (reached.value, reached.after_s, clock.slept) == ("ready", 0.0, 0)


def test_it_polls_until_the_condition_holds() -> None:
    clock = Time()
    reached = wait_until(
        "it", replay(1, 2, 3), lambda value: value == 3, patience_s=5, poll_s=0.5, clock=clock
    )
    assert (reached.value, reached.after_s, clock.slept) == (3, 1.0, 2)


def test_a_glitch_does_not_count_where_several_in_a_row_are_asked_for() -> None:
    clock = Time()
    observe = replay("up", "", "up", "up", "up")
    reached = wait_until("it", observe, patience_s=5, poll_s=0.5, in_a_row=3, clock=clock)
    assert reached.after_s == 1.0  # the first of the good ones that stayed, not the glitch
    assert clock.slept == 4


def test_the_error_is_a_sentence_with_the_last_value() -> None:
    clock = Time()
    with pytest.raises(NotReady, match=r"^standby owns the virtual IP: not within 2 s; last seen: 'lb1'$"):
        wait_until(
            "standby owns the virtual IP",
            lambda: "lb1",
            lambda owner: owner == "lb2",
            patience_s=2,
            poll_s=0.5,
            clock=clock,
        )
    assert clock.now_s == 102.0


def test_it_looks_at_least_once_even_without_patience() -> None:
    assert wait_until("it", lambda: True, patience_s=0, clock=Time()).value
    with pytest.raises(NotReady):
        wait_until("it", lambda: False, patience_s=0, clock=Time())


def test_an_error_of_the_observation_is_not_swallowed() -> None:
    def broken() -> bool:
        raise ConnectionError("gone")

    with pytest.raises(ConnectionError):
        wait_until("it", broken, patience_s=1, clock=Time())
