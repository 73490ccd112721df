"""A stock engine: iptables, bridge netfilter, forwarding, as most people's dockerd runs.

The suite has to work there too, so its own tests bring one up beside the first engine, in a network namespace
of its own: the rules that it makes are in that namespace and the host's firewall stays as it is.
"""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from topologies.engine import images, packages
from topologies.engine.base_image import BASE_IMAGE
from topologies.engine.commands import as_root, run
from topologies.engine.connection import Engine
from topologies.engine.daemon import Daemon
from topologies.engine.finding import ensure
from topologies.engine.packages import PrivateRoot, make_folder
from topologies.engine.progress import Progress
from topologies.errors import EngineError, SetUpError
from topologies.home import home, runtime

BRIDGE = "198.18.255.1/24"
LOCK_PATIENCE_S = 1800.0
COPY_PATIENCE_S = 600.0
BRIDGE_NETFILTER = Path("/proc/sys/net/bridge/bridge-nf-call-iptables")
IN_A_NAMESPACE = (
    *("unshare", "--net", "--", "sh", "-c"),
    f'echo 1 > {BRIDGE_NETFILTER} && exec "$@"',
    "sh",
)
FIREWALL_PROGRAMS = tuple(
    f"{family}{suffix}" for family in ("iptables", "ip6tables") for suffix in ("", "-save", "-restore")
)


def daemon() -> Daemon:
    """Return the stock engine's daemon, running or not."""
    return Daemon(
        data=home() / "stock", folder=runtime() / "stock", flags=("--bip", BRIDGE), wrapper=IN_A_NAMESPACE
    )


@contextmanager
def stock_engine(progress: Progress) -> Iterator[Engine]:
    """Run a stock engine with our images for the length of the block; one at a time on a machine.

    Raises:
        SetUpError, EngineError: it cannot be had on this machine.
    """
    first = ensure(progress)
    tags = images.build(first, progress)
    root = packages.provide(packages.ENGINE, progress)
    stock = daemon()
    make_folder(stock.folder)
    try:
        with FileLock(stock.folder / "in-use.lock", timeout=LOCK_PATIENCE_S):
            end(stock)  # one whose owner was killed
            try:
                with progress.step("start of the stock engine"):
                    _must_have_bridge_netfilter()
                    engine = stock.start(root, _environment(root, stock.folder / "bin"))
                _sweep(engine)
                _copy_images(first, engine, [BASE_IMAGE, *tags.values()], progress)
                yield engine
            finally:
                end(stock)
    except Timeout as busy:
        raise EngineError(
            f"another process has used the stock engine for {LOCK_PATIENCE_S:g} s: end it"
        ) from busy


def end(stock: Daemon) -> None:
    """End the stock engine with all that runs on it; nothing to end is no error."""
    try:
        if engine := stock.found():
            _sweep(engine)  # asked to stop, containers would take their time
            engine.client.close()
    finally:
        stock.stop()


def _must_have_bridge_netfilter() -> None:
    if not BRIDGE_NETFILTER.exists():
        run(
            "this kernel has no bridge netfilter",
            ["modprobe", "br_netfilter"],
            fix="load br_netfilter by hand",
            patience_s=10,
            root=True,
        )


def _environment(root: PrivateRoot, links: Path) -> dict[str, str]:
    """Return the environment in which dockerd finds an iptables that works with this kernel.

    Debian ships two, and makes the name `iptables` a link to one of them only when the package is installed.
    """
    environment = root.environment()
    program = _working_iptables(root, environment)
    shutil.rmtree(links, ignore_errors=True)
    links.mkdir()
    for name in FIREWALL_PROGRAMS:
        (links / name).symlink_to(program)
    return {**environment, "PATH": f"{links}:{environment['PATH']}"}


def _working_iptables(root: PrivateRoot, environment: dict[str, str]) -> Path:
    for name in ("xtables-nft-multi", "xtables-legacy-multi"):
        if program := root.program(name):
            trial = ["unshare", "--net", "--", str(program), "iptables", "-t", "nat", "-L", "-n"]
            done = subprocess.run(
                as_root(trial, environment), env=environment, capture_output=True, check=False, timeout=30
            )
            if done.returncode == 0:
                return program
    raise SetUpError(
        "neither iptables-nft nor iptables-legacy works with this kernel: load nf_tables or ip_tables"
    )


def _sweep(engine: Engine) -> None:
    """Remove what an earlier use left behind; the engine is ours alone, so that is everything."""
    for container in engine.client.containers.list(all=True):
        container.remove(force=True, v=True)
    engine.client.networks.prune()
    engine.client.volumes.prune()


def _copy_images(source: Engine, target: Engine, tags: list[str], progress: Progress) -> None:
    """Copy by content, so that an older image under the same tag is replaced."""
    wanted = {tag: source.client.images.get(tag).id for tag in tags}
    there = {tag: image.id for image in target.client.images.list() for tag in image.tags}
    if missing := [tag for tag in tags if there.get(tag) != wanted[tag]]:
        with progress.step("images for the stock engine"):
            _save_and_load(source, target, missing)
    for tag in set(images.tags(target)) - set(tags):
        images.remove_tag(target, tag)


def _save_and_load(source: Engine, target: Engine, tags: list[str]) -> None:
    with subprocess.Popen(
        [str(source.cli), "save", *tags], env=dict(source.environment), stdout=subprocess.PIPE
    ) as save:
        load = subprocess.run(
            [str(target.cli), "load", "--quiet"],
            env=dict(target.environment),
            stdin=save.stdout,
            capture_output=True,
            text=True,
            check=False,
            timeout=COPY_PATIENCE_S,
        )
    if save.returncode or load.returncode:
        raise EngineError(f"the stock engine did not take our images ({load.stderr.strip()}): check the disk")
