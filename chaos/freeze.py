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
    answering for it, beside the new owner.
    """

    name: ClassVar[str] = "freeze"

    def inject(self, system: Stage) -> None:
        """Freeze the node."""
        system.freeze(self.node)

    def took_hold(self, system: Stage) -> bool:
        """Tell whether its cgroup is frozen and its kernel still answers on every wire."""
        return system.is_frozen(self.node) and canary.answers_everywhere(system, self.node)

    def heal(self, system: Stage) -> None:
        """Thaw it."""
        system.thaw(self.node)
