"""What the tests see: a lab or a live installation, behind one interface.

A system has nodes; a node runs commands. What can be *done to* a node from outside (power, cable, frames,
processes) and what can be *witnessed* beside it are capabilities that a system may have or lack.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol, runtime_checkable

from topologies.model import NodeSpec, Topology

if TYPE_CHECKING:
    import subprocess

Direction = Literal["in", "out", "both"]


class Completed(NamedTuple):
    """A command that ended on a node."""

    status: int
    stdout: str
    stderr: str


class Node(Protocol):
    """One host of the system."""

    @property
    def name(self) -> str:
        """The node's name in the topology, such as `lb1`."""

    @property
    def spec(self) -> NodeSpec:
        """The node as the topology declares it, addresses included."""

    @property
    def host(self) -> Any:  # noqa: ANN401 -- testinfra's Host has no usable type
        """The node as testinfra sees it (`docker://` or `ssh://`)."""

    def run(self, *argv: str, timeout_s: float = 10.0, stdin: str = "") -> Completed:
        """Run a command to its end.

        Raises:
            NodeUnreachable: the node did not carry it out in time. A non-zero status is no error here.
        """

    def must_run(self, *argv: str, timeout_s: float = 10.0, stdin: str = "") -> str:
        """Run a command that has to succeed; return its standard output.

        Raises:
            NodeUnreachable: it did not end in time, or not with status 0; the message quotes stderr.
        """

    def start(self, *argv: str) -> "subprocess.Popen[str]":
        """Start a long-running command with text pipes; closing its stdin must end it."""

    def read_file(self, path: str) -> str:
        """Return a text file as found on the node.

        Raises:
            NodeUnreachable: it cannot be read.
        """


class System(Protocol):
    """A lab or a live installation."""

    @property
    def topology(self) -> Topology:
        """The declaration, with the addresses as they are in this system."""

    @property
    def nodes(self) -> Mapping[str, Node]:
        """Every node by name."""

    @property
    def vantage(self) -> Node:
        """The node from which probes run."""

    @property
    def secrets(self) -> Mapping[str, str]:
        """Accounts of this run, by name; never to be logged or reported."""

    def environment(self) -> Mapping[str, Any]:
        """Engine, kernel and the software versions of every node."""


@runtime_checkable
class Controls(Protocol):
    """What can be done to a node from outside; every stamp is CLOCK_MONOTONIC nanoseconds of the lab.

    Every pair is idempotent: undoing what was never done is no error.
    """

    def now_ns(self) -> int:
        """Return the lab's CLOCK_MONOTONIC, which probes and witnesses use too."""

    def drop_frames(self, node: str, *, direction: Direction = "both", peers: Sequence[str] = ()) -> None:
        """Drop frames in the node's network namespace without taking the carrier away.

        *peers* restricts it to frames from or to these IPv4 addresses (ARP included); empty means all.
        """

    def restore_frames(self, node: str) -> None:
        """Remove what `drop_frames`, `drop_port` and `drop_udp` added, and nothing else."""

    def drop_port(self, node: str, port: int) -> None:
        """Drop what the node sends to *port*, UDP and TCP, to whatever address (also its own resolver)."""

    def drop_udp(self, node: str, *, direction: Direction = "both", percent: int = 100) -> None:
        """Drop *percent* of the UDP datagrams that the node receives, sends, or both; all other frames pass.

        What goes out is lost without the sender noticing.
        """

    def frames_dropped(self, node: str) -> int:
        """Return how many frames the rules of ours dropped so far; 0 without rules."""

    def power_off(self, node: str) -> None:
        """Kill every process of the node at once."""

    def power_on(self, node: str) -> None:
        """Start a node that was powered off or stopped; returns when its processes were started."""

    def is_running(self, node: str) -> bool:
        """Tell whether the node has power."""

    def stop(self, node: str) -> None:
        """SIGTERM to the node's init, which says goodbye in order; returns when the node is down."""

    def signal(self, node: str, program: str, signal: int) -> Sequence[int]:
        """Send *signal* to every process of the node whose name is *program*; return their numbers."""

    def processes(self, node: str, program: str) -> Sequence[int]:
        """Return the live (not zombie) processes of the node whose name is *program*."""

    def start_service(self, node: str, service: str) -> None:
        """Start a service of the node that is not running; a running one is left alone."""

    def freeze(self, node: str) -> None:
        """Stop the node's processes from being scheduled; its kernel side (sockets) lives on."""

    def thaw(self, node: str) -> None:
        """Undo `freeze`."""

    def is_frozen(self, node: str) -> bool:
        """Tell whether the node is frozen."""

    def link_down(self, node: str, network: str) -> None:
        """Take the node's own interface on *network* down: carrier loss on that node."""

    def link_up(self, node: str, network: str) -> None:
        """Undo `link_down`."""

    def has_carrier(self, node: str, network: str) -> bool:
        """Tell whether the node's interface on *network* is up."""


