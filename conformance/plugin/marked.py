"""What a test says of itself: the requirement that it proves or refutes, and its topology."""

from typing import cast

import pytest


def requirement_of(item: pytest.Item) -> str | None:
    """Return the id that the item's `requirement` mark names."""
    mark = item.get_closest_marker("requirement")
    return str(mark.args[0]) if mark else None


def topology_of(item: pytest.Item) -> str | None:
    """Return the topology on which the item runs."""
    callspec = getattr(item, "callspec", None)
    return cast("str | None", callspec.params.get("system")) if callspec else None
