"""A topology that is up in containers; implements `topologies.system.System`."""

import contextlib
import functools
import types
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal, Self

from topologies.engine import Engine
from topologies.errors import LabError
from topologies.lab import beside, identity, removal
from topologies.lab.capabilities import ControlsHandedThrough, WitnessesHandedThrough
from topologies.lab.controls import LabControls
from topologies.lab.credentials import Secrets
from topologies.lab.evidence import Evidence
from topologies.lab.node import CommandLine, LabNode
from topologies.lab.sidecar import Sidecar, agent_command, init_pids
from topologies.lab.state import LabState
from topologies.lab.surroundings import surroundings
from topologies.lab.vm.controls import ControlsOfMachines
from topologies.lab.vm.node import MachineNode
from topologies.lab.vm.witnesses import WitnessesOfMachines
from topologies.lab.witnesses import LabWitnesses
from topologies.model import Role, Topology

Standing = Literal["active", "standby"]
_KINDS: Final[Mapping[str, type[LabNode]]] = {"container": LabNode, "vm": MachineNode}


class Lab(ControlsHandedThrough, WitnessesHandedThrough):
    """A lab that is up; leaving its `with` block takes it down, unless it is kept or not ours (attached)."""

    def __init__(self, engine: Engine, known: LabState, *, is_ours: bool = True) -> None:
        self._engine = engine
        self._known = known
        self._is_ours = is_ours
        self._open = contextlib.ExitStack()
        self._secrets = known.secrets()
        self._topology = known.topology
        command_line = CommandLine(str(engine.cli), engine.environment)
        self._nodes = types.MappingProxyType(
            {
                name: _KINDS[spec.kind](name, spec, self._container(name), engine.client, command_line)
                for name, spec in self._topology.nodes.items()
            }
        )
        self._machines = {name: node for name, node in self._nodes.items() if isinstance(node, MachineNode)}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
        if self._is_ours and not self.is_kept:
            self.take_down()

    def __repr__(self) -> str:
        return f"<Lab {self.lab_id}>"

    @property
    def lab_id(self) -> str:
        """The lab's id, such as `simple-3fa9c1`."""
        return self._known.lab_id

    @property
    def is_kept(self) -> bool:
        """Whether the lab outlives the command that brought it up."""
        return self._known.kept

    @property
    def defect(self) -> str | None:
        """The name of the deliberate misconfiguration that is in it, if one is."""
        return self._known.defect

    @property
    def engine(self) -> Engine:
        """The engine on which it runs."""
        return self._engine

    @property
    def topology(self) -> Topology:
        """The declaration, with the addresses as they are in this lab."""
        return self._topology

    @property
    def nodes(self) -> Mapping[str, LabNode]:
        """Every node by name, in the order of the topology."""
        return self._nodes

    @property
    def vantage(self) -> LabNode:
        """The first client node.

        Raises:
            LabError: the topology has no client.
        """
        for name in self._topology.with_role(Role.CLIENT):
            return self._nodes[name]
        raise LabError(f"{self._topology.name}: no node has the role client, so nothing can probe; add one")

    @property
    def secrets(self) -> Secrets:
        """Accounts of this lab, by name; never to be logged or reported."""
        return self._secrets

    @property
    def ca_pem(self) -> str:
        """The certificate of the authority that signed the balancers' certificate."""
        return self._known.ca_pem

    def environment(self) -> Mapping[str, Any]:
        """Engine, kernel, image digests and the software versions of every node."""
        return self._environment

    @functools.cached_property
    def _environment(self) -> Mapping[str, Any]:
        return surroundings(self._engine, self._known.images, self._nodes)

    def interface(self, node: str, network: str) -> str:
        """Return the name of a node's interface on *network*; bring-up has checked that it is so."""
        return self._topology.nodes[node].interface(network)

    def owners(self, address: str) -> frozenset[str]:
        """Return the nodes that hold *address* now, frozen ones too."""
        held = beside.addresses_of(self._engine.client, self.lab_id, list(self._nodes))
        return frozenset(node for node, addresses in held.items() if address in addresses)

    def live_roles(self) -> dict[str, Standing]:
        """Return who is active and who is standby now: whether a candidate of a virtual IP holds one."""
        candidates = self._candidates()
        held = beside.addresses_of(self._engine.client, self.lab_id, candidates)
        virtual = {str(vip.address) for vip in self._topology.virtual_ips.values()}
        return {node: "active" if held[node] & virtual else "standby" for node in candidates}

    def collect_evidence(self, folder: Path) -> None:
        """Write logs, configurations, addresses, ARP tables and processes of every node into *folder*.

        It works for nodes that are dead or frozen too: `missing.txt` says what could not be had. No secret is
        written.
        """
        evidence = Evidence(folder, self._engine.client, self.lab_id, self._secrets)
        evidence.collect(self._nodes, self._known.files, self.environment)

    @property
    def controls(self) -> LabControls:
        """What can be done to the nodes from outside."""
        return self._controls

    @property
    def witnesses(self) -> LabWitnesses:
        """What can be seen beside the nodes."""
        return self._witnesses

    @functools.cached_property
    def _controls(self) -> LabControls:
        return ControlsOfMachines(
            self._engine.client, self._container, self._topology, self._sidecar, self._machines
        )

    @functools.cached_property
    def _witnesses(self) -> LabWitnesses:
        return WitnessesOfMachines(self._topology, self._sidecar, self._nodes)

    @functools.cached_property
    def _sidecar(self) -> Sidecar:
        """The session with the sidecar's agent, opened when it is first needed."""
        command = agent_command(str(self._engine.cli), self._container(identity.SIDECAR))
        pids = init_pids(self._engine.client, self._container)
        return self._open.enter_context(Sidecar(command, pids, self._engine.environment))

    def _container(self, node: str) -> str:
        return identity.container_name(self.lab_id, node)

    def close(self) -> None:
        """End this process' session with the sidecar; the lab stays up."""
        self._open.close()

    def take_down(self) -> None:
        """Remove the lab and everything that belongs to it; no error where nothing is left."""
        self.close()
        removal.remove_lab(self._engine.client, self.lab_id)

    def _candidates(self) -> Sequence[str]:
        vips = self._topology.virtual_ips.values()
        return list(dict.fromkeys(candidate for vip in vips for candidate in vip.candidates))
