"""Running the programs of the machine: as root where that is needed, and with one sentence when they fail."""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from topologies.errors import SetUpError

_ADVICE_LINES = 2
PASSED_TO_ROOT = ("PATH", "TMPDIR", "LD_LIBRARY_PATH", "PERL5LIB", "XTABLES_LIBDIR")
"""What survives sudo, which starts programs with an environment of its own."""


def as_root(argv: Sequence[str], environment: Mapping[str, str]) -> list[str]:
    """Return the command that runs *argv* as root with *environment*.

    Raises:
        SetUpError: we are not root and there is no sudo.
    """
    if os.geteuid() == 0:
        return list(argv)
    if shutil.which("sudo") is None:
        raise SetUpError(
            f"{Path(argv[0]).name} needs root, and there is no sudo: "
            "run as root, or set DOCKER_HOST to an engine"
        )
    passed = [f"{name}={environment[name]}" for name in PASSED_TO_ROOT if name in environment]
    return ["sudo", "env", *passed, *argv]


def run(  # noqa: PLR0913 -- every argument is keyword-only and named
    what: str,
    argv: Sequence[str],
    *,
    fix: str,
    patience_s: float,
    environment: Mapping[str, str] | None = None,
    root: bool = False,
    log: Path | None = None,
) -> str:
    """Run a program to its successful end; return its standard output (empty if it goes to *log*).

    Raises:
        SetUpError: it failed or took longer than *patience_s*; the message says *what*, why, and the *fix*.
    """
    env = dict(os.environ if environment is None else environment)
    command = as_root(argv, env) if root else list(argv)
    try:
        done = subprocess.run(
            command,
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=patience_s,
        )
    except subprocess.TimeoutExpired as late:
        raise SetUpError(f"{what}: not within {patience_s:g} s; {fix}") from late
    except FileNotFoundError as missing:
        raise SetUpError(f"{what}: there is no program {command[0]} on this machine; install it") from missing
    if log is not None:
        log.write_text(done.stdout + done.stderr)
    if done.returncode:
        raise SetUpError(f"{what}: {why_it_failed(done)}; {fix}")
    return "" if log is not None else done.stdout


def why_it_failed(done: "subprocess.CompletedProcess[str]") -> str:
    """Return the gist of what a failed program said: lines that call themselves errors, or the last one."""
    lines = [line.strip() for line in (done.stderr or done.stdout).splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith(("e:", "error", "err:"))]
    said = errors[:_ADVICE_LINES] or lines[-1:]
    return " / ".join(said) or f"exit status {done.returncode}"
