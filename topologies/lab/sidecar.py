"""The client of the agent that runs beside the nodes: one session, from the first request to `close`."""

import contextlib
import itertools
import json
import os
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from types import TracebackType
from typing import Any, Final, Self

from docker import DockerClient

from topologies.errors import LabError, NodeUnreachable
from topologies.system import Fact

CAPABILITIES: Final = (
    "SYS_ADMIN",
    "SYS_PTRACE",
    "NET_ADMIN",
    "NET_RAW",
    "KILL",
    "SYS_NICE",
    "DAC_READ_SEARCH",
)
"""What the sidecar's container needs, with the host's process ids. Not `privileged`: an engine that lacks a
capability itself cannot give them all."""
SECURITY_OPTIONS: Final = ("seccomp=unconfined", "apparmor=unconfined")

_END_S: Final = 5.0


def agent_command(docker_program: str, container: str) -> list[str]:
    """Return the command that starts an agent in the sidecar's container."""
    return [docker_program, "exec", "-i", container, "python3", "-m", "sidecar"]


def init_pids(client: DockerClient, container: Callable[[str], str]) -> Callable[[str], int]:
    """Return a function from a node's name to the host's number of its first process; 0 while it has none."""

    def init_pid(node: str) -> int:
        state: Mapping[str, Any] = client.api.inspect_container(container(node))["State"]
        return int(state["Pid"])

    return init_pid


class Sidecar:
    """A session with the agent; several threads may ask at the same time.

    The agent knows a node by its first process; after a start it has to be told the new one (`attach`), which
    `ask_about` does by itself when the old one is gone.
    """

    def __init__(
        self,
        command: Sequence[str],
        init_pid: Callable[[str], int],
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._init_pid = init_pid
        self._complaints = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 -- closed by `close`
        self._agent = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            text=True,
            env={**os.environ, **(environment or {})},
        )
        self._numbers = itertools.count(1)
        self._waiting: dict[int, Future[Any]] = {}
        self._recorders: dict[int, Callable[[Fact], None]] = {}
        self._attached: set[str] = set()
        self._lock = threading.Lock()
        self._ended = False
        self._reader = threading.Thread(target=self._read, name="sidecar", daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the agent, which undoes its watches; faults stay."""
        if self._agent.stdin:
            with contextlib.suppress(BrokenPipeError):  # it ended before us, which is all we want
                self._agent.stdin.close()
        try:
            self._agent.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._agent.kill()
            self._agent.wait()
        self._reader.join()
        self._complaints.close()

    def now_ns(self) -> int:
        """Return the lab's CLOCK_MONOTONIC, as read between the call and its return."""
        return int(self.ask("now"))

    def ask(self, do: str, /, *, within_s: float = 10.0, **details: object) -> Any:  # noqa: ANN401 -- JSON
        """Let the agent do something; return its result.

        Raises:
            NodeUnreachable: the node that it is about does not run.
            LabError: the agent refused, ended, or did not answer within *within_s*.
        """
        number = next(self._numbers)
        answer: Future[Any] = Future()
        self._waiting[number] = answer
        self._send({"id": number, "do": do, **details})
        try:
            return answer.result(within_s)
        except FutureTimeoutError as error:
            raise LabError(f"the sidecar did not answer {do!r} within {within_s:g} s") from error
        finally:
            self._waiting.pop(number, None)

    def ask_about(self, node: str, do: str, /, **details: Any) -> Any:  # noqa: ANN401 -- JSON
        """Let the agent do something to or at *node*, of which it need not know yet.

        Raises:
            NodeUnreachable: the node does not run.
            LabError: as for `ask`.
        """
        if node not in self._attached:
            self.attach(node)
        try:
            return self.ask(do, node=node, **details)
        except NodeUnreachable:
            self.attach(node)  # it may have been started again since
            return self.ask(do, node=node, **details)

    def attach(self, node: str) -> None:
        """Tell the agent the node's present first process; watches that name the node follow it there.

        Raises:
            NodeUnreachable: the node does not run.
        """
        self._attached.discard(node)
        pid = self._init_pid(node)
        if not pid:
            raise NodeUnreachable(f"{node} is not running")
        self.ask("attach", node=node, pid=pid)
        self._attached.add(node)

    def is_alive(self, node: str) -> bool:
        """Tell whether the kernel still runs the node's first process."""
        try:
            return bool(self.ask_about(node, "alive")) or self._alive_again(node)
        except NodeUnreachable:
            return False

    def _alive_again(self, node: str) -> bool:
        self.attach(node)
        return bool(self.ask("alive", node=node))

    @contextlib.contextmanager
    def session(self, begin: str, end: str, record: Callable[[Fact], None], **details: Any) -> Iterator[int]:  # noqa: ANN401
        """Hold a watch of the agent for the length of the block; it ends when every fact was recorded."""
        watch = next(self._numbers)
        self._recorders[watch] = record
        try:
            self.ask(begin, watch=watch, **details)
            try:
                yield watch
            finally:
                self.ask(end, watch=watch)
        finally:
            self._recorders.pop(watch)

    def _send(self, request: Mapping[str, object]) -> None:
        line = json.dumps(request) + "\n"
        with self._lock:
            if self._ended or not self._agent.stdin:
                raise LabError(self._end())
            try:
                self._agent.stdin.write(line)
                self._agent.stdin.flush()
            except (BrokenPipeError, ValueError) as error:
                raise LabError(self._end()) from error

    def _read(self) -> None:
        if not self._agent.stdout:
            return
        with self._agent.stdout as lines:
            for line in lines:
                said = json.loads(line)
                if "event" in said:
                    if record := self._recorders.get(said["watch"]):
                        record(said["event"])
                elif answer := self._waiting.pop(said["id"], None):
                    _settle(answer, said)
        with self._lock:
            self._ended = True
        for answer in list(self._waiting.values()):
            answer.set_exception(LabError(self._end()))

    def _end(self) -> str:
        if self._complaints.closed:
            return "the sidecar's agent was closed"
        self._complaints.seek(0)
        last = self._complaints.read().strip().splitlines()[-1:] or ["no complaint"]
        return f"the sidecar's agent ended ({last[0]}); is its container up, with Python 3.9 or newer?"


def _settle(answer: Future[Any], said: Mapping[str, Any]) -> None:
    if said["ok"]:
        answer.set_result(said["result"])
    else:
        answer.set_exception((NodeUnreachable if said["gone"] else LabError)(said["error"]))
