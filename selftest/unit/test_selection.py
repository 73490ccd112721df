"""Which tests run: those of what has to hold on the topology, in the chapters that are asked for."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance.catalogue import chapters
from conformance.plugin.options import Options, _chapters
from conformance.plugin.selection import _is_judged
from topologies.errors import UsageError
from topologies.loading import load


def item(requirement: str, topology: str = "redundant") -> pytest.Item:
    """Return as much of a test as is looked at."""
    mark: Any = pytest.mark.requirement(requirement).mark
    stub = SimpleNamespace(
        nodeid=f"test of {requirement}",
        get_closest_marker={"requirement": mark}.get,
        callspec=SimpleNamespace(params={"system": topology}),
        extra_keyword_matches=set(),
    )
    return cast("pytest.Item", stub)


def options(*asked: str, topology: str = "redundant") -> Options:
    """Return as much of the options as is looked at."""
    stub = SimpleNamespace(topologies={topology: load(topology)}, chapters=_chapters(list(asked)))
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