Fact = Mapping[str, Any]
"""One line of a witness, as it goes to the history: `t` names its kind, `at_ns` is its stamp."""


@runtime_checkable
class Witnesses(Protocol):
    """What can be seen beside the nodes while something happens."""

    def watch(
        self, record: Callable[[Fact], None], *, owners: Sequence[str], wire: str, addresses: Sequence[str]
    ) -> AbstractContextManager[None]:
        """Record, for the length of the block, what happens to virtual *addresses*.

        owners: nodes whose interfaces are watched: facts `address` (node, address, state `added`|`removed`,
            and one with state `present` for every address held when the watch began);
        wire: the node on whose interface ARP is captured (facts `arp`: sender_mac, sender_ip, target_ip, op
            `request`|`reply`, gratuitous true|false) and whose neighbour table is watched (facts `neighbour`:
            address, mac, state).
        """

    def stalls(self, record: Callable[[Fact], None]) -> AbstractContextManager[None]:
        """Record the measuring host's stalls: facts `stall` (core, late_ms) and `steal` (core, stolen_ms)."""

    def arp_answers(self, node: str, address: str) -> Sequence[str]:
        """Ask from *node* who has *address*; return the distinct MAC addresses that answered."""

    def try_connect(self, node: str, address: str, port: int, *, patience_s: float = 0.5) -> str:
        """Try TCP from *node*; return `open`, `refused`, `silent` (no answer) or `no route`."""

    def datagrams_arrived(self, sender: str, receiver: str, address: str, *, number: int = 20) -> int:
        """Send *number* datagrams from one node to an *address* of another; return how many arrived there.

        They go to port 9 (discard), and one way only: neither a service nor an answer is needed.
        """

    def count_datagrams(self, node: str) -> AbstractContextManager["DatagramCounts"]:
        """Let the kernel's packet filter count what the node receives and sends, for the length of the block.

        UDP from and to other nodes counts, also what is lost after it was sent; DNS (port 53) and the samples
        of `datagrams_arrived` do not. A node that loses its power meanwhile is counted no further, not even
        when it is started again. A node is counted by one block at a time.

        Raises:
            NodeUnreachable: the node does not run.
            LabError: its datagrams are being counted already.
        """

    def capture(
        self, node: str, *, network: str, filter_: str, seconds: float
    ) -> AbstractContextManager["Capture"]:
        """Capture frames on the node's interface for the length of the block (at most *seconds*)."""


class DatagramCounts(Protocol):
    """How many datagrams passed a node, both ways together."""

    def read(self) -> Mapping[str, int]:
        """Return the numbers since the block began: `sip_packets` (port 5060 on either side), else `packets`.

        After the block: those at its end. After the node lost its power: those of the last reading before.
        """


class Capture(Protocol):
    """Frames caught on a wire."""

    def payloads(self) -> Sequence[bytes]:
        """Return the TCP and UDP payloads caught so far, in order; empty ones left out."""

    def pcap(self) -> bytes:
        """Return the capture in pcap format."""
