"""Freeze."""

import dataclasses
from typing import ClassVar

from chaos import canary
from chaos.fault import OneNode, Stage


@dataclasses.dataclass(frozen=True)
class Freeze(OneNode):
    """No process is scheduled any more, while the kernel lives on.

    The peers find a node that answers ARP and ping and accepts connections, but never says a word on them;
    open connections hang without a reset. A frozen owner keeps its virtual address, and its kernel goes on
    answering for it, beside the new owner. A machine (`kind: vm`) freezes with its kernel, and falls silent.
    """

    name: ClassVar[str] = "freeze"

    def inject(self, system: Stage) -> None:
        """Freeze the node."""
        system.freeze(self.node)

    def took_hold(self, system: Stage) -> bool:
        """Tell whether its cgroup is frozen, and its kernel still answers on every wire or is frozen too."""
        if not system.is_frozen(self.node):
            return False
        if system.topology.nodes[self.node].kind == "vm":
            return canary.is_silent(system, self.node)
        return canary.answers_everywhere(system, self.node)

    def heal(self, system: Stage) -> None:
        """Thaw it."""
        system.thaw(self.node)
