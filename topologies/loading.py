"""From a topology file to a `Topology`: found by name or path, read, validated.

In a file a node names its networks as keys (`lb1: {role: balancer, user: 198.18.1.11}`); the schema keeps
them as `addresses`. The name of a topology is that of its file.
"""

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from topologies import document
from topologies.complaint import complaint
from topologies.document import Document
from topologies.errors import TopologyError
from topologies.model import NodeSpec, Topology
from topologies.places import Place
from topologies.plan import Plan
from topologies.spelling import suggestion

FOLDER = Path(__file__).resolve().parent

_NODE_KEYS = frozenset(field.alias or name for name, field in NodeSpec.model_fields.items()) - {"addresses"}


def names() -> list[str]:
    """Return the names of the topologies that come with the suite."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def load(name_or_path: str | Path) -> Topology:
    """Return the topology of that name, or of that file (anything with a `/` or ending in `.yaml`).

    Raises:
        TopologyError: there is none, or it is not valid; one sentence with file, line, key, value and fix.
    """
    return validated(find(name_or_path))


def find(name_or_path: str | Path) -> Document:
    """Return the topology file of that name or path, as read.

    Raises:
        TopologyError: there is none, or it is not plain YAML.
    """
    text = str(name_or_path)
    if isinstance(name_or_path, Path) or "/" in text or text.endswith(".yaml"):
        return document.read(Path(name_or_path), error=TopologyError)
    if text not in names():
        raise TopologyError(
            f"unknown topology {text!r}{suggestion(text, names(), plural='known topologies')}"
        )
    return document.read(FOLDER / f"{text}.yaml", error=TopologyError)


def validated(source: Document) -> Topology:
    """Return what *source* declares.

    Raises:
        TopologyError: the schema is violated, a reference leads nowhere, or nodes wait for each other.
    """
    if "name" in source.data:
        raise TopologyError(
            f"{source.where(('name',))}: name: the file's own name is the topology's; drop this key"
        )
    data = {"name": source.path.stem, **source.data}
    if isinstance(nodes := data.get("nodes"), dict):
        networks = data.get("networks")
        known = list(networks) if isinstance(networks, dict) else []
        _must_not_be_node_keys(source, set(known))
        data["nodes"] = {name: _expanded(source, name, node, known) for name, node in nodes.items()}
    try:
        topology = Topology.model_validate(data, by_alias=True, by_name=False)
    except ValidationError as problem:
        raise TopologyError(complaint(problem, source, Topology, in_file=_in_file)) from problem
    try:
        Plan.of(topology)
    except TopologyError as cycle:
        raise TopologyError(f"{source.where(('nodes',))}: {cycle}") from cycle
    return topology


def _must_not_be_node_keys(source: Document, networks: set[str]) -> None:
    for taken in sorted(networks & {*_NODE_KEYS, "addresses"}):
        where = source.where(("networks", taken))
        raise TopologyError(
            f"{where}: networks.{taken}: {taken!r} already means something in a node; rename it"
        )


def _expanded(source: Document, name: str, node: Any, networks: list[str]) -> Any:  # noqa: ANN401 -- as the file has it
    """Return a node with its addresses in the order in which the file names the networks."""
    if not isinstance(node, dict):
        return node
    for key in node:
        if key not in _NODE_KEYS.union(networks):
            place: Place = ("nodes", name, key)
            raise TopologyError(
                f"{source.where(place)}: nodes.{name}.{key}: neither a key of a node nor a network"
                f"{suggestion(key, _NODE_KEYS.union(networks))}"
            )
    own = {key: value for key, value in node.items() if key in _NODE_KEYS}
    return {**own, "addresses": {key: node[key] for key in networks if key in node}}


def _in_file(place: Place) -> Place:
    """Return the place in the file: there, addresses stand directly in the node."""
    return (*place[:2], *place[3:]) if place[:1] == ("nodes",) and place[2:3] == ("addresses",) else place
