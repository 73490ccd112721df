"""A node of a lab: a container, seen through the interface that live nodes have too."""

import dataclasses
import functools
import io
import subprocess
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import docker.errors
import testinfra.host
from docker import DockerClient
from testinfra.backend.docker import DockerBackend

from topologies.errors import NodeUnreachable
from topologies.lab.execution import execute
from topologies.model import NodeSpec
from topologies.system import Completed


@dataclasses.dataclass(frozen=True)
class CommandLine:
    """The engine's command line program, for commands that keep pipes open."""

    program: str
    environment: Mapping[str, str]
    """Environment in which it talks to the engine of the lab."""

    def exec(self, container: str, *argv: str) -> "subprocess.Popen[str]":
        """Start a command in a container with text pipes; it gets end of file when stdin is closed."""
        return subprocess.Popen(
            [self.program, "exec", "-i", container, *argv],
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


@dataclasses.dataclass(frozen=True)
class LabNode:
    """One host of a lab; implements `topologies.system.Node`."""

    name: str
    spec: NodeSpec
    container: str
    """Name of its container on the engine."""
    client: DockerClient = dataclasses.field(repr=False, compare=False)
    command_line: CommandLine = dataclasses.field(repr=False, compare=False)

    @property
    def told_inside(self) -> Mapping[str, tuple[str, ...]]:
        """File -> command, where only the node itself can tell something for the evidence."""
        return {}

    @functools.cached_property
    def host(self) -> Any:  # noqa: ANN401 -- testinfra's Host has no usable type
        """The node as testinfra sees it."""
        return testinfra.host.Host(_Backend(self))

    def run(self, *argv: str, timeout_s: float = 10.0, stdin: str = "") -> Completed:
        """Run a command to its end; see `topologies.system.Node.run`."""
        if not stdin:
            return execute(self.client, self.container, argv, timeout_s=timeout_s)
        command = self.command_line.exec(self.container, *argv)
        with command:
            try:
                out, err = command.communicate(stdin, timeout=timeout_s)
            except subprocess.TimeoutExpired as error:
                command.kill()
                raise NodeUnreachable(
                    f"{self.name}: {argv[0]!r} did not end within {timeout_s:g} s"
                ) from error
        if command.returncode != 0 and err.startswith(
            ("Error response from daemon", "Error: No such container")
        ):
            raise NodeUnreachable(f"{self.name}: {err.strip()}")
        return Completed(command.returncode, out, err)

    def must_run(self, *argv: str, timeout_s: float = 10.0, stdin: str = "") -> str:
        """Run a command that has to succeed; see `topologies.system.Node.must_run`."""
        ended = self.run(*argv, timeout_s=timeout_s, stdin=stdin)
        if ended.status != 0:
            said = ended.stderr.strip() or ended.stdout.strip() or "nothing"
            raise NodeUnreachable(
                f"{self.name}: {argv[0]!r} ended with status {ended.status} and said: {said}"
            )
        return ended.stdout

    def start(self, *argv: str) -> "subprocess.Popen[str]":
        """Start a long-running command with text pipes; closing its stdin must end it."""
        return self.command_line.exec(self.container, *argv)

    def read_file(self, path: str) -> str:
        """Return a text file as found on the node, also of one that is frozen or without power.

        Raises:
            NodeUnreachable: it cannot be read.
        """
        return self.read_bytes(path).decode(errors="replace")

    def read_bytes(self, path: str) -> bytes:
        """Return a file as found on the node.

        Raises:
            NodeUnreachable: it cannot be read.
        """
        try:
            chunks, _ = self.client.api.get_archive(self.container, path)
            packed = b"".join(chunks)
        except docker.errors.APIError as error:
            raise NodeUnreachable(
                f"{self.name}: {path} cannot be read: {error.explanation or error}"
            ) from error
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            member = next(iter(archive))
            if member.issym():
                return self.read_bytes(str(Path(path).parent / member.linkname))
            content = archive.extractfile(member)
            if content is None:
                raise NodeUnreachable(f"{self.name}: {path} is no file")
            return content.read()


class _Backend(DockerBackend):  # type: ignore[misc]  # testinfra has no usable types
    """Testinfra's commands, carried out by the lab's engine rather than by whatever `docker` is in PATH."""

    def __init__(self, node: LabNode) -> None:
        super().__init__(node.container)
        self._node = node

    def run(self, command: str, *args: str, **_: Any) -> Any:  # noqa: ANN401 -- testinfra's types
        """Run a command on the node.

        Raises:
            NodeUnreachable: the node did not carry it out.
        """
        line = self.get_command(command, *args)
        ended = self._node.run("/bin/sh", "-c", line)
        return self.result(ended.status, line.encode(), ended.stdout, ended.stderr)
