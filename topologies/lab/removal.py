"""How a lab goes away: what carries its label, its reaper, its state; any number of times, by anybody."""

import concurrent.futures
import functools
import time
from collections.abc import Callable, Iterable
from typing import Any, Final

import docker.errors
import requests
from docker import DockerClient

from topologies.errors import EngineError, GhostNetwork, LabError
from topologies.lab import identity, state, watchmen
from topologies.waiting import wait_until

_PATIENCE_S: Final = 30.0
_GHOST_S: Final = 3.0
"""A network that is refused for so long, while nothing is on it, is never removed."""
_THREADS: Final = 16
_GONE: Final = (requests.codes.not_found, requests.codes.conflict)
"""Already removed, or being removed by somebody else."""
_BUSY: Final = requests.codes.forbidden
"""A network that still has a container on it, or one that is being attached."""


def remove_lab(client: DockerClient, lab_id: str) -> None:
    """Remove everything of a lab; returns when nothing of it is left.

    Raises:
        LabError: something could not be removed in time.
    """
    remove_objects(client, lab_id)
    watchmen.dismiss(lab_id, patience_s=_PATIENCE_S)
    state.remove(lab_id)


def remove_objects(client: DockerClient, lab_id: str) -> None:
    """Remove what the engine has of a lab; its state and its reaper stay.

    Raises:
        GhostNetwork: all that is left is a network that the engine takes for used, and nothing is on it.
        LabError: something could not be removed in time.
    """
    empty_since_s: float | None = None

    def remove_once() -> list[str]:
        nonlocal empty_since_s
        left = _remove_once(client, lab_id)
        if not left or not (ghosts := _ghosts(client, lab_id)):
            empty_since_s = None
            return left
        empty_since_s = empty_since_s or time.monotonic()
        if time.monotonic() - empty_since_s > _GHOST_S:
            raise GhostNetwork(
                f"{lab_id}: the engine does not remove its network {ghosts[0]}, although nothing is on it; "
                "restart the engine"
            )
        return left

    wait_until(
        f"{lab_id}: removal of its containers, networks and volumes",
        remove_once,
        lambda left: not left,
        patience_s=_PATIENCE_S,
        poll_s=0.02,
    )


def objects(client: DockerClient, *, lab_id: str | None = None) -> dict[str, list[dict[str, str]]]:
    """Return the labels of everything on the engine that belongs to a lab, by lab id."""
    found: dict[str, list[dict[str, str]]] = {}
    listed = [*_containers(client, lab_id), *_networks(client, lab_id), *_volumes(client, lab_id)]
    for thing in listed:
        if owner := identity.lab_of(thing["Labels"]):
            found.setdefault(owner, []).append(thing["Labels"])
    return found


def _remove_once(client: DockerClient, lab_id: str) -> list[str]:
    """Try to remove whatever there is; return the names of what was found."""
    api = client.api
    try:
        containers, networks, volumes = (find(client, lab_id) for find in (_containers, _networks, _volumes))
        # One after the other: an engine that releases several at once may miscount the users of a network.
        for it in containers:
            _tolerantly(lambda it=it: api.remove_container(it["Id"], force=True, v=True))  # type: ignore[misc]
        with concurrent.futures.ThreadPoolExecutor(_THREADS) as pool:
            _each(pool, networks, lambda it: _release(client, it["Id"]))
            _each(pool, volumes, lambda it: api.remove_volume(it["Name"], force=True))
    except requests.RequestException as error:
        raise EngineError(
            f"{lab_id}: the engine does not answer, so the lab is still there ({error})"
        ) from error
    except docker.errors.APIError as error:
        raise LabError(
            f"{lab_id}: the engine refused to remove a part of it: {error.explanation or error}"
        ) from error
    return [
        thing["Name"] if "Name" in thing else thing["Names"][0]
        for thing in (*containers, *networks, *volumes)
    ]


def _ghosts(client: DockerClient, lab_id: str) -> list[str]:
    """Return the networks of a lab that has nothing else any more, and on which the engine shows nothing."""
    if _containers(client, lab_id):
        return []
    return [
        network["Name"]
        for network in _networks(client, lab_id)
        if not client.api.inspect_network(network["Id"])["Containers"]
    ]


def _release(client: DockerClient, network: str) -> None:
    """Remove a network, also one on which an engine still believes a removed container."""
    for endpoint in client.api.inspect_network(network)["Containers"] or ():
        leave = functools.partial(client.api.disconnect_container_from_network, endpoint, network, force=True)
        _tolerantly(leave)
    client.api.remove_network(network)


def _each(
    pool: concurrent.futures.Executor,
    things: Iterable[dict[str, Any]],
    remove: Callable[[dict[str, Any]], None],
) -> None:
    list(pool.map(lambda thing: _tolerantly(lambda: remove(thing)), things))


def _tolerantly(act: Callable[[], object]) -> None:
    """Do *act*; what is gone or busy is seen at the next look."""
    try:
        act()
    except docker.errors.APIError as error:
        if error.status_code not in {*_GONE, _BUSY}:
            raise


def _filter(lab_id: str | None) -> dict[str, str]:
    return {"label": identity.LAB if lab_id is None else f"{identity.LAB}={lab_id}"}


def _containers(client: DockerClient, lab_id: str | None) -> list[dict[str, Any]]:
    return list(client.api.containers(all=True, filters=_filter(lab_id)))


def _networks(client: DockerClient, lab_id: str | None) -> list[dict[str, Any]]:
    return list(client.api.networks(filters=_filter(lab_id)))


def _volumes(client: DockerClient, lab_id: str | None) -> list[dict[str, Any]]:
    return list(client.api.volumes(filters=_filter(lab_id))["Volumes"] or ())
