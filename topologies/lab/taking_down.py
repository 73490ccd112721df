"""Labs from outside: which there are, taking one down, and sweeping up those that nobody owns any more."""

import concurrent.futures
import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from topologies.engine import Engine, embedded, find
from topologies.errors import EngineError, GhostNetwork, LabError, UsageError
from topologies.lab import identity, removal, state
from topologies.lab.owner import Owner, seat


@dataclasses.dataclass(frozen=True)
class LabInfo:
    """A lab as it is seen from outside."""

    lab_id: str
    topology: str
    defect: str | None
    owner: str
    """`<boot id>:<pid>:<start ticks>`, or `kept`."""
    is_up: bool
    """False while it is being brought up, and where its state was lost."""
    started_at: datetime | None
    nodes: tuple[str, ...]
    """Nodes that have a container."""


def labs() -> list[LabInfo]:
    """Return the labs of the engine that answers, oldest first.

    Raises:
        EngineError: DOCKER_HOST names an engine that does not answer.
    """
    engine = find()
    if engine is None:
        return []
    found = [_info(lab_id, labels) for lab_id, labels in removal.objects(engine.client).items()]
    return sorted(found, key=lambda lab: (lab.started_at.timestamp() if lab.started_at else 0.0, lab.lab_id))


def take_down(lab_id: str) -> None:
    """Remove a lab and everything that belongs to it; no error where nothing is left of it.

    Raises:
        LabError: something could not be removed, or the engine does not answer.
    """
    if not identity.is_lab_id(lab_id):
        raise UsageError(f"{lab_id!r} is not a lab's id such as simple-3fa9c1; see: python -m topologies ps")
    removal.remove_lab(engine_of(lab_id).client, lab_id)


def engine_of(lab_id: str) -> Engine:
    """Return the engine on which a lab is.

    Raises:
        EngineError: it does not answer.
    """
    url = _url(lab_id)
    found = find()
    if found is not None and url in {None, found.url}:
        return found
    engine = Engine("default", url) if url else None
    if engine is None or not engine.answers():
        raise EngineError(
            f"{lab_id}: its engine{f' at {url}' if url else ''} does not answer; start it again"
        )
    return engine


def sweep() -> list[str]:
    """Remove every lab whose owner is gone, whole or in parts; return their ids.

    Labs of another machine on the same engine are left alone, and so is what is kept.

    Raises:
        LabError: something could not be removed.
    """
    engine = find()
    return [] if engine is None else sweep_engine(engine)


def sweep_engine(engine: Engine) -> list[str]:
    """Remove from *engine* every lab whose owner is gone; see `sweep`."""
    with state.locked("labs"):  # so that no folder is seen before its state lies in it
        known = {lab_id: _url(lab_id) for lab_id in state.lab_ids()}
        objects = removal.objects(
            engine.client
        )  # after the states, which are written before the first object
        here = [lab_id for lab_id, url in known.items() if url in {None, engine.url}]
        candidates = dict.fromkeys([*objects, *here])
        orphans = [lab_id for lab_id in candidates if is_orphan(lab_id, objects.get(lab_id, ()))]
    try:
        _remove_all(engine, orphans)
    except GhostNetwork:
        if engine.kind != "embedded" or set(objects) - set(orphans):
            raise  # an engine of others, or one that others use now, is not ours to restart
        embedded.restart()
        _remove_all(engine, orphans)
    return orphans


def _remove_all(engine: Engine, lab_ids: Sequence[str]) -> None:
    if lab_ids:
        with concurrent.futures.ThreadPoolExecutor() as pool:
            list(pool.map(lambda lab_id: removal.remove_lab(engine.client, lab_id), lab_ids))


def is_orphan(lab_id: str, labels: Iterable[Mapping[str, str]]) -> bool:
    """Tell whether nobody will take a lab down; *labels* are those of its objects on the engine.

    The owner in the labels counts. A kept lab has none; while it is brought up it has one in its state.
    """
    known = _state(lab_id)
    for each in labels:
        if each.get(identity.SEAT) != seat():
            return False
        if (owner := Owner.parse(each.get(identity.OWNER, ""))) is not None:
            return not owner.is_alive()
        return known is not None and not known.is_up and not _is_alive(known.owner)
    if known is None:
        return True  # a folder without a lab and without a state
    return known.is_up if known.kept else not _is_alive(known.owner)


def is_to_be_kept(lab_id: str) -> bool:
    """Tell whether a lab came up and outlives its owner."""
    known = _state(lab_id)
    return known is not None and known.kept and known.is_up


def _is_alive(owner: str) -> bool:
    parsed = Owner.parse(owner)
    return parsed is not None and parsed.is_alive()


def _state(lab_id: str) -> state.LabState | None:
    """Return what is known about a lab; a state that cannot be understood is as good as none."""
    try:
        return state.read(lab_id)
    except LabError:
        return None


def _url(lab_id: str) -> str | None:
    known = _state(lab_id)
    return known.engine_url if known else None


def _info(lab_id: str, labels: list[dict[str, str]]) -> LabInfo:
    known = _state(lab_id)
    nodes = {each[identity.NODE] for each in labels if identity.NODE in each} - {identity.SIDECAR}
    order = list(known.declared.nodes) if known else sorted(nodes)
    return LabInfo(
        lab_id=lab_id,
        topology=labels[0].get(identity.TOPOLOGY, ""),
        defect=known.defect if known else None,
        owner=labels[0].get(identity.OWNER, ""),
        is_up=known is not None and known.is_up,
        started_at=known.started_at if known else None,
        nodes=tuple(name for name in order if name in nodes),
    )
