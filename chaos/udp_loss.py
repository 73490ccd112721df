"""Loss of UDP."""

import dataclasses
import math
from typing import Final

from chaos import canary
from chaos.fault import OneNode, Stage
from chaos.isolate import UNUSED_PORT
from topologies.errors import UsageError
from topologies.system import Direction

ALL: Final = 100
_EXPECTED_LOST: Final = 20
"""So many datagrams of a sample are lost on average where the fault took hold."""
_WORDS: Final = {"both": "UDP", "in": "incoming UDP", "out": "outgoing UDP"}


@dataclasses.dataclass(frozen=True)
class UdpLoss(OneNode):
    """UDP datagrams are lost on their way, all or a share of them, one or both ways; TCP and ARP pass.

    To its peers the node is as alive as ever, web pages and databases answer, while calls and speech fall
    silent, stutter, or are heard on one side alone. Neither side is told: no error comes back.
    """

    direction: Direction = "both"
    """Seen from the node: `in`, `out` or `both`."""
    percent: int = ALL
    """The share of datagrams that is lost each way, drawn by lot."""

    def __post_init__(self) -> None:
        """Refuse a share that is none.

        Raises:
            UsageError: *percent* is not from 1 to 100.
        """
        if not 1 <= self.percent <= ALL:
            raise UsageError(f"{self.name} on {self.node}: {self.percent} percent is not from 1 to {ALL}")

    @property
    def name(self) -> str:
        """What it is called in reports, such as `loss of outgoing UDP` or `loss of 5 % of UDP`."""
        share = "" if self.percent == ALL else f"{self.percent} % of "
        return f"loss of {share}{_WORDS[self.direction]}"

    def inject(self, system: Stage) -> None:
        """Lose the datagrams."""
        system.drop_udp(self.node, direction=self.direction, percent=self.percent)

    def took_hold(self, system: Stage) -> bool:
        """Tell whether samples get lost in its direction alone, while a neighbour is refused TCP at once."""
        return all(self._shows_beside(system, one) for one in canary.neighbours(system, self.node))

    def heal(self, system: Stage) -> None:
        """Let all frames pass again, those of other faults of this node too."""
        system.restore_frames(self.node)

    def _shows_beside(self, system: Stage, beside: canary.Neighbour) -> bool:
        number = math.ceil(_EXPECTED_LOST * ALL / self.percent)
        theirs = str(system.topology.nodes[beside.name].addresses[beside.network])
        came = system.datagrams_arrived(beside.name, self.node, beside.target, number=number)
        went = system.datagrams_arrived(self.node, beside.name, theirs, number=number)
        return (
            self._is_expected(came, number, hurt=self.direction != "out")
            and self._is_expected(went, number, hurt=self.direction != "in")
            and system.try_connect(beside.name, beside.target, UNUSED_PORT) == "refused"
        )

    def _is_expected(self, arrived: int, number: int, *, hurt: bool) -> bool:
        if not hurt:
            return arrived == number
        return arrived == 0 if self.percent == ALL else 0 < arrived < number
