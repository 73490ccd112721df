"""An engine that answers: how to reach it, from Python and by the docker client."""

import dataclasses
import functools
import os
import shutil
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import docker
import requests

from topologies.engine import packages
from topologies.errors import EngineError, SetUpError

DEFAULT_SOCKET = Path("/var/run/docker.sock")
ANSWER_PATIENCE_S = 5.0
REQUEST_PATIENCE_S = 120.0

Kind = Literal["given", "default", "embedded"]


@dataclasses.dataclass(frozen=True)
class Engine:
    """A Docker Engine that answered when this was made."""

    kind: Kind
    url: str

    @functools.cached_property
    def client(self) -> docker.DockerClient:
        """The engine's API."""
        return self.connect(patience_s=REQUEST_PATIENCE_S)

    def connect(self, *, patience_s: float) -> docker.DockerClient:
        """Return a further client, for a thread of its own.

        Raises:
            EngineError: the engine does not answer.
        """
        try:
            if self.kind == "given":
                # The user's TLS settings, or ssh, come with the address.
                return docker.from_env(timeout=int(patience_s), use_ssh_client=self.url.startswith("ssh:"))
            return docker.DockerClient(base_url=self.url, timeout=int(patience_s))
        except (docker.errors.DockerException, requests.RequestException, OSError) as silent:
            gist = str(silent).splitlines()[0]
            raise EngineError(
                f"the engine at {self.url} does not answer ({gist}): start it again"
            ) from silent

    @property
    def cli(self) -> Path:
        """The docker client program.

        Raises:
            SetUpError: neither the machine nor our own folder has one.
        """
        if (found := shutil.which("docker", path=self._search_path())) is None:
            raise SetUpError("there is no docker client on this machine: run `make setup`, which brings one")
        return Path(found)

    @property
    def environment(self) -> Mapping[str, str]:
        """Environment for programs that talk to this engine, such as the docker client."""
        kept = {name: value for name, value in os.environ.items() if name != "DOCKER_CONTEXT"}
        if self.kind != "given":
            kept = {name: value for name, value in kept.items() if not name.startswith("DOCKER_")}
        return {**kept, "DOCKER_HOST": self.url, "PATH": self._search_path()}

    def _search_path(self) -> str:
        own = packages.private_root(packages.ENGINE) if shutil.which("apt-get") else None
        if own is None or not own.path.is_dir():
            return os.environ.get("PATH", os.defpath)
        return own.search_path()

    def answers(self) -> bool:
        """Tell whether the engine answers now."""
        try:
            client = self.connect(patience_s=ANSWER_PATIENCE_S)
        except EngineError:
            return False
        client.close()
        return True


def given() -> Engine | None:
    """Return the engine that DOCKER_HOST names, if it names one.

    Raises:
        EngineError: it does not answer; another engine in its place would surprise.
    """
    if not (url := os.environ.get("DOCKER_HOST")):
        return None
    engine = Engine("given", url)
    if not engine.answers():
        raise EngineError(f"DOCKER_HOST names {url}, where no engine answers: start it, or unset DOCKER_HOST")
    return engine


def at_socket(kind: Kind, socket_path: Path) -> Engine | None:
    """Return the engine behind a local socket, if one answers there."""
    if not _accepts(socket_path):
        return None
    engine = Engine(kind, f"unix://{socket_path}")
    return engine if engine.answers() else None


def _accepts(socket_path: Path) -> bool:
    """Tell whether somebody listens; docker's own client leaves a socket open when nobody does."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(ANSWER_PATIENCE_S)
        try:
            line.connect(str(socket_path))
        except OSError:
            return False
    return True
