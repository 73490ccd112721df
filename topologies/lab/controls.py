"""What can be done to the nodes of a lab: by the sidecar, or by the engine where it has to know."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import docker.errors
from docker import DockerClient

from topologies.errors import LabError
from topologies.lab.execution import execute
from topologies.lab.sidecar import Sidecar
from topologies.model import Topology
from topologies.system import Direction
from topologies.waiting import wait_until

PATIENCE_S: Final = 20.0
"""For the engine to notice, stop or start; no norm depends on it."""
STOP_S: Final = 15
"""How long a node may take for its goodbye before the engine kills it."""


class LabControls:
    """Implements `topologies.system.Controls` for containers."""

    def __init__(
        self, docker: DockerClient, container: Callable[[str], str], topology: Topology, sidecar: Sidecar
    ) -> None:
        self._docker, self._container, self._topology, self._sidecar = docker, container, topology, sidecar

    def now_ns(self) -> int:
        """Return the lab's CLOCK_MONOTONIC."""
        return self._sidecar.now_ns()

    def drop_frames(self, node: str, *, direction: Direction = "both", peers: Sequence[str] = ()) -> None:
        """Lose frames on every interface of the node; its carrier stays.

        With *peers* a broadcast of the node still goes out, as a sender cannot choose who hears it.
        """
        self._sidecar.ask_about(node, "drop_frames", direction=direction, peers=list(peers))

    def restore_frames(self, node: str) -> None:
        """Remove what `drop_...` added; a node without power has nothing to remove."""
        if self._sidecar.is_alive(node):
            self._sidecar.ask_about(node, "restore_frames")

    def drop_port(self, node: str, port: int) -> None:
        """Lose what the node sends to *port*, UDP and TCP, before any address translation."""
        self._sidecar.ask_about(node, "drop_port", port=port)

    def drop_udp(self, node: str, *, direction: Direction = "both", percent: int = 100) -> None:
        """Lose *percent* of the node's UDP datagrams on every interface, chosen at random."""
        self._sidecar.ask_about(node, "drop_udp", direction=direction, percent=percent)

    def frames_dropped(self, node: str) -> int:
        """Return how many frames the rules of ours lost so far."""
        return int(self._sidecar.ask_about(node, "frames_dropped"))

    def power_off(self, node: str) -> None:
        """Kill every process of the node at once; returns when they are gone."""
        if not self._sidecar.is_alive(node):
            return
        if not self._sidecar.ask_about(
            node, "kill"
        ):  # frozen under cgroup v1: it dies when thawed, and runs no more
            self.thaw(node)
            wait_until(
                f"{node} died of its power loss when thawed",
                lambda: self._sidecar.is_alive(node),
                lambda alive: not alive,
                patience_s=PATIENCE_S,
                poll_s=0.002,
            )

    def power_on(self, node: str) -> None:
        """Start a node that is down; returns when its services were started.

        Raises:
            NotReady: the engine did not start it, or a service was not started.
        """
        if self.is_running(node):
            return
        container = self._container(node)
        # An engine that has not noticed the death yet would take the start for done.
        wait_until(
            f"the engine noticed that {node} is down",
            lambda: bool(self._state(node)["Running"]),
            lambda running: not running,
            patience_s=PATIENCE_S,
            poll_s=0.01,
        )
        self._docker.api.start(container)
        self._sidecar.attach(node)
        wait_until(
            f"every service of {node} was started",
            lambda: self._services(node),
            lambda services: all(services.values()),
            patience_s=PATIENCE_S,
            poll_s=0.02,
        )

    def is_running(self, node: str) -> bool:
        """Tell whether the node has power: the engine says so and the kernel too."""
        return bool(self._state(node)["Running"]) and self._sidecar.is_alive(node)

    def stop(self, node: str) -> None:
        """SIGTERM to the node's init; returns when the node is down."""
        self._docker.api.stop(self._container(node), timeout=STOP_S)

    def signal(self, node: str, program: str, signal: int) -> Sequence[int]:
        """Send *signal* to every process called *program*; return their numbers inside the node."""
        return [
            int(pid) for pid in self._sidecar.ask_about(node, "signal", program=program, signal=int(signal))
        ]

    def processes(self, node: str, program: str) -> Sequence[int]:
        """Return the live processes called *program*, by their numbers inside the node."""
        return [int(pid) for pid in self._sidecar.ask_about(node, "processes", program=program)]

    def start_service(self, node: str, service: str) -> None:
        """Start a service of the node that is not running.

        Raises:
            LabError: the node's `service-start` failed.
            NodeUnreachable: the node does not run.
        """
        argv = ["service-start", service]
        done = execute(self._docker, self._container(node), argv, timeout_s=PATIENCE_S)
        if done.status != 0:
            said = done.stderr.strip()
            raise LabError(f"{node}: {' '.join(argv)} ended with status {done.status} and said: {said}")

    def freeze(self, node: str) -> None:
        """Freeze the node by the engine, so that the engine refuses commands to it instead of hanging."""
        if not self._state(node)["Paused"]:
            self._docker.api.pause(self._container(node))

    def thaw(self, node: str) -> None:
        """Undo `freeze`."""
        if not self._state(node)["Paused"]:
            return
        try:
            self._docker.api.unpause(self._container(node))
        except docker.errors.APIError:
            if self._state(node)["Paused"]:  # otherwise it died meanwhile
                raise

    def is_frozen(self, node: str) -> bool:
        """Tell from the node's cgroup, not from the engine, whether its processes are frozen."""
        return bool(self._sidecar.ask_about(node, "frozen"))

    def link_down(self, node: str, network: str) -> None:
        """Take the node's interface on *network* down."""
        self._sidecar.ask_about(node, "link_down", address=self._address(node, network))

    def link_up(self, node: str, network: str) -> None:
        """Take it up again, with the routes that it had; a node without power is left alone."""
        if self._sidecar.is_alive(node):
            self._sidecar.ask_about(node, "link_up", address=self._address(node, network))

    def has_carrier(self, node: str, network: str) -> bool:
        """Tell whether the node's interface on *network* is up and has a partner that is up."""
        return bool(self._sidecar.ask_about(node, "has_carrier", address=self._address(node, network)))

    def _address(self, node: str, network: str) -> str:
        return str(self._topology.nodes[node].addresses[network])

    def _services(self, node: str) -> dict[str, bool]:
        return dict(self._sidecar.ask_about(node, "services"))

    def _state(self, node: str) -> dict[str, Any]:
        return dict(self._docker.api.inspect_container(self._container(node))["State"])
