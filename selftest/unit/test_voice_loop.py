"""The loop of everything that is SIP: what calls leave behind is collected often, in small portions."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from topologies.voice.loop import LOOP


class Circle:
    """What only the collector can find: it refers to itself."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def collector() -> Iterator[None]:
    """Leave Python's collector as it was."""
    yield
    gc.enable()
    gc.unfreeze()


def test_garbage_is_collected_by_the_loop_and_only_by_it() -> None:
    left: list[weakref.ref[Circle]] = []
    seen: list[bool] = []

    def leave_a_circle() -> None:
        left.append(weakref.ref(Circle()))
        seen.extend([left[0]() is not None, gc.isenabled()])
        LOOP.later(0.1, LOOP.stop)

    LOOP.collect_garbage(every_s=0.01)
    LOOP.later(0.005, leave_a_circle)
    LOOP.run()

    assert seen == [True, False]
    assert left[0]() is None
