"""Every promise that applies somewhere has tests of its classes and a defect; every test has a promise."""

import functools
import importlib
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType

import pytest

from conformance.catalogue import catalogue
from selftest.runs import ROOT
from topologies.defect import Defect, defect_names, load_defect
from topologies.loading import load, names


def promised() -> list[str]:
    """Return the requirements that apply to at least one reference topology."""
    topologies = [load(name) for name in names()]
    return [
        identity
        for identity, requirement in catalogue().items()
        if any(requirement.applies_to(topology).applies for topology in topologies)
    ]


def conformance_tests() -> Iterator[FunctionType]:
    for path in sorted(Path(ROOT, "conformance").glob("test_*.py")):
        module = importlib.import_module(f"conformance.{path.stem}")
        for name, found in vars(module).items():
            if name.startswith("test_") and isinstance(found, FunctionType):
                yield found


def marks(test: FunctionType) -> dict[str, tuple[object, ...]]:
    return {mark.name: mark.args for mark in getattr(test, "pytestmark", [])}


@functools.cache
def defects() -> dict[str, Defect]:
    """Return every defect by name."""
    return {name: load_defect(name) for name in defect_names()}


def classes_tested() -> set[tuple[str, str]]:
    """Return each requirement with the class of each of its tests."""
    found = set()
    for test in conformance_tests():
        kind = "disruptive" if "disruptive" in marks(test) else "observed"
        found.add((str(marks(test)["requirement"][0]), kind))
    return found


@pytest.mark.parametrize("test", list(conformance_tests()), ids=lambda test: test.__name__)
def test_names_one_promise_in_a_sentence(test: FunctionType) -> None:
    """A test names a requirement of the catalogue, and its docstring is a sentence."""
    assert marks(test)["requirement"][0] in catalogue()
    assert (test.__doc__ or "").strip().endswith(".")


@pytest.mark.parametrize("identity", promised())
def test_promise_is_tested_in_each_of_its_classes(identity: str) -> None:
    """What can be observed is observed, and what needs a fault gets one."""
    wanted = {(identity, kind) for kind in catalogue()[identity].classes}
    assert wanted <= classes_tested()


@pytest.mark.parametrize("identity", promised())
def test_promise_can_be_refuted(identity: str) -> None:
    """At least one defect violates it."""
    assert [name for name, defect in defects().items() if identity in defect.violates]


@pytest.mark.parametrize("name", defect_names())
def test_defect_names_what_its_topology_promises(name: str) -> None:
    """A defect violates only what applies to its topology."""
    defect = defects()[name]
    topology = load(defect.topology)
    for identity in (*defect.violates, *defect.blocks):
        assert catalogue()[identity].applies_to(topology).applies, identity
