"""Looking at a node from beside it, to see whether a fault took hold."""

import dataclasses
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from chaos.fault import Stage
from topologies.errors import LabError


@dataclasses.dataclass(frozen=True)
class Neighbour:
    """A node that shares a network with another and can look at it."""

    name: str
    network: str
    target: str
    """The looked-at node's address on that network."""


def neighbours(system: Stage, node: str) -> list[Neighbour]:
    """Return for every network of *node* a running node beside it, where there is one.

    The vantage comes first, then nodes of other roles, the least likely to be hurt at the same time.

    Raises:
        LabError: nobody is beside it, so nobody can tell how it is.
    """
    nodes = system.topology.nodes
    vantage, role = system.vantage.name, nodes[node].role
    others = sorted(
        (name for name in nodes if name != node), key=lambda n: (n != vantage, nodes[n].role is role)
    )
    found = []
    for network, address in nodes[node].addresses.items():
        beside = (name for name in others if network in nodes[name].addresses and system.is_running(name))
        if name := next(beside, None):
            found.append(Neighbour(name, network, str(address)))
    if not found:
        raise LabError(f"no running node shares a network with {node}, so nobody can tell whether it is hurt")
    return found


def answers(system: Stage, node: str) -> list[Sequence[str]]:
    """Return who answers for the node's addresses: MAC addresses, a list per network with a neighbour."""
    beside = neighbours(system, node)
    with ThreadPoolExecutor(len(beside)) as pool:
        return list(pool.map(lambda one: system.arp_answers(one.name, one.target), beside))


def is_silent(system: Stage, node: str) -> bool:
    """Tell whether the node answers on no wire."""
    return not any(answers(system, node))


def answers_everywhere(system: Stage, node: str) -> bool:
    """Tell whether the node answers on every wire."""
    return all(answers(system, node))
