"""Which addresses a lab gets: the first slot whose networks nobody else uses."""

import ipaddress
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network
from pathlib import Path

from docker import DockerClient

from topologies.errors import LabError
from topologies.model import LAB_RANGE, SLOTS, Topology


def free_slots(topology: Topology, taken: Iterable[IPv4Network]) -> Iterator[tuple[int, Topology]]:
    """Yield every slot whose networks are free, lowest first, with the topology moved there.

    Raises:
        LabError: at the end, when the caller could use none of them.
    """
    occupied = list(taken)
    for slot in range(SLOTS):
        moved = topology.relocated(slot)
        if not any(own.overlaps(other) for own in moved.networks.values() for other in occupied):
            yield slot, moved
    raise LabError(
        f"{topology.name}: none of the {SLOTS} address slots of {LAB_RANGE} is free; "
        "take labs down with: python -m topologies down"
    )


def engine_subnets(client: DockerClient) -> list[IPv4Network]:
    """Return the IPv4 subnets of every network of the engine."""
    configs = [config for network in client.api.networks() for config in network["IPAM"]["Config"] or ()]
    subnets = [ipaddress.ip_network(config["Subnet"]) for config in configs if "Subnet" in config]
    return [subnet for subnet in subnets if isinstance(subnet, IPv4Network)]


def host_routes(table: Path = Path("/proc/net/route")) -> list[IPv4Network]:
    """Return the destinations of this machine's routes into the range of the labs, default routes left out.

    For a remote engine it is that machine's routes that would count; there only the engine's word is heard.
    """
    if not table.is_file():
        return []
    rows = [line.split() for line in table.read_text().splitlines()[1:]]
    routes = [
        IPv4Network((_little_endian(row[1]), _little_endian(row[7]).bit_count())) for row in rows if row
    ]
    return [route for route in routes if route.prefixlen and route.overlaps(LAB_RANGE)]


def _little_endian(word: str) -> int:
    """Read an address as the kernel prints it: hexadecimal, in the byte order of the machine."""
    return int.from_bytes(bytes.fromhex(word), "little")
