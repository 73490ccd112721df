"""Rejection of calls."""

import dataclasses
from typing import ClassVar

from chaos import telephony
from chaos.fault import CONTROLS, Capability, OneNode, Stage

STATUS = "503"


@dataclasses.dataclass(frozen=True)
class RejectCalls(OneNode):
    """A telephony server refuses every new call with 503, and answers OPTIONS as ever.

    The peers hear that it lives and that it is of no use: whoever gives it a call gets it back at once. Calls
    in progress and registrations go on.
    """

    name: ClassVar[str] = "rejection of calls"
    needs: ClassVar[tuple[Capability, ...]] = CONTROLS

    def inject(self, system: Stage) -> None:
        """Let it refuse.

        Raises:
            FaultDidNotTakeHold: no telephony server runs there.
        """
        telephony.misbehave(system, self.node, "reject", STATUS)

    def took_hold(self, system: Stage) -> bool:
        """Tell whether a call to it is refused with 503."""
        return telephony.status_of_call(system, self.node) == STATUS

    def heal(self, system: Stage) -> None:
        """Let it take calls again."""
        telephony.behave(system, self.node, "reject", "0", until_not=STATUS)
