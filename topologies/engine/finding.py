"""Which engine to use: the one that DOCKER_HOST names, the machine's own, or the embedded one."""

import shutil

from topologies.engine import connection, embedded, packages
from topologies.engine.connection import Engine
from topologies.engine.progress import Progress


def find() -> Engine | None:
    """Return the engine that answers, if one does; nothing is installed or started.

    Raises:
        EngineError: DOCKER_HOST is set, and nothing answers there.
    """
    return (
        connection.given()
        or connection.at_socket("default", connection.DEFAULT_SOCKET)
        or embedded.daemon().found()
    )


def ensure(progress: Progress) -> Engine:
    """Return an engine that answers, with a docker client; what is missing is installed and started.

    Raises:
        EngineError: DOCKER_HOST names an engine that does not answer, or ours did not start.
        SetUpError: this machine cannot have one; the message says what would help.
    """
    engine = find() or embedded.start(progress)
    if shutil.which("docker", path=engine.environment["PATH"]) is None:
        packages.provide(packages.ENGINE, progress)
    return engine
