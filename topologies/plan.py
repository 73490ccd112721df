"""In which order the nodes of a topology are started: as many at once as their `after` allows."""

import graphlib

from topologies.errors import TopologyError
from topologies.model import Topology


class Plan:
    """The bring-up of one topology, from its first node to its last.

    Use it from one thread, however many threads do the starting:

        plan = Plan.of(topology)
        while plan.is_unfinished():
            for node in plan.ready():
                start(node)             # each node is handed out once
            plan.done(next_that_is_up())
    """

    def __init__(self, after: dict[str, tuple[str, ...]]) -> None:
        self._order = tuple(after)
        self._sorter = graphlib.TopologicalSorter(after)
        self._after = after
        try:
            self._sorter.prepare()
        except graphlib.CycleError as cycle:
            names = list(cycle.args[1])
            waits = " waits for ".join(reversed(names))
            raise TopologyError(f"nodes.{names[-1]}.after: {waits}; remove one of these `after`") from cycle

    @classmethod
    def of(cls, topology: Topology) -> "Plan":
        """Return a fresh plan for *topology*.

        Raises:
            TopologyError: nodes wait for each other in a circle; the sentence names it.
        """
        return cls({name: node.after for name, node in topology.nodes.items()})

    def is_unfinished(self) -> bool:
        """Tell whether some node is not done yet."""
        return self._sorter.is_active()

    def ready(self) -> tuple[str, ...]:
        """Return the nodes that can be started now and were not returned before, in the order of the file."""
        ready = set(self._sorter.get_ready())
        return tuple(name for name in self._order if name in ready)

    def done(self, node: str) -> None:
        """Say that *node*, which `ready` returned, does its job: what waited for it may become ready."""
        self._sorter.done(node)

    def waves(self) -> list[tuple[str, ...]]:
        """Return the whole order as waves: every node of a wave waits only for nodes of earlier waves."""
        fresh, waves = Plan(self._after), []
        while fresh.is_unfinished():
            waves.append(fresh.ready())
            for name in waves[-1]:
                fresh.done(name)
        return waves
