"""Set-up and its opposite: everything that labs need on this machine, and nothing of it left."""

import contextlib
import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path

import docker

from topologies.engine import base_image, connection, embedded, host, images, stock
from topologies.engine.connection import Engine
from topologies.engine.daemon import remove
from topologies.engine.finding import ensure
from topologies.engine.progress import Progress
from topologies.errors import EngineError
from topologies.home import home, runtime

LAB_LABEL = "jtel-conformance.lab"
IN_HOME = ("docker", "stock", "packages", "evidence", "python-*", "allure*", "base-*", "*.lock")
IN_RUNTIME = ("docker.sock", "dockerd.*", "exec", "stock", "labs", "logs", "*.log", "*.lock")
"""What the suite keeps there; the folders may be the user's, who may have other things in them."""


@dataclasses.dataclass(frozen=True)
class SetUp:
    """What labs run on."""

    engine: Engine
    images: Mapping[str, str]
    """Tag of the image of every role."""


def setup(progress: Progress) -> SetUp:
    """Make sure that the machine has an engine with the images of all roles.

    Raises:
        SetUpError, EngineError: it cannot be had; the message says what would help.
    """
    host.must_be_linux()
    engine = ensure(progress)
    return SetUp(engine, images.build(engine, progress))


def clean(progress: Progress, *, everything: bool = False) -> None:
    """Remove every lab and image of ours and end the engines of ours.

    everything: also remove what was downloaded and made: packages, Python environment, Allure, base image.

    Raises:
        EngineError: an engine refused to give something up, or DOCKER_HOST names one that does not answer.
    """
    from topologies.lab import labs, take_down  # noqa: PLC0415 -- labs need engines, so not the other way round

    for lab in labs():
        take_down(lab.lab_id)
    for engine in _engines(progress):
        with progress.step(f"removal of labs and images from the {engine.kind} engine"):
            _remove_labs(engine)
            _remove_images(engine, everything=everything)
        engine.client.close()
    with progress.step("end of our own engines"):
        stock.end(stock.daemon())
        embedded.daemon().stop()
    if everything:
        with progress.step(f"removal of what lies in {home()}"):
            _empty(home(), IN_HOME)
    _empty(runtime(), IN_RUNTIME)


def _engines(progress: Progress) -> Iterator[Engine]:
    """Yield every engine on which something of ours may be."""
    if engine := connection.given() or connection.at_socket("default", connection.DEFAULT_SOCKET):
        yield engine
    if embedded.daemon().data.is_dir():
        # One that died still has its labs; they can only be removed through it.
        yield embedded.start(progress)


def _empty(folder: Path, patterns: tuple[str, ...]) -> None:
    """Remove what is ours in a folder, and the folder too where nothing else is in it."""
    for pattern in patterns:
        for path in folder.glob(pattern):
            remove(path)
    with contextlib.suppress(OSError):  # not empty, or not there
        folder.rmdir()


def _remove_labs(engine: Engine) -> None:
    """Remove labs by their label, whatever became of the process that brought them up."""
    of_ours: dict[str, str | list[str] | bool] = {"label": LAB_LABEL}
    api = engine.client
    for container in api.containers.list(all=True, filters=of_ours, ignore_removed=True):
        with _gone_is_fine():
            container.remove(force=True, v=True)
    for network in api.networks.list(filters={"label": LAB_LABEL}):
        with _gone_is_fine():
            network.remove()
    for volume in api.volumes.list(filters={"label": LAB_LABEL}):
        with _gone_is_fine():
            volume.remove(force=True)


def _remove_images(engine: Engine, *, everything: bool) -> None:
    tags = list(images.tags(engine))
    if everything:
        made_here = {"label": f"{base_image.BOOTSTRAPPED_LABEL}=yes", "reference": base_image.BASE_IMAGE}
        tags += [tag for image in engine.client.images.list(filters=made_here) for tag in image.tags]
    for tag in tags:
        with _gone_is_fine():
            engine.client.images.remove(tag, force=True)


@contextlib.contextmanager
def _gone_is_fine() -> Iterator[None]:
    """Let the block remove something that another process may remove at the same time."""
    try:
        yield
    except docker.errors.NotFound:
        return
    except docker.errors.APIError as refused:
        raise EngineError(
            f"the engine did not remove it ({refused.explanation}): run `make clean` again"
        ) from refused
