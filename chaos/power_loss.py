"""Power loss."""

import dataclasses

from chaos import canary
from chaos.fault import CONTROLS_AND_WITNESSES, Capability, Stage


@dataclasses.dataclass(frozen=True)
class PowerLoss:
    """Every process dies at once and no last frame leaves. The peers experience silence, without a goodbye.

    The frames go first: a program that is killed is survived by its kernel, which closes its connections, and
    for a moment by other programs, which may still speak for it.
    """

    node: str

    @property
    def name(self) -> str:
        """What it is called in reports."""
        return "power loss"

    @property
    def nodes(self) -> tuple[str, ...]:
        """The node."""
        return (self.node,)

    @property
    def needs(self) -> tuple[Capability, ...]:
        """It is done from outside, and looked at from a neighbour."""
        return CONTROLS_AND_WITNESSES

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
