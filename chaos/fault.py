"""What a fault is: a small frozen value that can be injected, seen from beside, and healed."""

import dataclasses
from typing import ClassVar, Final, Literal, Protocol, cast

from topologies.errors import LabError
from topologies.system import Controls, System, Witnesses

Capability = Literal["controls", "witnesses"]
CONTROLS: Final[tuple[Capability, ...]] = ("controls",)
CONTROLS_AND_WITNESSES: Final[tuple[Capability, ...]] = ("controls", "witnesses")


class Stage(System, Controls, Witnesses, Protocol):
    """A system whose nodes can be hurt, and beside which one can look."""


class Fault(Protocol):
    """Something that goes wrong with one node or several.

    Implementations are frozen dataclasses; their docstrings say what the peers experience.
    """

    @property
    def name(self) -> str:
        """What it is called in reports, such as `power loss`."""

    @property
    def nodes(self) -> tuple[str, ...]:
        """The nodes that it hits."""

    @property
    def needs(self) -> tuple[Capability, ...]:
        """What a system must be able to do, or to show, for it."""

    def inject(self, system: Stage) -> None:
        """Let it happen; when this returns it has begun everywhere.

        Raises:
            FaultDidNotTakeHold: there was nothing to hurt.
        """

    def took_hold(self, system: Stage) -> bool:
        """Tell whether it shows, by other means than those that injected it.

        It must be false before the injection too: a canary that always sings proves nothing.
        """

    def heal(self, system: Stage) -> None:
        """Undo it, as far as it was done; no error where nothing was."""


@dataclasses.dataclass(frozen=True)
class OneNode:
    """What faults of a single node share: most are done from outside, and seen from a neighbour."""

    node: str
    needs: ClassVar[tuple[Capability, ...]] = CONTROLS_AND_WITNESSES

    @property
    def nodes(self) -> tuple[str, ...]:
        """The node."""
        return (self.node,)


def described(fault: Fault) -> str:
    """Return a fault in words, such as `power loss on lb1`."""
    return f"{fault.name} on {', '.join(fault.nodes)}"


def stage_for(fault: Fault, system: System) -> Stage:
    """Return *system* as the stage that *fault* needs.

    Raises:
        LabError: the system lacks a capability, or has no such node.
    """
    able = {"controls": isinstance(system, Controls), "witnesses": isinstance(system, Witnesses)}
    if lacking := [need for need in fault.needs if not able[need]]:
        raise LabError(f"{described(fault)} needs {' and '.join(lacking)}, which this system does not offer")
    if unknown := [node for node in fault.nodes if node not in system.topology.nodes]:
        raise LabError(
            f"{described(fault)}: {', '.join(unknown)} is no node of {system.topology.name}; "
            f"take one of {', '.join(system.topology.nodes)}"
        )
    return cast("Stage", system)
