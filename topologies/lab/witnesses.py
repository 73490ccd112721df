"""What can be seen beside the nodes of a lab, through the sidecar."""

import base64
import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence

from topologies.errors import NodeUnreachable
from topologies.lab import pcap
from topologies.lab.sidecar import Sidecar
from topologies.model import Topology
from topologies.system import Fact

ARP_PATIENCE_S = 0.2
"""How long answers to who-has are collected: all of it, since a second answer means a second owner."""
SAMPLE_PATIENCE_S = 0.2
"""How long the last datagram of a sample may take."""


class LabWitnesses:
    """Implements `topologies.system.Witnesses` for containers."""

    def __init__(self, topology: Topology, sidecar: Sidecar) -> None:
        self._topology, self._sidecar = topology, sidecar

    @contextlib.contextmanager
    def watch(
        self, record: Callable[[Fact], None], *, owners: Sequence[str], wire: str, addresses: Sequence[str]
    ) -> Iterator[None]:
        """Record what happens to *addresses*; a node that is started meanwhile is followed.

        The death of an owner's first process counts as `removed`. ARP frames are those that arrive at the
        wire node and name one of the addresses. *record* is called from another thread.
        """
        for node in {*owners, wire}:
            with contextlib.suppress(NodeUnreachable):  # one that is down is followed when it is started
                self._sidecar.attach(node)
        asked = {"owners": list(owners), "wire": wire, "addresses": list(addresses)}
        with self._sidecar.session("watch", "unwatch", record, **asked):
            yield

    @contextlib.contextmanager
    def stalls(self, record: Callable[[Fact], None]) -> Iterator[None]:
        """Record the stalls of the measuring host; *record* is called from another thread."""
        with self._sidecar.session("watch_stalls", "unwatch_stalls", record):
            yield

    def arp_answers(self, node: str, address: str) -> Sequence[str]:
        """Return the MAC addresses that answer for *address* to *node*; no neighbour table learns from it."""
        answers = self._sidecar.ask_about(node, "who_has", address=address, patience_s=ARP_PATIENCE_S)
        return [str(mac) for mac in answers]

    def try_connect(self, node: str, address: str, port: int, *, patience_s: float = 0.5) -> str:
        """Return `open`, `refused`, `silent` or `no route`."""
        asked = {"address": address, "port": port, "patience_s": patience_s}
        return str(self._sidecar.ask_about(node, "try_connect", **asked))

    def datagrams_arrived(self, sender: str, receiver: str, address: str, *, number: int = 20) -> int:
        """Return how many of *number* datagrams arrived at *address* of the receiver within 0.2 s."""
        self._sidecar.attach(receiver)
        asked = {"receiver": receiver, "address": address, "number": number, "patience_s": SAMPLE_PATIENCE_S}
        return int(self._sidecar.ask_about(sender, "sample_datagrams", **asked))

    @contextlib.contextmanager
    def count_datagrams(self, node: str) -> Iterator["LabCounts"]:
        """Count in the node's packet filter; the table goes with the block, or with the agent."""
        self._sidecar.attach(node)
        with self._sidecar.session("count_datagrams", "end_counting", _nothing, node=node) as number:
            counts = LabCounts(self._sidecar, number)
            try:
                yield counts
            finally:
                counts.end()

    @contextlib.contextmanager
    def capture(self, node: str, *, network: str, filter_: str, seconds: float) -> Iterator["LabCapture"]:
        """Capture frames on the node's interface on *network*; *filter_* is tcpdump's."""
        asked = {
            "node": node,
            "address": str(self._topology.nodes[node].addresses[network]),
            "filter": filter_,
            "seconds": seconds,
        }
        self._sidecar.attach(node)
        capture = LabCapture(self._sidecar)
        with self._sidecar.session("capture", "end_capture", _nothing, **asked) as number:
            capture.begin(number)
            try:
                yield capture
            finally:
                capture.end()


class LabCounts:
    """How many datagrams passed a node; also to be read after the block."""

    def __init__(self, sidecar: Sidecar, number: int) -> None:
        """Belong to the agent's counting *number*."""
        self._sidecar = sidecar
        self._number: int | None = number
        self._known: Mapping[str, int] = {}

    def read(self) -> Mapping[str, int]:
        """Return `sip_packets` and `packets`."""
        if self._number is not None:
            self._known = dict(self._sidecar.ask("counted", watch=self._number))
        return self._known

    def end(self) -> None:
        """Read for the last time."""
        self.read()
        self._number = None


class LabCapture:
    """Frames caught on a wire; also to be read after the block."""

    def __init__(self, sidecar: Sidecar) -> None:
        self._sidecar = sidecar
        self._number: int | None = None
        self._caught = b""

    def begin(self, number: int) -> None:
        """Belong to the agent's capture *number*."""
        self._number = number

    def end(self) -> None:
        """Fetch what was caught, for the last time."""
        self._caught = self.pcap()
        self._number = None

    def pcap(self) -> bytes:
        """Return the capture in pcap format."""
        if self._number is not None:
            self._caught = base64.b64decode(self._sidecar.ask("caught", watch=self._number))
        return self._caught

    def payloads(self) -> Sequence[bytes]:
        """Return the TCP and UDP payloads caught so far, in order; empty ones left out."""
        return pcap.payloads(self.pcap())


def _nothing(_: Fact) -> None:
    """Take a fact that neither captures nor counts send."""
