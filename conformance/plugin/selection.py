"""Which tests run: each requirement on each topology where it applies, disruptive ones as often as asked."""

from typing import cast

import pytest

from conformance.catalogue import catalogue
from conformance.plugin.options import OPTIONS, Options


def requirement_of(item: pytest.Item) -> str | None:
    """Return the id that the item's `requirement` mark names."""
    mark = item.get_closest_marker("requirement")
    return str(mark.args[0]) if mark else None


def topology_of(item: pytest.Item) -> str | None:
    """Return the topology on which the item runs."""
    callspec = getattr(item, "callspec", None)
    return cast("str | None", callspec.params.get("system")) if callspec else None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Spread tests over topologies and repeats."""
    options = metafunc.config.stash.get(OPTIONS, None)
    if options is None:
        return
    if "system" in metafunc.fixturenames:
        metafunc.parametrize("system", list(options.topologies), indirect=True, scope="session")
    if "repeat" in metafunc.fixturenames:
        rounds = range(1, options.repeat + 1)
        # Not the bare number: `-k DB-6` would find the sixth repeat of everything on multi-master-db.
        names = [f"no{number}" for number in rounds]
        metafunc.parametrize("repeat", rounds, ids=names, indirect=True, scope="module")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what does not apply or is not asked for; make `-k WEB-9` find the tests of a requirement."""
    options = config.stash.get(OPTIONS, None)
    if options is None:
        return
    kept: list[pytest.Item] = []
    left_out: list[pytest.Item] = []
    for item in items:
        (kept if _is_judged(item, options) else left_out).append(item)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = kept


def _is_judged(item: pytest.Item, options: Options) -> bool:
    """Tell whether the item's requirement has to hold on its topology, and its chapter is asked for."""
    identity, topology = requirement_of(item), topology_of(item)
    if identity is None or topology is None:
        return True
    item.extra_keyword_matches.add(identity)
    if identity not in catalogue():
        raise pytest.UsageError(
            f"{item.nodeid}: requirement {identity!r} is not in conformance/requirements.yaml"
        )
    requirement = catalogue()[identity]
    return (
        requirement.chapter in options.chapters
        and requirement.applies_to(options.topologies[topology]).applies
    )
