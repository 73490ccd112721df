"""The certificate authority of one run, and the certificates that the nodes of a lab show."""

import dataclasses
from collections.abc import Mapping
from typing import Final

import trustme

from topologies.lab.rendering import File
from topologies.model import Role, Topology

CA_PATH: Final = "/etc/jtel/tls/ca.pem"
SERVER_PATH: Final = "/etc/jtel/tls/server.pem"
STRANGER_PATH: Final = "/etc/jtel/tls/stranger.pem"
"""A certificate of another name and another authority: what a defect may show instead."""


@dataclasses.dataclass(frozen=True)
class Certificates:
    """What an authority that lives as long as one lab signed."""

    ca_pem: str
    """The authority's certificate; what a client has to trust."""
    server_pem: str = dataclasses.field(repr=False)
    """Certificate, chain and private key of the balancers."""
    stranger_pem: str = dataclasses.field(repr=False)
    """The same, of somebody else."""
    node_pems: Mapping[str, str] = dataclasses.field(repr=False)
    """The same of every database server, and of all who speak SIP over TLS, by node."""

    def files(self, name: str, role: Role) -> list[File]:
        """Return what node *name* of *role* gets."""
        files = [File(CA_PATH, self.ca_pem.encode())]
        if name in self.node_pems:
            files.append(File(SERVER_PATH, self.node_pems[name].encode(), 0o600))
        if role is Role.BALANCER:
            files.append(File(SERVER_PATH, self.server_pem.encode(), 0o600))
            files.append(File(STRANGER_PATH, self.stranger_pem.encode(), 0o600))
        return files


def issue(topology: Topology) -> Certificates:
    """Make an authority and have it sign the names, and addresses, of whoever is reached over TLS."""
    authority = trustme.CA(organization_name="jtel conformance lab", organization_unit_name=topology.name)
    server = authority.issue_cert(*identities(topology))
    stranger = trustme.CA(organization_name="somebody else").issue_cert("stranger.invalid")
    databases = topology.with_role(Role.DATABASE)
    names = {name: [name] for name in databases} | _speakers_of_sip(topology)
    return Certificates(
        ca_pem=authority.cert_pem.bytes().decode(),
        server_pem=_pem(server),
        stranger_pem=_pem(stranger),
        node_pems={name: _pem(authority.issue_cert(*own)) for name, own in names.items()},
    )


def _pem(certificate: trustme.LeafCert) -> str:
    return certificate.private_key_and_cert_chain_pem.bytes().decode()


def _speakers_of_sip(topology: Topology) -> dict[str, list[str]]:
    """Return the names and addresses of both ends of a trunk over TLS, and of phones; nothing without one."""
    if topology.trunk.transport != "tls":
        return {}
    names = {
        name: [name, *map(str, node.addresses.values())]
        for name, node in topology.nodes.items()
        if node.role in {Role.PBX, Role.SIP_PROXY, Role.CLIENT}
    }
    for vip in topology.virtual_ips.values():
        for candidate in names.keys() & set(vip.candidates):
            names[candidate] += [*vip.carries, str(vip.address)]
    return names


def identities(topology: Topology) -> list[str]:
    """Return the names and addresses for which the balancers' certificate is good."""
    balancers = topology.with_role(Role.BALANCER)
    carried = [alias for vip in topology.virtual_ips.values() for alias in vip.carries]
    provided = [alias for alias, node in topology.aliases.items() if node in balancers]
    addresses = [vip.address for vip in topology.virtual_ips.values()]
    addresses += [address for node in balancers.values() for address in node.addresses.values()]
    names = [*carried, *provided, *balancers] or [topology.name]
    return list(dict.fromkeys([*names, *map(str, addresses)]))
