"""The embedded engine: for machines where no other answers.

It has no bridge of its own, no firewall rules and no forwarding, so the host's network stays as it is; labs
make their own networks, which lead nowhere.
"""

from topologies.engine import host, packages
from topologies.engine.connection import Engine
from topologies.engine.daemon import Daemon
from topologies.engine.progress import Progress, Silent
from topologies.home import home, runtime

FLAGS = ("--bridge=none", "--iptables=false", "--ip-forward=false", "--ip-masq=false")


def daemon() -> Daemon:
    """Return the embedded engine's daemon, running or not."""
    return Daemon(data=home() / "docker", folder=runtime(), flags=FLAGS)


def start(progress: Progress) -> Engine:
    """Start the embedded engine unless it answers; install it first where that was not done yet.

    Raises:
        SetUpError, EngineError: it cannot be had on this machine.
    """
    host.must_be_linux()
    embedded = daemon()
    if engine := embedded.found():
        return engine
    root = packages.provide(packages.ENGINE, progress)
    with progress.step("start of the embedded engine"):
        return embedded.start(root, root.environment())


def restart() -> None:
    """End the embedded engine, with all that runs on it, and start it again.

    Raises:
        SetUpError, EngineError: it did not start again.
    """
    daemon().stop()
    start(Silent())
