"""Doing something inside the network namespace of a process."""

from __future__ import annotations

import ctypes
import os
import subprocess
import threading
from typing import TYPE_CHECKING, Generic, TypeVar

from .refusals import NodeGone, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")
CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


class _Visit(threading.Thread, Generic[T]):
    """A thread that enters a network namespace, does one thing there, and ends.

    A thread of its own, because the namespace belongs to the thread; one that ends, because a thread that
    stayed would keep the namespace of a dead node alive, and with it addresses that must have fallen silent.
    """

    def __init__(self, pid: int, act: Callable[[], T]) -> None:
        super().__init__(daemon=True, name=f"in the network namespace of {pid}")
        self._pid, self._act = pid, act
        self.results: list[T] = []
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self._enter()
            self.results.append(self._act())
        except BaseException as error:  # noqa: BLE001 -- it is raised again in the thread that asked
            self.error = error

    def _enter(self) -> None:
        try:
            namespace = os.open(f"/proc/{self._pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        except (FileNotFoundError, ProcessLookupError) as error:
            raise NodeGone(f"process {self._pid} has ended") from error
        except PermissionError as error:
            raise Refused(
                "the sidecar may not look into the nodes: start it with --pid host and SYS_PTRACE"
            ) from error
        try:
            if _libc.setns(namespace, CLONE_NEWNET) != 0:
                reason = os.strerror(ctypes.get_errno())
                raise Refused(
                    f"the sidecar may not enter a network namespace ({reason}): start it with the "
                    "capabilities SYS_ADMIN and NET_ADMIN, and with seccomp unconfined"
                )
        finally:
            os.close(namespace)


def in_network_of(pid: int, act: Callable[[], T]) -> T:
    """Return what *act* returns inside the network namespace of process *pid*.

    A socket opened there stays there; it has to be closed when the process ends.

    Raises:
        NodeGone: the process has ended.
        Refused: the sidecar lacks the right to enter.
    """
    visit = _Visit(pid, act)
    visit.start()
    visit.join()
    if visit.error:
        raise visit.error
    return visit.results[0]


def run_in_network_of(
    pid: int, argv: Sequence[str], *, stdin: str = "", timeout_s: float = 5.0
) -> subprocess.CompletedProcess[str]:
    """Run a program of the sidecar inside the network namespace of process *pid*."""

    def act() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            argv, input=stdin, capture_output=True, text=True, timeout=timeout_s, check=False
        )

    return in_network_of(pid, act)
