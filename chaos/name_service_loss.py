"""Loss of the name service."""

import dataclasses
from concurrent.futures import ThreadPoolExecutor

from chaos.fault import CONTROLS, Capability, Stage

DNS_PORT = 53
_TIMED_OUT = 124
"""What timeout(1) returns."""


@dataclasses.dataclass(frozen=True)
class NameServiceLoss:
    """Every question to a DNS server is lost, whichever it is: no answer comes, not even a refusal.

    The peers experience nothing; whoever asks for a name waits until the resolver gives up.
    """

    nodes: tuple[str, ...]
    """The nodes that are cut off from DNS; usually all."""

    @property
    def name(self) -> str:
        """What it is called in reports."""
        return "loss of DNS"

    @property
    def needs(self) -> tuple[Capability, ...]:
        """It is done from outside, and looked at from inside."""
        return CONTROLS

    def inject(self, system: Stage) -> None:
        """Lose what the nodes send to port 53."""
        for node in self.nodes:
            system.drop_port(node, DNS_PORT)

    def took_hold(self, system: Stage) -> bool:
        """Tell whether a question to DNS hangs on every node, and was really sent."""
        with ThreadPoolExecutor(len(self.nodes)) as pool:
            return all(pool.map(lambda node: self._hangs(system, node), self.nodes))

    def heal(self, system: Stage) -> None:
        """Let all frames pass again, those of other faults of these nodes too."""
        for node in self.nodes:
            system.restore_frames(node)

    def _hangs(self, system: Stage, node: str) -> bool:
        # Its own name: a container engine's resolver answers that without asking anybody else.
        question = ["timeout", "1", "getent", "-s", "hosts:dns", "ahostsv4", node]
        hung = system.nodes[node].run(*question).status == _TIMED_OUT
        return hung and system.frames_dropped(node) > 0
