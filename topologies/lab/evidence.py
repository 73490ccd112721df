"""What is kept of a lab for whoever asks why: logs, configurations, addresses, processes of every node."""

import concurrent.futures
import dataclasses
import functools
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import docker.errors
import requests
from docker import DockerClient

from topologies.errors import ConformanceError
from topologies.lab import beside, identity
from topologies.lab.credentials import Secrets
from topologies.lab.node import LabNode

NETWORK: Final[Mapping[str, tuple[str, ...]]] = {
    "addresses": ("ip", "address"),
    "routes": ("ip", "route", "show", "table", "all"),
    "neighbours": ("ip", "-statistics", "neighbour"),
    "arp": ("cat", "/proc/net/arp"),
    "listeners": ("ss", "-tulnp"),
    "connections": ("ss", "-tnp"),
}
"""File -> command in the network namespace of a node."""
_ANSWER_S: Final = 5.0
_TROUBLE: Final = (ConformanceError, docker.errors.APIError, requests.RequestException, OSError)


@dataclasses.dataclass(frozen=True)
class Evidence:
    """A folder with one sub-folder per node; what could not be had is listed in `missing.txt`."""

    folder: Path
    client: DockerClient
    lab_id: str
    secrets: Secrets

    def collect(
        self,
        nodes: Mapping[str, LabNode],
        files: Mapping[str, tuple[str, ...]],
        environment: Callable[[], Mapping[str, object]],
    ) -> None:
        """Collect what can be had, whatever state the nodes are in.

        files: the native configurations by node; environment: asked for engine and versions.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        parts: list[tuple[str, Callable[[], None]]] = [
            ("network state of the nodes", functools.partial(self._look_beside, list(nodes))),
            ("networks of the engine", self._describe_networks),
            ("environment", functools.partial(self._describe, environment)),
        ]
        for name in (*nodes, identity.SIDECAR):
            parts.append((f"{name}: log", functools.partial(self._log, name)))
            parts.append((f"{name}: container", functools.partial(self._inspect, name)))
        for node in nodes.values():
            parts += [
                (f"{node.name}: {what}", functools.partial(self._ask, node, what, command))
                for what, command in node.told_inside.items()
            ]
        for name, paths in files.items():
            parts += [
                (f"{name}: {path}", functools.partial(self._config, nodes[name], path)) for path in paths
            ]
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            missing = [line for line in pool.map(lambda part: _tried(*part), parts) if line]
        if missing:
            self._write("missing.txt", "\n".join(missing) + "\n")

    def _log(self, name: str) -> None:
        log = self.client.api.logs(identity.container_name(self.lab_id, name), timestamps=True)
        self._write(f"{name}/log.txt", log.decode(errors="replace"))

    def _ask(self, node: LabNode, what: str, command: tuple[str, ...]) -> None:
        self._write(f"{node.name}/{what}.txt", node.must_run(*command, timeout_s=_ANSWER_S))

    def _inspect(self, name: str) -> None:
        found = self.client.api.inspect_container(identity.container_name(self.lab_id, name))
        self._write(f"{name}/container.json", json.dumps(found, indent=1))

    def _config(self, node: LabNode, path: str) -> None:
        self._write(f"{node.name}/configs{path}", node.read_file(path))

    def _describe_networks(self) -> None:
        listed = self.client.api.networks(filters={"label": f"{identity.LAB}={self.lab_id}"})
        found = [self.client.api.inspect_network(network["Id"]) for network in listed]
        self._write("networks.json", json.dumps(found, indent=1))

    def _describe(self, environment: Callable[[], Mapping[str, object]]) -> None:
        self._write("environment.json", json.dumps(environment(), indent=1))

    def _look_beside(self, names: list[str]) -> None:
        pids = beside.init_pids(self.client, self.lab_id, names)
        said = beside.in_networks_of(self.client, self.lab_id, pids, *NETWORK.values())
        lit = {name for name, answers in said.items() if any(answer.status == 0 for answer in answers)}
        for name in lit:
            for what, answer in zip(NETWORK, said[name], strict=True):
                self._write(f"{name}/{what}.txt", answer.stdout + answer.stderr)
        for name, table in beside.processes_of(self.client, self.lab_id, pids).items():
            self._write(f"{name}/processes.txt", table + "\n")
        if dark := [name for name in names if name not in lit]:
            raise ConformanceError(f"{', '.join(dark)} had no power")

    def _write(self, path: str, text: str) -> None:
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(self.secrets.masked(text), encoding="utf-8")


def _tried(what: str, collect: Callable[[], None]) -> str | None:
    """Collect one part; return what to say if it could not be had."""
    try:
        collect()
    except _TROUBLE as error:
        return f"{what}: {error}"
    return None
