"""Which tests run: each requirement on each topology where it applies, disruptive ones as often as asked."""

from collections.abc import Sequence

import pytest

from conformance.catalogue import catalogue
from conformance.plugin.marked import requirement_of, topology_of
from conformance.plugin.options import OPTIONS, Options
from conformance.plugin.runs import RUNS
from conformance.plugin.ways import is_taken, offered, tried

JUDGED = pytest.StashKey[Sequence[pytest.Item]]()
"""Every test of what is asked for, whichever ways of failing are taken in the end."""


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
    judged = [item for item in items if _is_judged(item, options)]
    config.stash[JUDGED] = judged
    taken = {item: None for item in judged if is_taken(item, options.ways)}
    if left_out := [item for item in items if item not in taken]:
        config.hook.pytest_deselected(items=left_out)
        items[:] = taken


def pytest_collection_finish(session: pytest.Session) -> None:
    """Tell every run which ways of failing it leaves out, be it by `--way` or by `-k`."""
    config = session.config
    if config.stash.get(OPTIONS, None) is None:
        return
    judged = config.stash.get(JUDGED, ())
    there_are, taken = offered(judged), offered(session.items)
    for name, run in config.stash[RUNS].items():
        run.ways = tried(there_are, taken, name)


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
