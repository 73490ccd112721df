"""A system in memory: what was done to it shows in what can be seen of it.

Two balancers and a client; a master and its replica on a network of their own, the master's disk limited; a
telephony server.
"""

import contextlib
import dataclasses
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from signal import SIGHUP
from typing import Any, Self

from selftest.unit import fake_telephony
from selftest.unit.fake_mariadb import Server
from selftest.unit.fake_telephony import TelephonyServer
from topologies.model import NodeSpec, Role, Topology
from topologies.system import Capture, Completed, DatagramCounts, Direction, Fact

TOPOLOGY = Topology.model_validate(
    {
        "name": "fake",
        "title": "Two balancers, a client, a master and its replica, a telephony server",
        "variants": {},
        "networks": {
            "user": "198.18.1.0/24",
            "inside": "198.18.2.0/24",
            "data": "198.18.3.0/24",
            "voice": "198.18.4.0/24",
        },
        "nodes": {
            "client": {"role": "client", "addresses": {"user": "198.18.1.10"}},
            "lb1": {"role": "balancer", "addresses": {"user": "198.18.1.11", "inside": "198.18.2.11"}},
            "lb2": {"role": "balancer", "addresses": {"user": "198.18.1.12", "inside": "198.18.2.12"}},
            "tel1": {"role": "telephony", "addresses": {"voice": "198.18.4.81"}},
            "dbm1": {"role": "database", "addresses": {"data": "198.18.3.31"}, "disk-mb": 64},
            "dbs1": {"role": "database", "addresses": {"data": "198.18.3.41"}},
        },
        "database": {"network": "data", "sources": {"dbs1": ["dbm1"]}},
    }
)


@dataclasses.dataclass
class Condition:
    """How a node is."""

    power: bool = True
    frozen: bool = False
    lost: set[str] = dataclasses.field(default_factory=set)
    """From and to whom frames are lost; `all` for everybody."""
    port_lost: int | None = None
    udp_lost: set[str] = dataclasses.field(default_factory=set)
    """Directions in which datagrams are lost, `in` and `out`."""
    udp_lost_percent: int = 0
    down: set[str] = dataclasses.field(default_factory=set)
    programs: set[str] = dataclasses.field(default_factory=lambda: {"haproxy", "keepalived"})
    server: Server | None = None
    telephony: TelephonyServer | None = None

    @classmethod
    def of(cls, node: NodeSpec, *, replicates: bool) -> Self:
        """Return how a node is before anything happens to it."""
        if node.role is Role.TELEPHONY:
            return cls(programs={fake_telephony.PROGRAM}, telephony=TelephonyServer())
        if node.role is not Role.DATABASE:
            return cls()
        return cls(programs={"mariadbd"}, server=Server(sources=int(replicates)))


class FakeNode:
    """Runs the commands by which faults look at a node from inside, and hurt its server."""

    def __init__(self, name: str, condition: Condition, do: Callable[..., bool]) -> None:
        self.name, self.spec, self.host, self._condition = name, TOPOLOGY.nodes[name], None, condition
        self._do = do

    def run(self, *argv: str, timeout_s: float = 10.0, stdin: str = "") -> Completed:
        """Answer like a node in this condition."""
        del timeout_s, stdin
        server = self._condition.server or self._condition.telephony
        if server and (done := server.carry_out(argv, lambda what: self._do(what, self.name))):
            return done
        if argv[0] == "sh":
            table = "\n".join(f"{7 + n} ({p}) S 1" for n, p in enumerate(sorted(self._condition.programs)))
            return Completed(0, f"1 (tini) S 0\n6 (defunct one) Z 1\n{table}\n", "")
        return Completed(124 if self._condition.port_lost == 53 else 2, "", "")

    def must_run(self, *argv: str, timeout_s: float = 10.0, stdin: str = "") -> str:
        """Answer like a node in this condition."""
        return self.run(*argv, timeout_s=timeout_s, stdin=stdin).stdout

    def start(self, *argv: str) -> Any:
        """Start nothing."""
        raise NotImplementedError(argv)

    def read_file(self, path: str) -> str:
        """Read nothing."""
        raise NotImplementedError(path)


