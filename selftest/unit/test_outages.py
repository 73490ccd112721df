"""Outages: the truth lies within the bounds, the bounds are narrow, and stalls only widen them."""

from collections.abc import Sequence
from typing import get_args

import pytest

from conformance.history import History, Line
from conformance.outages import Window, envelope, largest_gap_ns, windows
from conformance.stalls import Stalls
from selftest.unit.crafted import MS, Mode, Service, at, history, operation, stall


def found(
    record: History, *, too_slow_ms: float | None = None, before_ms: float | None = None
) -> list[Window]:
    operations = record.operations("http")
    return windows(
        operations,
        Stalls.of(record, operations),
        before_ns=None if before_ms is None else at(before_ms),
        too_slow_ns=None if too_slow_ms is None else round(too_slow_ms * MS),
    )


def must_contain(window: Window, began_ms: float, ended_ms: float) -> None:
    assert window.began_after_ns is not None
    assert window.ended_before_ns is not None
    assert window.began_after_ns <= at(began_ms) <= window.began_before_ns
    assert window.ended_after_ns <= at(ended_ms) <= window.ended_before_ns


@pytest.mark.parametrize("mode", get_args(Mode))
@pytest.mark.parametrize("length_ms", [50, 100, 300, 1000])
def test_truth_lies_within_narrow_bounds(mode: Mode, length_ms: float) -> None:
    """Whatever the failure looks like to a client, both edges are bounded rightly, and to 20 ms."""
    for seed in range(20):
        began_ms = 400 + 0.5 * seed
        gap = (began_ms, began_ms + length_ms)
        record = history(Service(gap, mode=mode, seed=seed).lines(began_ms + length_ms + 600))

        (window,) = found(record, too_slow_ms=20 if mode == "freeze" else None, before_ms=began_ms)

        must_contain(window, *gap)
        assert window.upper_ns is not None
        assert window.upper_ns - window.lower_ns <= 20 * MS
        assert abs((window.upper_ns + window.lower_ns) / 2 - length_ms * MS) <= 10 * MS


def test_no_failure_is_no_window_but_a_gap() -> None:
    record = history(Service().lines(1000))
    operations = record.operations("http")

    assert found(record) == []
    assert 4 * MS <= largest_gap_ns(operations, Stalls(), from_ns=at(100), to_ns=at(900)) <= 8 * MS


def test_late_answers_are_no_outage_unless_asked_for() -> None:
    record = history(Service((400, 460), mode="freeze").lines(1000))

    assert found(record, before_ms=400) == []
    (window,) = found(record, before_ms=400, too_slow_ms=20)
    assert dict(window.errors).keys() == {"slow"}


def test_late_answers_show_where_a_long_freeze_ended() -> None:
    """Behind a freeze longer than the deadline, the last operations are answered late: the end."""
    record = history(Service((400, 1100), mode="freeze").lines(2000))

    (window,) = found(record, before_ms=400)

    must_contain(window, 400, 1100)
    assert window.upper_ns is not None
    assert window.upper_ns - window.lower_ns <= 20 * MS


def test_slow_answers_after_the_return_do_not_prolong_the_outage() -> None:
    before = list(Service((400, 500)).lines(500))
    after = [line for n in range(80) for line in operation(1000 + n, 500 + 4 * n, 11.0)]

    (window,) = found(history(before, after), before_ms=400)

    must_contain(window, 400, 500)
    assert window.ended_before_ns is not None
    assert window.ended_before_ns <= at(520)


def test_flapping_is_several_windows_and_one_envelope() -> None:
    record = history(Service((400, 500), (700, 760)).lines(1500))

    several = found(record, before_ms=400)

    assert len(several) == 2
    must_contain(several[0], 400, 500)
    must_contain(several[1], 700, 760)
    whole = envelope(several)
    must_contain(whole, 400, 760)
    assert whole.failed == sum(window.failed for window in several)


def test_every_second_request_failing_is_one_disturbance() -> None:
    """One of two servers is dead: the requests between the failures do not end the window one by one."""
    lines: list[Line] = []
    for number in range(200):
        dead = 100 <= number < 150 and number % 2 == 0
        lines += operation(number, 4 * number, 500 if dead else 1, "failed" if dead else "ok",
                           error="answer timeout" if dead else None)  # fmt: skip
    whole = envelope(found(history(lines), before_ms=400))

    must_contain(whole, 400, 593)


def test_service_that_does_not_return_has_no_upper_bound() -> None:
    (window,) = found(history(Service((400, 9999)).lines(1000)), before_ms=400)

    assert window.ended_before_ns is None
    assert window.upper_ns is None
    assert window.lower_ns >= 590 * MS


def test_service_never_seen_has_no_upper_bound_either() -> None:
    (window,) = found(history(Service((0, 400)).lines(1000)))

    assert window.began_after_ns is None
    assert window.upper_ns is None


def test_operations_that_never_ended_prove_nothing() -> None:
    assert found(history(Service().lines(400), operation(5000, 401, None))) == []


def test_operation_in_flight_at_the_beginning_that_was_served_is_no_absence() -> None:
    record = history(Service((400, 500)).lines(398), operation(900, 399.5, 3.0), Service((400, 500)).lines(0))

    assert found(record) == []


@pytest.mark.parametrize("at_ms", [401.0, 505.0])
def test_stall_at_an_edge_widens_and_never_narrows(at_ms: float) -> None:
    lines = list(Service((400, 500)).lines(1200))
    (calm,) = found(history(lines), before_ms=400)
    (stalled,) = found(history(lines, stall(at_ms + 12, 24)), before_ms=400)

    assert calm.upper_ns is not None
    assert stalled.upper_ns is not None
    assert stalled.lower_ns <= calm.lower_ns
    assert stalled.upper_ns >= calm.upper_ns
    assert (stalled.lower_ns, stalled.upper_ns) != (calm.lower_ns, calm.upper_ns)
    assert stalled.stalled_ns > 0
    must_contain(stalled, 400, 500)


def test_deadline_missed_because_of_a_stall_proves_nothing() -> None:
    record = history(
        Service().lines(400),
        operation(700, 401, 500, "failed", error="answer timeout"),
        stall(902, 501),
    )

    assert found(record) == []


def test_late_start_counts_as_stall() -> None:
    invoked, ended = operation(0, 40, 1)
    record = history([{**invoked, "intended_ns": at(10)}, ended])

    assert Stalls.of(record, record.operations("http")).within(at(0), at(100)) == 30 * MS


@pytest.mark.parametrize(
    ("lines", "stalled_ms"),
    [
        ([stall(50, 20), stall(55, 20)], 25),
        ([stall(50, 4)], 0),
        ([{"t": "steal", "at_ns": at(90), "core": 0, "stolen_ms": 30}], 30),
        ([{"t": "steal", "at_ns": at(90), "core": 0, "stolen_ms": 10}], 0),
        ([stall(300, 20)], 0),
    ],
)
def test_stalls_add_up_where_they_overlap(lines: Sequence[Line], stalled_ms: float) -> None:
    assert Stalls.of(history(lines)).within(at(0), at(100)) == stalled_ms * MS


def test_running_time_after_a_stall_comes_later() -> None:
    stalls = Stalls.of(history(stall(30, 20)))

    assert stalls.after(at(0), 5 * MS) == at(5)
    assert stalls.after(at(8), 5 * MS) == at(33)
