"""What can be done to machines: from inside where a container would be entered from beside."""

import signal as signals
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from docker import DockerClient

from topologies.errors import LabError
from topologies.lab.controls import PATIENCE_S, LabControls
from topologies.lab.node import LabNode
from topologies.lab.sidecar import Sidecar
from topologies.lab.vm import links, processes
from topologies.model import Topology

_ROUNDS: Final = 5
_STARTED: Final = """
cd /etc/jtel/services || exit 0
for service in *; do
    [ ! -x "$service" ] || echo "$service $([ ! -e "/run/jtel/$service.pid" ] || echo started)"
done
"""


class ControlsOfMachines(LabControls):
    """The controls of a lab in which some nodes are machines; containers are treated as ever."""

    def __init__(
        self,
        docker: DockerClient,
        container: Callable[[str], str],
        topology: Topology,
        sidecar: Sidecar,
        machines: Mapping[str, LabNode],
    ) -> None:
        super().__init__(docker, container, topology, sidecar)
        self._machines = machines

    def signal(self, node: str, program: str, signal: int) -> Sequence[int]:
        """Send *signal* to every process called *program*; return their numbers inside the node.

        Raises:
            LabError: it is started again as often as it is killed.
        """
        if node not in self._machines:
            return super().signal(node, program, signal)
        hit: list[int] = []
        for _ in range(_ROUNDS):
            living = processes.find(self._machines[node], program)
            if living:
                hit += processes.signalled(self._machines[node], living, int(signal))
            if signal != signals.SIGKILL or not living:
                return hit
        if processes.find(self._machines[node], program):
            raise LabError(f"{program} is started again as often as it is killed")
        return hit

    def processes(self, node: str, program: str) -> Sequence[int]:
        """Return the live processes called *program*, by their numbers inside the node."""
        if node not in self._machines:
            return super().processes(node, program)
        return processes.find(self._machines[node], program)

    def start_service(self, node: str, service: str) -> None:
        """Start a service of the node that is not running.

        Raises:
            LabError: the node's `service-start` failed.
            NodeUnreachable: the node does not run.
        """
        if node not in self._machines:
            return super().start_service(node, service)
        done = self._machines[node].run("service-start", service, timeout_s=PATIENCE_S)
        if done.status != 0:
            said = f"ended with status {done.status} and said: {done.stderr.strip()}"
            raise LabError(f"{node}: service-start {service} {said}")
        return None

    def link_down(self, node: str, network: str) -> None:
        """Take the carrier of the node's interface on *network* away."""
        if node not in self._machines:
            return super().link_down(node, network)
        return links.cut(self._machines[node], network)

    def link_up(self, node: str, network: str) -> None:
        """Give it back; a node without power is left alone."""
        if node not in self._machines:
            return super().link_up(node, network)
        if self._sidecar.is_alive(node):
            links.mend(self._machines[node], network)
        return None

    def has_carrier(self, node: str, network: str) -> bool:
        """Tell whether the node itself sees a carrier on its interface on *network*."""
        if node not in self._machines:
            return super().has_carrier(node, network)
        return links.has_carrier(self._machines[node], network)

    def _services(self, node: str) -> dict[str, bool]:
        if node not in self._machines:
            return super()._services(node)
        said = self._machines[node].must_run("sh", "-c", _STARTED, timeout_s=PATIENCE_S)
        return started(said)


def started(said: str) -> dict[str, bool]:
    """Return of every service whether it was started, from lines such as `kamailio started`."""
    rows = [line.split() for line in said.splitlines()]
    return {service: bool(rest) for service, *rest in rows}
