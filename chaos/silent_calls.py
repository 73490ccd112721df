"""Calls left unanswered."""

import dataclasses
from typing import ClassVar

from chaos import telephony
from chaos.fault import CONTROLS, Capability, OneNode, Stage

TRYING = "100"


@dataclasses.dataclass(frozen=True)
class SilentCalls(OneNode):
    """A telephony server takes every new call with 100, says nothing more, and answers OPTIONS as ever.

    The peers hear that it lives and works on the call; only their patience tells them otherwise. Calls in
    progress and registrations go on, and calls that were taken stay unanswered when it is healed.
    """

    name: ClassVar[str] = "calls left unanswered"
    needs: ClassVar[tuple[Capability, ...]] = CONTROLS

    def inject(self, system: Stage) -> None:
        """Let it hang.

        Raises:
            FaultDidNotTakeHold: no telephony server runs there.
        """
        telephony.misbehave(system, self.node, "silent_calls", "true")

    def took_hold(self, system: Stage) -> bool:
        """Tell whether a call to it is taken, and hears no more within a second."""
        return telephony.status_of_call(system, self.node) == TRYING

    def heal(self, system: Stage) -> None:
        """Let it answer calls again."""
        telephony.behave(system, self.node, "silent_calls", "false", until_not=TRYING)
