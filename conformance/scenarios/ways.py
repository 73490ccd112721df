"""The ways of failing that scenarios choose from: the entries of their `FAILURES`."""

import importlib
import pkgutil
from collections.abc import Callable
from functools import cache
from typing import Protocol, runtime_checkable

from chaos.fault import Fault
from conformance import scenarios


@runtime_checkable
class Way(Protocol):
    """A way for something to fail, such as `power-loss`: what a test is parametrised with."""

    @property
    def name(self) -> str:
        """What `--way` and `shown-by` call it."""

    @property
    def fault(self) -> Callable[..., Fault]:
        """Makes the fault, given what it is to hit."""


@cache
def known_ways() -> frozenset[str]:
    """Return the names of the ways of every scenario."""
    found: set[str] = set()
    for module in pkgutil.iter_modules(scenarios.__path__, f"{scenarios.__name__}."):
        ways: tuple[Way, ...] = getattr(importlib.import_module(module.name), "FAILURES", ())
        found |= {way.name for way in ways}
    return frozenset(found)
