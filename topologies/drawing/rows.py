"""Which nodes of a network stand beside each other: up to four in one row, more in rows by role.

The rows of one network hang from one bar: below the first row the bar folds and goes on as a rail, so no line
runs between the nodes of an earlier row.
"""

import math
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final

from topologies.model import Role, Topology

PER_ROW: Final = 4
ORDER: Final = (
    Role.CLIENT,
    Role.WAN,
    Role.PBX,
    Role.BALANCER,
    Role.SIP_PROXY,
    Role.WEB,
    Role.TELEPHONY,
    Role.STORAGE,
    Role.DATABASE,
)
"""From the users down to the data."""


def rows_of(members: Iterable[str], topology: Topology) -> list[list[str]]:
    """Return *members* of a network in rows, each in the order in which it is drawn.

    Roles share a row where they fit, and are split only where one alone does not. Nodes that lead on to a
    further network share the last row, however many: nothing stands between them and that network.
    """
    ordered = sorted(members, key=lambda name: ORDER.index(topology.nodes[name].role))
    if len(ordered) <= PER_ROW:
        return [ordered] if ordered else []
    leading_on = [name for name in ordered if len(topology.nodes[name].addresses) > 1]
    rows: list[list[str]] = []
    for group in _groups([name for name in ordered if name not in leading_on], topology):
        if rows and len(rows[-1]) + len(group) <= PER_ROW:
            rows[-1] += group
        else:
            rows.append(group)
    return [*rows, leading_on] if leading_on else rows


def _groups(ordered: Iterable[str], topology: Topology) -> Iterator[list[str]]:
    """Yield the nodes of each role, those of a large one in parts that are about equal."""
    for _, of_role in groupby(ordered, key=lambda name: topology.nodes[name].role):
        names = list(of_role)
        size = math.ceil(len(names) / math.ceil(len(names) / PER_ROW))
        yield from (names[start : start + size] for start in range(0, len(names), size))
