"""Several faults at once."""

import dataclasses
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from chaos.fault import Capability, Fault, Stage
from topologies.errors import ConformanceError, LabError


@dataclasses.dataclass(frozen=True)
class Together:
    """Faults that begin and end at the same time, such as the power loss of all web servers."""

    faults: tuple[Fault, ...]

    @property
    def name(self) -> str:
        """What it is called in reports: each kind once."""
        return " and ".join(dict.fromkeys(fault.name for fault in self.faults))

    @property
    def nodes(self) -> tuple[str, ...]:
        """The nodes of all."""
        return tuple(dict.fromkeys(node for fault in self.faults for node in fault.nodes))

    @property
    def needs(self) -> tuple[Capability, ...]:
        """What any of them needs."""
        return tuple(dict.fromkeys(need for fault in self.faults for need in fault.needs))

    def inject(self, system: Stage) -> None:
        """Let all happen."""
        self._each(lambda fault: fault.inject(system))

    def took_hold(self, system: Stage) -> bool:
        """Tell whether all of them show."""
        return all(fault.took_hold(system) for fault in self.faults)

    def heal(self, system: Stage) -> None:
        """Undo all, also when undoing one of them fails."""
        self._each(lambda fault: fault.heal(system))

    def _each(self, act: Callable[[Fault], None]) -> None:
        with ThreadPoolExecutor(len(self.faults)) as pool:
            doing = [pool.submit(act, fault) for fault in self.faults]
        errors = [error for one in doing if (error := one.exception())]
        for error in errors:
            if len(errors) == 1 or not isinstance(error, ConformanceError):
                raise error
        if errors:
            raise LabError("; ".join(str(error) for error in errors)) from errors[0]


def parts(fault: Fault) -> tuple[Fault, ...]:
    """Return the single faults of which *fault* consists."""
    return fault.faults if isinstance(fault, Together) else (fault,)
