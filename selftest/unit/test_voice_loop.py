"""The loop of everything that is SIP: what calls leave behind is collected often, in small portions."""

import gc
import weakref

import pytest

from topologies.voice import loop


class Circle:
    """What only the collector can find: it refers to itself."""

    def __init__(self) -> None:
        self.itself = self


def test_garbage_is_collected_by_the_loop_and_only_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "COLLECT_EVERY_S", 0.01)
    left: list[weakref.ref[Circle]] = []
    seen: list[bool] = []

    def leave_a_circle() -> None:
        left.append(weakref.ref(Circle()))
        seen.extend([left[0]() is not None, gc.isenabled()])
        loop.LOOP.later(0.1, loop.LOOP.stop)

    loop.LOOP.later(0.005, leave_a_circle)
    loop.LOOP.run()

    assert seen == [True, False]
    assert left[0]() is None
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0
