"""What a lab leaves behind, on the engine and on this machine, if it is not cleaned up properly."""

import dataclasses
import json
from pathlib import Path
from typing import Self

from docker import DockerClient

from topologies.engine import Engine
from topologies.lab import identity, removal, state

_INTERFACES = Path("/sys/class/net")
_PROC = Path("/proc")
_MOUNTS = Path("/proc/self/mounts")


@dataclasses.dataclass(frozen=True)
class Before:
    """The network interfaces of this machine before anything was started."""

    interfaces: frozenset[str]

    @classmethod
    def now(cls) -> Self:
        """Look at this machine."""
        return cls(frozenset(entry.name for entry in _INTERFACES.iterdir()))


def lab_ids_of(client: DockerClient, owner: str) -> set[str]:
    """Return the labs that a process began, from their labels and their states."""
    found = {
        lab_id
        for lab_id, labels in removal.objects(client).items()
        if any(each.get(identity.OWNER) == owner for each in labels)
    }
    for lab_id in state.lab_ids():
        known = state.read(lab_id)
        if known is None or known.owner == owner:
            found.add(lab_id)
    return found


def leftovers(engine: Engine, owner: str, lab_ids: set[str], before: Before) -> list[str]:
    """Return whatever is still there of the labs of a process that has ended; it should be nothing."""
    left = [f"on the engine or in the state: {lab_id}" for lab_id in sorted(lab_ids_of(engine.client, owner))]
    left += [f"state: {state.folder(lab_id)}" for lab_id in sorted(lab_ids) if state.folder(lab_id).exists()]
    for lab_id, labels in removal.objects(engine.client).items():
        if lab_id in lab_ids:
            left.append(f"{len(labels)} objects on the engine: {lab_id}")
    left += _volumes(engine.client, lab_ids)
    left += _processes({owner, *lab_ids})
    if engine.url.startswith("unix:"):
        left += _mounts(lab_ids)
        left += _interfaces(engine.client, before)
    return left


def nft_tables(engine: Engine, image: str) -> frozenset[str]:
    """Return the nftables tables of the engine's machine, seen from a container in its own network."""
    said = engine.client.containers.run(
        image, ["nft", "-j", "list", "tables"], network_mode="host", cap_add=["NET_ADMIN"], remove=True
    )
    tables = [each["table"] for each in json.loads(said)["nftables"] if "table" in each]
    return frozenset(f"{table['family']} {table['name']}" for table in tables)


def _volumes(client: DockerClient, lab_ids: set[str]) -> list[str]:
    """Return the volumes that bear a lab's name, with its labels or without."""
    names = [volume["Name"] for volume in client.api.volumes()["Volumes"] or ()]
    return [f"volume {name}" for name in names if any(lab_id in name for lab_id in lab_ids)]


def _mounts(lab_ids: set[str]) -> list[str]:
    """Return the mounts of this machine in whose lines a lab's id occurs: volumes in memory."""
    lines = _MOUNTS.read_text().splitlines()
    return [f"mount {line}" for line in lines if any(lab_id in line for lab_id in lab_ids)]


def _processes(marks: set[str]) -> list[str]:
    """Return the processes in whose arguments one of *marks* occurs: exec clients, reapers."""
    found = []
    for entry in _PROC.iterdir():
        try:
            arguments = (entry / "cmdline").read_text(errors="replace") if entry.name.isdecimal() else ""
        except (FileNotFoundError, ProcessLookupError):
            continue
        if any(mark in arguments for mark in marks):
            found.append(f"process {entry.name}: {arguments.replace(chr(0), ' ')}")
    return found


def _interfaces(client: DockerClient, before: Before) -> list[str]:
    """Return bridges of no network and virtual cables into no bridge that were not there before."""
    bridges = {f"br-{network['Id'][:12]}" for network in client.api.networks()}
    found = []
    for entry in _INTERFACES.iterdir():
        if entry.name in before.interfaces:
            continue
        master = (entry / "master").resolve().name if (entry / "master").exists() else None
        if entry.name.startswith("br-") and entry.name not in bridges:
            found.append(f"bridge {entry.name}")
        if entry.name.startswith("veth") and master not in bridges:
            found.append(f"virtual cable {entry.name} into {master}")
    return found
