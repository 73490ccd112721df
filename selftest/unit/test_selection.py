"""Which tests run: those of what has to hold on the topology, in the chapters that are asked for."""

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance.catalogue import chapters
from conformance.plugin.options import OPTIONS, Options, _chapters
from conformance.plugin.runs import RUNS
from conformance.plugin.selection import (
    _is_judged,
    pytest_collection_finish,
    pytest_collection_modifyitems,
)
from conformance.plugin.ways import asked_ways
from conformance.run import Run
from conformance.scenarios.web_loss import FAILURES
from conformance.ways import WaysTried
from topologies.errors import UsageError
from topologies.loading import load


@dataclasses.dataclass(eq=False)
class Stub:
    """Stands for a test; like one it equals no other."""

    nodeid: str
    get_closest_marker: Callable[[str], Any]
    callspec: SimpleNamespace
    extra_keyword_matches: set[str]


def item(requirement: str, topology: str = "redundant", way: int | None = None) -> pytest.Item:
    """Return as much of a test as is looked at; *way*: the number of the way in which a web server fails."""
    mark: Any = pytest.mark.requirement(requirement).mark
    stub = Stub(
        nodeid=f"test of {requirement}",
        get_closest_marker={"requirement": mark}.get,
        callspec=SimpleNamespace(
            params={"system": topology} | ({} if way is None else {"loss": FAILURES[way]}),
            indices={"system": 0, "loss": way},
        ),
        extra_keyword_matches=set(),
    )
    return cast("pytest.Item", stub)


def options(*asked: str, topology: str = "redundant", ways: Sequence[str] = ()) -> Options:
    """Return as much of the options as is looked at."""
    stub = SimpleNamespace(
        topologies={topology: load(topology)}, chapters=_chapters(list(asked)), ways=asked_ways(ways)
    )
    return cast("Options", stub)


def test_without_a_chapter_every_one_is_judged() -> None:
    assert _chapters([]) == frozenset(chapters())
    assert _is_judged(item("WEB-5"), options())
    assert _is_judged(item("ALI-1"), options())


def test_only_the_chapters_that_are_asked_for_are_judged() -> None:
    assert _is_judged(item("WEB-5"), options("user-access"))
    assert not _is_judged(item("ALI-1"), options("user-access"))
    assert _is_judged(item("ALI-1"), options("user-access", "aliases"))


def test_what_does_not_apply_is_not_judged_however_it_is_asked_for() -> None:
    """One web server cannot take over from another."""
    assert not _is_judged(item("WEB-5", "simple"), options("user-access", topology="simple"))


def test_a_requirement_is_found_by_its_id() -> None:
    """`-k WEB-5` finds its tests."""
    asked = item("WEB-5")
    _is_judged(asked, options())
    assert asked.extra_keyword_matches == {"WEB-5"}


def test_a_test_of_a_promise_that_does_not_exist_is_refused() -> None:
    with pytest.raises(
        pytest.UsageError, match=r"requirement 'WEB-99' is not in conformance/requirements.yaml"
    ):
        _is_judged(item("WEB-99"), options())


def test_chapters_may_be_given_one_by_one_and_joined() -> None:
    assert _chapters(["database", "sip,files"]) == {"database", "sip", "files"}


def test_unknown_chapter_is_told_with_the_known_ones() -> None:
    with pytest.raises(
        UsageError, match=r"--chapter=databases: no such chapter; did you mean 'database'\? .*sip"
    ):
        _chapters(["databases"])


def selected(
    tmp_path: Path, items: list[pytest.Item], *ways: str, narrowed_to: slice = slice(None)
) -> tuple[list[pytest.Item], Run]:
    """Let the hooks of a session select of *items*, and `-k` of those; return what runs, and the run."""
    told: list[pytest.Item] = []
    config = SimpleNamespace(
        stash=pytest.Stash(),
        hook=SimpleNamespace(pytest_deselected=lambda items: told.extend(items)),  # noqa: PLW0108 -- by its name
    )
    run = Run(load("redundant"), tmp_path, seed=1)
    config.stash[OPTIONS] = options(ways=ways)
    config.stash[RUNS] = {"redundant": run}
    running = [*items]
    pytest_collection_modifyitems(cast("pytest.Config", config), running)
    assert told == without(items, running)
    running = running[narrowed_to]
    pytest_collection_finish(cast("pytest.Session", SimpleNamespace(config=config, items=running)))
    return running, run


def without(items: Iterable[pytest.Item], others: Iterable[pytest.Item]) -> list[pytest.Item]:
    """Return those of *items* that are not among *others*."""
    return [one for one in items if one not in set(others)]


def test_ways_that_are_not_asked_for_do_not_run_and_are_remembered(tmp_path: Path) -> None:
    losses = [item("WEB-5", way=number) for number in range(4)]
    running, run = selected(tmp_path, [*losses, item("WEB-1")], "freeze")
    assert running[:2] == [losses[0], losses[2]]
    assert len(running) == 3
    assert run.ways == {"WEB-5": WaysTried(taken=("power-loss", "freeze"), left_out=("crash", "isolation"))}


def test_ways_that_other_options_leave_out_are_remembered_too(tmp_path: Path) -> None:
    losses = [item("WEB-5", way=number) for number in range(4)]
    _, run = selected(tmp_path, losses, narrowed_to=slice(3, None))
    assert run.ways == {"WEB-5": WaysTried(taken=("isolation",), left_out=("power-loss", "crash", "freeze"))}


def test_a_run_by_every_way_leaves_none_out(tmp_path: Path) -> None:
    """What does not apply was not left out either."""
    losses = [item("WEB-5", way=number) for number in range(4)]
    running, run = selected(tmp_path, [*losses, item("WEB-9", way=1)])
    assert running == losses
    assert run.ways == {}
