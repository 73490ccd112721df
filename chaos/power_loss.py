"""Power loss."""

import dataclasses
from typing import ClassVar

from chaos import canary
from chaos.fault import OneNode, Stage


@dataclasses.dataclass(frozen=True)
class PowerLoss(OneNode):
    """Every process dies at once and no last frame leaves. The peers experience silence, without a goodbye.

    The frames go first: a program that is killed is survived by its kernel, which closes its connections, and
    for a moment by other programs, which may still speak for it.
    """

    name: ClassVar[str] = "power loss"

    def inject(self, system: Stage) -> None:
        """Lose every frame of the node, then kill it."""
        system.drop_frames(self.node)
        system.power_off(self.node)

    def took_hold(self, system: Stage) -> bool:
        """Tell whether the engine and the kernel say that it is down, and nobody hears it."""
        return not system.is_running(self.node) and canary.is_silent(system, self.node)

    def heal(self, system: Stage) -> None:
        """Switch it on; a node whose frames were lost but that was not killed gets them back."""
        system.power_on(self.node)
        system.restore_frames(self.node)
