"""What can be seen at machines; what a packet of theirs experiences has to be tried from inside."""

import ipaddress
from collections.abc import Mapping, Sequence
from typing import Final

from topologies.errors import LabError
from topologies.lab.node import LabNode
from topologies.lab.sidecar import Sidecar
from topologies.lab.witnesses import ARP_PATIENCE_S, SAMPLE_PATIENCE_S, LabWitnesses
from topologies.model import Topology
from topologies.system import Completed
from topologies.waiting import wait_until

SAMPLE_PORT: Final = 9
_WHO_HAS: Final = "/usr/local/lib/jtel/machine/who-has"
_CONNECT: Final = 'exec 3<>"/dev/tcp/$0/$1"'
_SPEAK: Final = 'for ((n = 0; n < $2; n++)); do echo "$3 $n" >"/dev/udp/$0/$1"; done'
_HEAR: Final = 'socat -u "UDP4-RECV:$1,bind=$0" STDOUT & read -r end; sleep "$2"; kill "$!"'
_LISTENING: Final = 'grep -q "$(printf :%04X "$0") " /proc/net/udp'
_LATE: Final = 124
_ENDED_S: Final = 5.0


class WitnessesOfMachines(LabWitnesses):
    """The witnesses of a lab in which some nodes are machines; containers are treated as ever."""

    def __init__(self, topology: Topology, sidecar: Sidecar, nodes: Mapping[str, LabNode]) -> None:
        super().__init__(topology, sidecar)
        self._nodes = nodes

    def arp_answers(self, node: str, address: str) -> Sequence[str]:
        """Return the MAC addresses that answer for *address* to *node*; no neighbour table learns from it.

        Raises:
            LabError: the node is not on the network of *address*.
            NodeUnreachable: a machine takes no command.
        """
        asking = self._nodes[node]
        if asking.spec.kind == "container":
            return super().arp_answers(node, address)
        for network in asking.spec.addresses:
            if ipaddress.ip_address(address) in self._topology.networks[network]:
                question = (_WHO_HAS, address, asking.spec.interface(network), str(ARP_PATIENCE_S))
                return asking.must_run(*question).split()
        raise LabError(f"{node} is not on the network of {address}, so it cannot ask for it by ARP")

    def try_connect(self, node: str, address: str, port: int, *, patience_s: float = 0.5) -> str:
        """Return `open`, `refused`, `silent` (no answer) or `no route`.

        Raises:
            LabError: a machine could not tell.
        """
        if self._nodes[node].spec.kind == "container":
            return super().try_connect(node, address, port, patience_s=patience_s)
        attempt = ("timeout", f"{patience_s:.3f}", "bash", "-c", _CONNECT, address, str(port))
        return connected(self._nodes[node].run(*attempt))

    def datagrams_arrived(self, sender: str, receiver: str, address: str, *, number: int = 20) -> int:
        """Return how many of *number* datagrams arrived at *address* of the receiver within 0.2 s.

        Raises:
            LabError: they could not be sent.
        """
        pair = [self._nodes[sender], self._nodes[receiver]]
        if all(node.spec.kind == "container" for node in pair):
            return super().datagrams_arrived(sender, receiver, address, number=number)
        token = str(self._sidecar.now_ns())
        speak = ("bash", "-c", _SPEAK, address, str(SAMPLE_PORT), str(number), token)
        with pair[1].start("sh", "-c", _HEAR, address, str(SAMPLE_PORT), str(SAMPLE_PATIENCE_S)) as ear:
            wait_until(
                f"{receiver} listens for datagrams",
                lambda: pair[1].run("sh", "-c", _LISTENING, str(SAMPLE_PORT)).status,
                lambda status: status == 0,
                patience_s=_ENDED_S,
                poll_s=0.01,
            )
            said = pair[0].run(*speak)
            heard, _ = ear.communicate(timeout=_ENDED_S)
        if said.status != 0:
            raise LabError(f"{sender}: no datagram can be sent to {address}: {said.stderr.strip()}")
        return len({line for line in heard.splitlines() if line.startswith(token)})


def connected(attempt: Completed) -> str:
    """Return what an attempt to connect experienced.

    Raises:
        LabError: it ended for another reason.
    """
    if attempt.status in {0, _LATE}:
        return "silent" if attempt.status else "open"
    for complaint, word in _COMPLAINTS.items():
        if complaint in attempt.stderr:
            return word
    raise LabError(f"an attempt to connect ended with status {attempt.status}: {attempt.stderr.strip()}")


_COMPLAINTS: Final[Mapping[str, str]] = {
    "Connection refused": "refused",
    "Connection timed out": "silent",
    "No route to host": "no route",
    "Network is unreachable": "no route",
}
