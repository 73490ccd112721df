# ruff: noqa: D102 -- the contracts are those of the protocols
"""A lab can do and see what its sidecar can: the capabilities of `topologies.system`, handed through."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from topologies.lab.controls import LabControls
from topologies.lab.witnesses import LabWitnesses
from topologies.system import Capture, DatagramCounts, Direction, Fact


class ControlsHandedThrough:
    """Implements `topologies.system.Controls`, which has the contracts, by a `LabControls`."""

    @property
    def controls(self) -> LabControls:
        """Where everything is handed to."""
        raise NotImplementedError

    def now_ns(self) -> int:
        return self.controls.now_ns()

    def drop_frames(self, node: str, *, direction: Direction = "both", peers: Sequence[str] = ()) -> None:
        self.controls.drop_frames(node, direction=direction, peers=peers)

    def restore_frames(self, node: str) -> None:
        self.controls.restore_frames(node)

    def drop_port(self, node: str, port: int) -> None:
        self.controls.drop_port(node, port)

    def drop_udp(self, node: str, *, direction: Direction = "both", percent: int = 100) -> None:
        self.controls.drop_udp(node, direction=direction, percent=percent)

    def frames_dropped(self, node: str) -> int:
        return self.controls.frames_dropped(node)

    def power_off(self, node: str) -> None:
        self.controls.power_off(node)

    def power_on(self, node: str) -> None:
        self.controls.power_on(node)

    def is_running(self, node: str) -> bool:
        return self.controls.is_running(node)

    def stop(self, node: str) -> None:
        self.controls.stop(node)

    def signal(self, node: str, program: str, signal: int) -> Sequence[int]:
        return self.controls.signal(node, program, signal)

    def processes(self, node: str, program: str) -> Sequence[int]:
        return self.controls.processes(node, program)

    def start_service(self, node: str, service: str) -> None:
        self.controls.start_service(node, service)

    def freeze(self, node: str) -> None:
        self.controls.freeze(node)

    def thaw(self, node: str) -> None:
        self.controls.thaw(node)

    def is_frozen(self, node: str) -> bool:
        return self.controls.is_frozen(node)

    def link_down(self, node: str, network: str) -> None:
        self.controls.link_down(node, network)

    def link_up(self, node: str, network: str) -> None:
        self.controls.link_up(node, network)

    def has_carrier(self, node: str, network: str) -> bool:
        return self.controls.has_carrier(node, network)


class WitnessesHandedThrough:
    """Implements `topologies.system.Witnesses`, which has the contracts, by a `LabWitnesses`."""

    @property
    def witnesses(self) -> LabWitnesses:
        """Where everything is handed to."""
        raise NotImplementedError

    def watch(
        self, record: Callable[[Fact], None], *, owners: Sequence[str], wire: str, addresses: Sequence[str]
    ) -> AbstractContextManager[None]:
        return self.witnesses.watch(record, owners=owners, wire=wire, addresses=addresses)

    def stalls(self, record: Callable[[Fact], None]) -> AbstractContextManager[None]:
        return self.witnesses.stalls(record)

    def arp_answers(self, node: str, address: str) -> Sequence[str]:
        return self.witnesses.arp_answers(node, address)

    def try_connect(self, node: str, address: str, port: int, *, patience_s: float = 0.5) -> str:
        return self.witnesses.try_connect(node, address, port, patience_s=patience_s)

    def datagrams_arrived(self, sender: str, receiver: str, address: str, *, number: int = 20) -> int:
        return self.witnesses.datagrams_arrived(sender, receiver, address, number=number)

    def count_datagrams(self, node: str) -> AbstractContextManager[DatagramCounts]:
        return self.witnesses.count_datagrams(node)

    def capture(
        self, node: str, *, network: str, filter_: str, seconds: float
    ) -> AbstractContextManager[Capture]:
        return self.witnesses.capture(node, network=network, filter_=filter_, seconds=seconds)
