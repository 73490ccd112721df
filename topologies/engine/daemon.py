"""A dockerd of our own: started detached, found again by its folder, and ended without a trace.

Processes are recognised by their program's name and by our folder on their command line, never by a name
alone, so an engine of somebody else is never touched.
"""

import dataclasses
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

import psutil
from filelock import FileLock, Timeout

from topologies.engine import host
from topologies.engine.commands import as_root, run
from topologies.engine.connection import Engine, at_socket
from topologies.engine.packages import PrivateRoot, make_folder
from topologies.errors import EngineError, NotReady
from topologies.waiting import wait_until

START_PATIENCE_S = 60.0
STOP_PATIENCE_S = 20.0
LOCK_PATIENCE_S = 300.0
PROGRAMS = ("dockerd", "containerd", "containerd-shim")
"""In the order in which they have to end; a prefix of the name, which the kernel cuts to 15 characters."""

State = Literal["answers", "starting", "ended"]


@dataclasses.dataclass(frozen=True)
class Daemon:
    """Where a dockerd keeps what it has, and how it is started."""

    data: Path
    """Images and containers; outlives a reboot."""
    folder: Path
    """Socket, pid files, log; does not."""
    flags: Sequence[str]
    wrapper: Sequence[str] = ()
    """A command that runs dockerd, such as one that gives it a network namespace of its own."""

    @property
    def socket(self) -> Path:
        """Where it answers."""
        return self.folder / "docker.sock"

    @property
    def log(self) -> Path:
        """What it said since it was started."""
        return self.folder / "dockerd.log"

    @property
    def _exec_root(self) -> Path:
        return self.folder / "exec"

    @property
    def _pid_file(self) -> Path:
        return self.folder / "dockerd.pid"

    def found(self) -> Engine | None:
        """Return the engine, if it answers."""
        return at_socket("embedded", self.socket)

    def start(self, root: PrivateRoot, environment: Mapping[str, str]) -> Engine:
        """Start it unless it answers; whatever is left of an earlier one is ended first.

        Raises:
            EngineError: it ended again or did not answer in time; the message quotes its log.
            SetUpError: the machine lacks something that it needs.
        """
        make_folder(self.folder)
        try:
            with FileLock(self.folder / "dockerd.lock", timeout=LOCK_PATIENCE_S):
                if engine := self.found():
                    return engine
                host.must_have_cgroups(Path("/proc/mounts").read_text())
                self._end_what_is_left()
                self._launch(root, environment)
                try:
                    return self._wait_until_it_answers()
                except BaseException:
                    self._end_what_is_left()
                    raise
        except Timeout as busy:
            raise EngineError(
                f"another process has been starting {self.socket} for {LOCK_PATIENCE_S:g} s"
            ) from busy

    def stop(self) -> None:
        """End it with all its containers; nothing to end is no error."""
        if self.folder.is_dir():
            with FileLock(self.folder / "dockerd.lock", timeout=LOCK_PATIENCE_S):
                self._end_what_is_left()

    def processes(self, program: str) -> list[psutil.Process]:
        """Return the live processes of ours whose name begins with *program*."""
        return [process for process in psutil.process_iter() if self._is_ours(process, program)]

    def _is_ours(self, process: psutil.Process, program: str) -> bool:
        try:
            name, words = process.name(), process.cmdline()
            sees_our_folder = _mounts_seen_by(process.pid) == _mounts_seen_by(os.getpid())
        except (psutil.Error, OSError):
            return False  # it ended while we looked
        is_program = name.startswith(program) if program == "containerd-shim" else name == program
        inside = f"{self._exec_root}/"
        return (
            is_program
            and sees_our_folder
            and any(word == str(self._exec_root) or word.startswith(inside) for word in words)
        )

    def _launch(self, root: PrivateRoot, environment: Mapping[str, str]) -> None:
        make_folder(self.data)
        dockerd = root.program("dockerd")
        command = [
            *("setsid", "--fork", *self.wrapper, str(dockerd)),
            *("--host", f"unix://{self.socket}", "--group", str(os.getgid())),
            *("--data-root", str(self.data), "--exec-root", str(self._exec_root)),
            *("--pidfile", str(self._pid_file), "--userland-proxy=false", "--shutdown-timeout=2"),
            *("--default-address-pool", "base=198.18.0.0/15,size=24"),
            *self.flags,
        ]
        with self.log.open("w") as log:
            subprocess.run(
                as_root(command, environment),
                env=dict(environment),
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                check=True,
            )

    def _wait_until_it_answers(self) -> Engine:
        try:
            # "ended" must be seen twice: between two programs of the start neither name is there yet.
            wait_until(
                "the embedded engine answers",
                self._state,
                lambda state: state != "starting",
                patience_s=START_PATIENCE_S,
                in_a_row=3,
            )
        except NotReady as late:
            raise EngineError(f"{late}; its log is {self.log}") from late
        if engine := self.found():
            return engine
        raise EngineError(f"the embedded engine did not start: {self._last_words()}; its log is {self.log}")

    def _state(self) -> State:
        if self.found():
            return "answers"
        return "starting" if self.processes("dockerd") else "ended"

    def _last_words(self) -> str:
        lines = [line for line in self.log.read_text(errors="replace").splitlines() if line.strip()]
        fatal = [line for line in lines if line.startswith("failed to start") or "level=fatal" in line]
        return (fatal or lines or ["it said nothing"])[-1].strip()

    def _end_what_is_left(self) -> None:
        for program in PROGRAMS:
            victims = self.processes(program)
            if program == "containerd-shim":  # a container's processes outlive a shim that is killed
                victims = [*_descendants(victims), *victims]
            _end(victims, at_once=program == "containerd-shim")
        for mount in reversed(list(self._mounts())):
            run(
                f"{mount} cannot be unmounted",
                ["umount", "--lazy", mount],
                fix="end the processes that use it",
                patience_s=STOP_PATIENCE_S,
                root=True,
            )
        for leftover in (self._pid_file, self.socket, self._exec_root):
            remove(leftover)

    def _mounts(self) -> Iterator[str]:
        """Yield what is mounted in our folders, outer ones first."""
        for line in Path("/proc/self/mounts").read_text().splitlines():
            where = line.split()[1].replace("\\040", " ")
            if any(where == str(top) or where.startswith(f"{top}/") for top in (self._exec_root, self.data)):
                yield where


