"""What the engine is asked for: the networks, the nodes and the sidecar of one lab."""

import dataclasses
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

import docker.errors
from docker import DockerClient
from docker.types import IPAMConfig, IPAMPool, LogConfig, NetworkingConfig

from topologies.lab import identity, sidecar, volumes, wiring
from topologies.lab.rendering import File, as_tar, extra_hosts
from topologies.lab.vm import container as machine
from topologies.model import Role, Topology

CAPABILITIES: Final[Mapping[Role, tuple[str, ...]]] = {
    Role.BALANCER: ("NET_ADMIN", "NET_RAW", "SYS_NICE"),
    Role.SIP_PROXY: ("NET_ADMIN", "NET_RAW", "SYS_NICE"),
    Role.TELEPHONY: ("SYS_NICE",),
    Role.CLIENT: ("SYS_NICE",),
}
"""What a role needs beyond the engine's defaults; SYS_NICE lets keepalived, speech and probes run before
others."""
SYSCTLS: Final[Mapping[Role, Mapping[str, str]]] = {
    Role.BALANCER: {"net.ipv4.ip_nonlocal_bind": "1"},
    Role.SIP_PROXY: {"net.ipv4.ip_nonlocal_bind": "1"},
}
"""HAProxy and Kamailio listen on the virtual IP before their node owns it."""

_NAMED_INTERFACES: Final = (1, 48)
"""API version from which an interface can be given a name."""
_OVERLAP: Final = re.compile(r"overlap", re.IGNORECASE)


@dataclasses.dataclass(frozen=True)
class Builder:
    """Makes the parts of one lab; everything it makes is labelled from the start."""

    client: DockerClient
    topology: Topology
    """Relocated to the lab's slot."""
    labels: identity.Labels
    images: Mapping[str, str]
    """Tag per role."""

    def make_networks(self) -> bool:
        """Make every network; False, and none is left, where addresses are taken."""
        made: list[str] = []
        for network, subnet in self.topology.networks.items():
            try:
                answer = self.client.api.create_network(
                    self._networks()[network],
                    driver="bridge",
                    internal=True,
                    ipam=IPAMConfig(pool_configs=[IPAMPool(subnet=str(subnet))]),
                    # Without an address on it the host neither routes between networks nor answers on them.
                    options={"com.docker.network.bridge.inhibit_ipv4": "true"},
                    labels=self.labels.on(),
                )
            except docker.errors.APIError as error:
                if not _OVERLAP.search(str(error.explanation)):
                    raise
                for name in made:
                    self.client.api.remove_network(name)
                return False
            made.append(answer["Id"])
        return True

    def make_node(self, name: str, files: Iterable[File], hosts: File) -> None:
        """Make the container of a node, with its files in it, attached to its networks, not started.

        A node with a limited volume needs a sidecar that runs: it holds the volume.
        """
        api, node = self.client.api, self.topology.nodes[name]
        networks = self._networks()
        options = {
            "cap_add": list(CAPABILITIES.get(node.role, ())),
            "sysctls": {"net.ipv4.ip_forward": "0", **SYSCTLS.get(node.role, {})},
        } | machine.host_options(node)
        first, *others = node.addresses
        attached: Any = {networks[first]: api.create_endpoint_config(**self._endpoint(name, first))}
        container = identity.container_name(self.labels.lab_id, name)
        api.create_container(
            self.images[node.image],
            name=container,
            hostname=name,
            environment=machine.environment(name, self.topology),
            labels=self.labels.on(name),
            networking_config=NetworkingConfig(attached),
            host_config=api.create_host_config(
                network_mode=networks[first],
                extra_hosts=extra_hosts(hosts),
                dns=["127.0.0.1"],  # nothing is asked outside of the lab
                mounts=volumes.of_node(self.topology, self.labels, name),
                log_config=LogConfig(type=LogConfig.types.JSON),
                **options,
            ),
        )
        for network in others:
            api.connect_container_to_network(container, networks[network], **self._endpoint(name, network))
        api.put_archive(container, "/", as_tar(files))

    def make_sidecar(self) -> None:
        """Make and start the container beside the nodes; it has no network and sees every process.

        It makes and holds the limited volumes of all nodes.
        """
        api, name = self.client.api, identity.container_name(self.labels.lab_id, identity.SIDECAR)
        api.create_container(
            self.images[identity.SIDECAR],
            name=name,
            hostname=identity.SIDECAR,
            labels=self.labels.on(identity.SIDECAR),
            host_config=api.create_host_config(
                network_mode="none",
                cap_add=list(sidecar.CAPABILITIES),
                security_opt=list(sidecar.SECURITY_OPTIONS),
                pid_mode="host",
                mounts=volumes.of_sidecar(self.topology, self.labels),
                log_config=LogConfig(type=LogConfig.types.JSON),
            ),
        )
        api.start(name)

    def _networks(self) -> dict[str, str]:
        ranks = wiring.ranks(self.topology)
        return {
            network: identity.network_name(self.labels.lab_id, network, rank=ranks[network])
            for network in ranks
        }

    def _endpoint(self, name: str, network: str) -> dict[str, Any]:
        """Return how node *name* is attached to *network*; the engine's resolver knows its aliases too."""
        node = self.topology.nodes[name]
        provided = [alias for alias, provider in self.topology.aliases.items() if provider == name]
        version = tuple(int(part) for part in self.client.api.api_version.split("."))
        interface = {"com.docker.network.endpoint.ifname": node.interface(network)}
        return {
            "ipv4_address": str(node.addresses[network]),
            "aliases": [name, *provided],
            **({"driver_opt": interface} if version >= _NAMED_INTERFACES else {}),
        }