class FakeStage:
    """Implements System, Controls and Witnesses; `done` lists what was done, in order.

    deaf: names of controls that do nothing, to see whether somebody notices.
    """

    def __init__(self, deaf: Sequence[str] = ()) -> None:
        self.topology = TOPOLOGY
        self.conditions = {
            name: Condition.of(node, replicates=name == "dbs1") for name, node in TOPOLOGY.nodes.items()
        }
        self.nodes: Mapping[str, FakeNode] = {
            name: FakeNode(name, condition, self._do) for name, condition in self.conditions.items()
        }
        self.vantage = self.nodes["client"]
        self.secrets: Mapping[str, str] = {}
        self.done: list[str] = []
        self._deaf = set(deaf)
        self._clock = itertools.count(1_000)

    def environment(self) -> Mapping[str, Any]:
        """Return nothing."""
        return {}

    def now_ns(self) -> int:
        """Return a clock that goes on by one with every look."""
        return next(self._clock)

    def drop_frames(self, node: str, *, direction: Direction = "both", peers: Sequence[str] = ()) -> None:
        """Lose frames."""
        if self._do("drop_frames", node, direction):
            self.conditions[node].lost |= set(peers) or {"all"}

    def restore_frames(self, node: str) -> None:
        """Lose nothing more."""
        if self._do("restore_frames", node):
            self.conditions[node].lost = set()
            self.conditions[node].port_lost = None
            self.conditions[node].udp_lost, self.conditions[node].udp_lost_percent = set(), 0

    def drop_port(self, node: str, port: int) -> None:
        """Lose a port."""
        if self._do("drop_port", node):
            self.conditions[node].port_lost = port

    def drop_udp(self, node: str, *, direction: Direction = "both", percent: int = 100) -> None:
        """Lose datagrams."""
        if self._do("drop_udp", node, direction, str(percent)):
            self.conditions[node].udp_lost = {"in", "out"} if direction == "both" else {direction}
            self.conditions[node].udp_lost_percent = percent

    def frames_dropped(self, node: str) -> int:
        """Count one where anything is lost."""
        return int(bool(self.conditions[node].lost or self.conditions[node].port_lost))

    def power_off(self, node: str) -> None:
        """Switch off."""
        if self._do("power_off", node):
            self.conditions[node].power = False

    def power_on(self, node: str) -> None:
        """Switch on, with a new network namespace if it was off."""
        if self._do("power_on", node) and not self.conditions[node].power:
            self.conditions[node].power, self.conditions[node].lost = True, set()

    def is_running(self, node: str) -> bool:
        """Look."""
        return self.conditions[node].power

    def stop(self, node: str) -> None:
        """Switch off."""
        if self._do("stop", node):
            self.conditions[node].power = False

    def signal(self, node: str, program: str, signal: int) -> Sequence[int]:
        """Kill, or have settings read again."""
        if not self._do("signal", node, program, str(int(signal))):
            return [7]
        condition = self.conditions[node]
        hit = [7] if program in condition.programs else []
        if hit and condition.telephony and signal == SIGHUP:
            condition.telephony.read_again()
        else:
            condition.programs.discard(program)
        return hit

    def processes(self, node: str, program: str) -> Sequence[int]:
        """Look."""
        return [7] if program in self.conditions[node].programs else []

    def start_service(self, node: str, service: str) -> None:
        """Start."""
        if self._do("start_service", node, service):
            self.conditions[node].programs.add(service)

    def freeze(self, node: str) -> None:
        """Freeze."""
        if self._do("freeze", node):
            self.conditions[node].frozen = True

    def thaw(self, node: str) -> None:
        """Thaw."""
        if self._do("thaw", node):
            self.conditions[node].frozen = False

    def is_frozen(self, node: str) -> bool:
        """Look."""
        return self.conditions[node].frozen

    def link_down(self, node: str, network: str) -> None:
        """Cut."""
        if self._do("link_down", node, network):
            self.conditions[node].down.add(network)

    def link_up(self, node: str, network: str) -> None:
        """Mend."""
        if self._do("link_up", node, network):
            self.conditions[node].down.discard(network)

    def has_carrier(self, node: str, network: str) -> bool:
        """Look."""
        return network not in self.conditions[node].down

    @contextlib.contextmanager
    def watch(
        self, record: Callable[[Fact], None], *, owners: Sequence[str], wire: str, addresses: Sequence[str]
    ) -> Iterator[None]:
        """See nothing."""
        del record, owners, wire, addresses
        yield

    @contextlib.contextmanager
    def stalls(self, record: Callable[[Fact], None]) -> Iterator[None]:
        """See nothing."""
        del record
        yield

    def arp_answers(self, node: str, address: str) -> Sequence[str]:
        """Answer unless the asked node is off, lost or cut off."""
        asked, network = self._at(address)
        condition = self.conditions[asked]
        silent = not condition.power or "all" in condition.lost or network in condition.down
        return [] if silent or not self.conditions[node].power else ["02:00:00:00:00:01"]

    def try_connect(self, node: str, address: str, port: int, *, patience_s: float = 0.5) -> str:
        """Refuse, or be silent."""
        del port, patience_s
        lost = self.conditions[self._at(address)[0]].lost
        own = {str(address) for address in TOPOLOGY.nodes[node].addresses.values()}
        return "silent" if lost & (own | {"all"}) else "refused"

    def datagrams_arrived(self, sender: str, receiver: str, address: str, *, number: int = 20) -> int:
        """Let through what is not lost."""
        del address
        for node, way in ((sender, "out"), (receiver, "in")):
            if way in self.conditions[node].udp_lost:
                number = number * (100 - self.conditions[node].udp_lost_percent) // 100
        return number

    @contextlib.contextmanager
    def count_datagrams(self, node: str) -> Iterator[DatagramCounts]:
        """Count nothing."""
        raise NotImplementedError(node)
        yield

    @contextlib.contextmanager
    def capture(self, node: str, *, network: str, filter_: str, seconds: float) -> Iterator[Capture]:
        """Capture nothing."""
        raise NotImplementedError((node, network, filter_, seconds))
        yield

    def _do(self, what: str, *about: str) -> bool:
        self.done.append(" ".join([what, *about]))
        return what not in self._deaf

    def _at(self, address: str) -> tuple[str, str]:
        nodes: Mapping[str, NodeSpec] = TOPOLOGY.nodes
        return next((n, net) for n, s in nodes.items() for net, a in s.addresses.items() if str(a) == address)
