"""Check of who ends calls."""

from typing import Any

import pytest

from conformance.checkers.check import restored
from conformance.checkers.tear_down import EitherSideEnds
from conformance.history import Line
from conformance.verdict import Verdict
from selftest.unit.crafted import history
from selftest.unit.crafted_calls import call

CHECK = EitherSideEnds(probes=("calls",), least=2)


def ended(by: str, first: int, *, count: int = 2, **changed: Any) -> list[Line]:
    """Return calls that one side ended."""
    lines = [line for number in range(count) for line in call(first + number, 100.0 * number)]
    return [line if line["t"] == "invoke" else {**line, "ended_by": by, **changed} for line in lines]


def test_calls_that_either_side_ends_hold() -> None:
    result = CHECK.judge(history(ended("us", 0), ended("them", 2)))

    assert result.verdict is Verdict.HOLDS
    assert result.reason == "2 calls ended by the phone, 2 calls ended by the telephony server"


def test_side_that_ends_nothing_violates() -> None:
    silent = ended("us", 2, t="failed", error="not ended by them")
    result = CHECK.judge(history(ended("us", 0), silent))

    assert result.verdict is Verdict.VIOLATED
    assert result.reason == "no call was ended by the telephony server: not ended by them"


@pytest.mark.parametrize(
    "lines",
    [[], ended("us", 0), [*ended("us", 0), *ended("them", 2, count=1)]],
    ids=["nothing", "one side alone", "too few"],
)
def test_too_little_to_tell_is_unknown(lines: list[Line]) -> None:
    assert CHECK.judge(history(lines)).verdict is Verdict.UNKNOWN


def test_calls_that_the_end_of_the_probe_cut_short_do_not_count() -> None:
    lines = [*ended("us", 0, cut_short=True), *ended("them", 2)]

    assert CHECK.judge(history(lines)).verdict is Verdict.UNKNOWN


def test_it_is_restored_from_its_stored_form() -> None:
    assert restored(CHECK.stored()) == CHECK
