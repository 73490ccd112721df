"""The schema of a topology: what the documentation draws, typed and validated.

A topology file is YAML; `topologies.loading` reads it and turns every complaint of this schema into one
sentence that names the file, the key, the value and the fix. Addresses are those of slot 0; a lab moves
the whole topology to a free slot with `Topology.relocated`.
"""

import ipaddress
from collections.abc import Iterator, Mapping
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from topologies.databases import Databases
from topologies.places import Place, dotted, must_be_known, wrong
from topologies.references import (
    must_be_attached,
    must_be_databases,
    must_be_reachable_by_candidates,
    must_have_both_ends,
)
from topologies.trunk import Trunk

LAB_RANGE = ipaddress.IPv4Network("198.18.0.0/15")  # RFC 2544, benchmarking
PREFIX_BITS = 24
"""Every network of a lab is a /24."""
SLOTS = 32
"""How many labs fit side by side."""
SLOT_SIZE = 16
"""How many /24 networks a lab may have; slot k starts at 198.18.0.0 + k * 16 * 256."""

MACHINE = "-vm"
"""What the name of a role's image ends with where it is the machine around that role (`kind: vm`)."""


class Role(StrEnum):
    """What a node is for; each role has an image of the same name under `topologies/images`."""

    BALANCER = "balancer"
    WEB = "web"
    DATABASE = "database"
    STORAGE = "storage"
    TELEPHONY = "telephony"
    PBX = "pbx"
    SIP_PROXY = "sip-proxy"
    CLIENT = "client"
    WAN = "wan"


def _in_lab_range(network: IPv4Network) -> IPv4Network:
    if network.prefixlen != PREFIX_BITS or not network.subnet_of(LAB_RANGE):
        raise ValueError(f"{network} is not a /24 of {LAB_RANGE}; take one such as 198.18.1.0/24")
    if int(network.network_address - int(LAB_RANGE.network_address)) >> 8 >= SLOT_SIZE:
        raise ValueError(f"{network} lies outside slot 0; take one of 198.18.0.0/24 to 198.18.15.0/24")
    return network