def _mounts_seen_by(pid: int) -> str:
    """Return the mount namespace of a process: in another one, our path may be somebody else's folder."""
    if os.geteuid() != 0 and pid != os.getpid():
        return str(Path("/proc/self/ns/mnt").readlink())  # another's is for root to see
    return str(Path(f"/proc/{pid}/ns/mnt").readlink())


def _descendants(processes: list[psutil.Process]) -> list[psutil.Process]:
    found = []
    for process in processes:
        try:
            found += process.children(recursive=True)
        except psutil.Error:
            continue  # it ended while we looked
    return found


def _end(victims: list[psutil.Process], *, at_once: bool) -> None:
    """End processes: asked first, unless *at_once*, and killed when they do not listen."""
    for signal, patience_s in (
        (("KILL", STOP_PATIENCE_S),) if at_once else (("TERM", STOP_PATIENCE_S), ("KILL", 5.0))
    ):
        alive = [process for process in victims if process.is_running()]
        if not alive:
            return
        # One that ends by itself in this moment makes kill complain; wait_procs tells the truth.
        kill = ["sh", "-c", 'kill "$@"', "sh", f"-{signal}", *(str(process.pid) for process in alive)]
        subprocess.run(as_root(kill, os.environ), check=False, capture_output=True)
        _, alive = psutil.wait_procs(alive, timeout=patience_s)
    if alive:
        raise EngineError(
            f"processes {[process.pid for process in alive]} of an old engine do not end: kill them"
        )


def remove(path: Path) -> None:
    """Remove a file or folder, as root if it is root's; nothing there is no error."""
    if path.is_symlink() or not path.exists():
        path.unlink(missing_ok=True)
    elif os.geteuid() == 0:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    else:
        run(
            f"{path} cannot be removed",
            ["rm", "-rf", str(path)],
            fix="remove it by hand",
            patience_s=600,
            root=True,
        )
