"""Which ways of failing a session takes, and what its verdicts have to say of the others."""

from collections.abc import Iterable

import pytest

from conformance.plugin.marked import requirement_of, topology_of
from conformance.scenarios.ways import Way, known_ways
from conformance.ways import WaysTried
from topologies.errors import UsageError
from topologies.spelling import suggestion

FIRST = "first"
"""`--way=first` takes the first of each scenario and no other."""
Judged = tuple[str, str]
"""Topology and requirement."""


def asked_ways(given: Iterable[str]) -> frozenset[str] | None:
    """Return the ways that are asked for besides the first of each scenario; None means every one.

    Raises:
        UsageError: no scenario knows such a way.
    """
    asked = frozenset(part for value in given for part in value.split(","))
    for name in sorted(asked - known_ways() - {FIRST}):
        known = suggestion(name, {FIRST, *known_ways()}, plural="known ways")
        raise UsageError(f"--way={name}: no such way of failing{known}")
    return asked or None


def is_taken(item: pytest.Item, ways: frozenset[str] | None) -> bool:
    """Tell whether each way of the item is among *ways*, or the first of its scenario."""
    if ways is None:
        return True
    indices = getattr(getattr(item, "callspec", None), "indices", {})
    return all(way.name in ways or indices[name] == 0 for name, way in _ways(item).items())


def offered(items: Iterable[pytest.Item]) -> dict[Judged, tuple[str, ...]]:
    """Return the ways by which *items* judge each requirement on each topology."""
    found: dict[Judged, dict[str, None]] = {}
    for item in items:
        identity, topology = requirement_of(item), topology_of(item)
        if identity is not None and topology is not None:
            names = dict.fromkeys(way.name for way in _ways(item).values())
            found.setdefault((topology, identity), {}).update(names)
    return {judged: tuple(names) for judged, names in found.items()}


def tried(
    there_are: dict[Judged, tuple[str, ...]], taken: dict[Judged, tuple[str, ...]], topology: str
) -> dict[str, WaysTried]:
    """Return what was left out on *topology*, by requirement; one tried in every way has no entry."""
    found: dict[str, WaysTried] = {}
    for (where, identity), names in there_are.items():
        mine = taken.get((where, identity), ())
        left_out = tuple(name for name in names if name not in mine)
        if where == topology and left_out:
            found[identity] = WaysTried(taken=mine, left_out=left_out)
    return found


def _ways(item: pytest.Item) -> dict[str, Way]:
    """Return the parameters of the item that are ways of failing, by the name of the argument."""
    params = getattr(getattr(item, "callspec", None), "params", {})
    return {name: value for name, value in params.items() if isinstance(value, Way)}