LabNetwork = Annotated[IPv4Network, AfterValidator(_in_lab_range)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,30}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NodeSpec(_Strict):
    """One host: its role and where it is attached."""

    role: Role
    kind: Literal["container", "vm"] = "container"
    """`vm`: a machine with a kernel of its own, whose process is all that its container runs."""
    addresses: Mapping[Name, IPv4Address]
    """Address per network name, in the order in which the interfaces appear (eth0, eth1, ...)."""
    after: tuple[Name, ...] = ()
    """Nodes that have to be ready before this one is started."""
    site: Name | None = None
    disk_mb: Annotated[int, Field(ge=64, le=4096)] | None = Field(default=None, alias="disk-mb")
    """Size of the volume for the node's data; None: as large as the engine's disk. A machine whose role keeps
    no data has a disk of that size instead, /dev/ubda, with nothing on it."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    @property
    def image(self) -> str:
        """The name of its image: that of its role, or of the machine around the role."""
        return f"{self.role}{MACHINE}" if self.kind == "vm" else str(self.role)

    def interface(self, network: str) -> str:
        """Return the name of the interface on *network*, such as `eth0`."""
        return f"eth{list(self.addresses).index(network)}"


class VirtualIp(_Strict):
    """An address that several nodes can own, one at a time."""

    address: IPv4Address
    network: Name
    candidates: tuple[Name, ...] = Field(min_length=2)
    carries: tuple[Name, ...]
    """The server aliases that move with it."""


class OpenPort(_Strict):
    """A way in that is documented: from a network to a port of a node (or of an alias)."""

    source: Name
    """The network from which it is open."""
    to: Name
    """A node or an alias."""
    ports: tuple[Annotated[int, Field(ge=1, le=65535)], ...]


class Documented(_Strict):
    """Figures that the documentation of the variant promises; norms are computed and held against them."""

    advert_ms: int | None = None
    """VRRP advertisement interval."""
    takeover_s: float | None = None
    """From the failure of the active balancer, or SIP proxy, until clients are served again."""
    detection_s: float | None = None
    """From the failure of a web server until the balancer gives it nothing more."""
    recovery_s: float | None = None
    """From the return of a web server until it is given new sessions."""
    lag_s: float | None = None
    """How far a replica may be behind its master."""
    database_takeover_s: float | None = None
    """From the failure of a database server until its sessions are served by another one."""
    telephony_detection_s: float | None = None
    """From the failure of a telephony server until it is given no new call."""
    telephony_recovery_s: float | None = None
    """From the return of a telephony server until it is given calls again."""
    call_setup_s: float | None = None
    """What a call that meets the failure of a server or proxy takes longer to be answered."""
    preempt: bool = False
    """Whether the returning balancer takes the virtual IP back."""
    weights: Mapping[Name, int] = Field(default_factory=dict)
    """Share of new sessions per web server, relative; a server that is not named has weight 1."""


class Topology(_Strict):
    """A variant of the platform, ready to be brought up."""

    name: Name
    title: str
    variants: Mapping[Literal["user-access", "sip", "files", "database", "sites"], str]
    """Chapters of the documentation that this topology stands for, with the variant of each."""
    networks: Mapping[Name, LabNetwork]
    nodes: Mapping[Name, NodeSpec]
    virtual_ips: Mapping[Name, VirtualIp] = Field(default_factory=dict, alias="virtual-ips")
    aliases: Mapping[Name, Name] = Field(default_factory=dict)
    """Server alias -> node that provides it. Aliases carried by a virtual IP are not repeated here; every
    node's own name is an alias of its own."""
    dns_only: tuple[Name, ...] = Field(default=(), alias="dns-only")
    """Aliases that are left out of the nodes' hosts tables, so that only a DNS server knows them."""
    database: Databases | None = None
    """How the databases replicate and are reached; None: one server, reached directly."""
    trunk: Trunk = Field(default_factory=Trunk)
    """How the telephone exchanges and the SIP proxy speak to each other."""
    reachable: tuple[OpenPort, ...] = ()
    documented: Documented = Field(default_factory=Documented)

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    @model_validator(mode="after")
    def _references_exist(self) -> Self:
        for name, node in self.nodes.items():
            must_be_attached(self, name, node)
            for other in node.after:
                must_be_known(("nodes", name, "after"), "node", other, self.nodes)
        for name, vip in self.virtual_ips.items():
            must_be_reachable_by_candidates(self, name, vip)
        for alias, node_name in self.aliases.items():
            must_be_known(("aliases", alias), "node", node_name, self.nodes)
        for alias in self.dns_only:
            must_be_known(("dns-only",), "alias", alias, self.alias_names())
        for index, way in enumerate(self.reachable):
            must_be_known(("reachable", index, "source"), "network", way.source, self.networks)
            must_be_known(("reachable", index, "to"), "node or alias", way.to, self.alias_names())
        for name in self.documented.weights:
            must_be_known(("documented", "weights", name), "node", name, self.nodes)
        if self.database:
            must_be_databases(self, self.database)
        must_have_both_ends(self, self.trunk)
        return self

    @model_validator(mode="after")
    def _aliases_differ(self) -> Self:
        seen: dict[str, str] = dict.fromkeys(self.nodes, "the name of a node")
        for name, vip in self.virtual_ips.items():
            for alias in vip.carries:
                if alias in seen:
                    raise wrong(
                        ("virtual-ips", name, "carries"), f"{alias!r} is already {seen[alias]}; drop one"
                    )
                seen[alias] = f"carried by the virtual IP {name!r}"
        for alias in self.aliases:
            if alias in seen:
                raise wrong(("aliases", alias), f"{alias!r} is already {seen[alias]}; drop one")
        return self

    @model_validator(mode="after")
    def _addresses_differ(self) -> Self:
        seen: dict[IPv4Address, str] = {}
        for place, address in self._all_addresses():
            if address in seen:
                raise wrong(place, f"address {address} is already that of {seen[address]}; give it another")
            if int(address) & 0xFF in {0, 1, 255}:
                raise wrong(
                    place,
                    f"{address} belongs to the network, the bridge or broadcast; take one from .2 to .254",
                )
            seen[address] = dotted(place)
        return self

    def _all_addresses(self) -> Iterator[tuple[Place, IPv4Address]]:
        for name, node in self.nodes.items():
            for network, address in node.addresses.items():
                yield ("nodes", name, network), address
        for name, vip in self.virtual_ips.items():
            yield ("virtual-ips", name, "address"), vip.address

    def with_role(self, role: Role) -> dict[str, NodeSpec]:
        """Return the nodes of a role by name, in the order of the file."""
        return {name: node for name, node in self.nodes.items() if node.role is role}

    def virtual_ip_of(self, alias: str) -> VirtualIp | None:
        """Return the virtual IP that carries *alias*, if one does."""
        return next((vip for vip in self.virtual_ips.values() if alias in vip.carries), None)

    def alias_names(self) -> list[str]:
        """Return every server alias of the system: carried, provided, and one per node."""
        carried = [alias for vip in self.virtual_ips.values() for alias in vip.carries]
        return [*carried, *self.aliases, *self.nodes]

    def resolve(self, alias: str, *, seen_from: str) -> IPv4Address:
        """Return the address to which *alias* leads for node *seen_from*.

        A virtual IP wins; a database alias that a balancer serves leads to its address on the databases'
        network. Otherwise it is the provider's address on the first network that both share, or the
        provider's first address where they share none.

        Raises:
            KeyError: no such alias.
        """
        if vip := self.virtual_ip_of(alias):
            return vip.address
        provider = self.nodes[self.aliases.get(alias, alias)]
        if self.database and alias in self.database.routes:
            return provider.addresses[self.database.network]
        own = self.nodes[seen_from].addresses
        return next(
            (a for net, a in provider.addresses.items() if net in own),
            next(iter(provider.addresses.values())),
        )

    def relocated(self, slot: int) -> "Topology":
        """Return the same topology with every address moved to *slot* (0 to 31)."""
        shift = slot * SLOT_SIZE * 256
        moved = self.model_dump(by_alias=True)
        moved["networks"] = {
            name: ipaddress.IPv4Network((int(net.network_address) + shift, net.prefixlen))
            for name, net in self.networks.items()
        }
        for node in moved["nodes"].values():
            node["addresses"] = {net: address + shift for net, address in node["addresses"].items()}
        for vip in moved["virtual-ips"].values():
            vip["address"] += shift
        return _Relocated.model_validate(moved) if slot else self


class _Relocated(Topology):
    """A topology in a slot of its own: the same rules, but for the place of its networks."""

    networks: Mapping[Name, IPv4Network]
