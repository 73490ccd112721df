"""The machine on which we run, as a node: the vantage of tests without a lab, or of a live system."""

import subprocess
from functools import cached_property
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import testinfra

from topologies.errors import NodeUnreachable
from topologies.model import NodeSpec, Role
from topologies.system import Completed


class LocalNode:
    """The machine on which we run."""

    def __init__(self, name: str = "here") -> None:
        self._name = name

    @property
    def name(self) -> str:
        """The node's name."""
        return self._name

    @property
    def spec(self) -> NodeSpec:
        """A client on the loopback network; its other addresses are nobody's business."""
        return NodeSpec(role=Role.CLIENT, addresses={"loopback": IPv4Address("127.0.0.1")})

    @cached_property
    def host(self) -> Any:  # noqa: ANN401 -- testinfra's Host has no usable type
        """The node as testinfra sees it."""
        return testinfra.get_host("local://")

    def run(self, *argv: str, timeout_s: float = 10.0, stdin: str = "") -> Completed:
        """Run a command to its end.

        Raises:
            NodeUnreachable: it could not be started, or did not end in time.
        """
        try:
            done = subprocess.run(
                argv, input=stdin, capture_output=True, text=True, timeout=timeout_s, check=False
            )
        except subprocess.TimeoutExpired:
            raise NodeUnreachable(f"{self._name}: {argv[0]} did not end within {timeout_s:g} s") from None
        except OSError as error:
            raise NodeUnreachable(
                f"{self._name}: {argv[0]} could not be started: {error.strerror}"
            ) from error
        return Completed(done.returncode, done.stdout, done.stderr)

    def must_run(self, *argv: str, timeout_s: float = 10.0, stdin: str = "") -> str:
        """Run a command that has to succeed; return its standard output.

        Raises:
            NodeUnreachable: it did not end in time, or not with status 0.
        """
        done = self.run(*argv, timeout_s=timeout_s, stdin=stdin)
        if done.status != 0:
            raise NodeUnreachable(
                f"{self._name}: {argv[0]} ended with status {done.status}: {done.stderr.strip()}"
            )
        return done.stdout

    def start(self, *argv: str) -> "subprocess.Popen[str]":
        """Start a long-running command with text pipes; closing its stdin must end it."""
        return subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def read_file(self, path: str) -> str:
        """Return a text file.

        Raises:
            NodeUnreachable: it cannot be read.
        """
        try:
            return Path(path).read_text(encoding="utf-8")
        except OSError as error:
            raise NodeUnreachable(f"{self._name}: {path} cannot be read: {error.strerror}") from error
