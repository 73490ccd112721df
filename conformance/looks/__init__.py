"""Single looks from a node at a service: one question, one answer, no load.

A look is a small program of the standard library alone. It is sent to the node's Python, so a vantage of a
live system needs nothing else; it prints one JSON document.
"""

import importlib.resources
import json
from typing import Any

from topologies.errors import NodeUnreachable
from topologies.system import Node


def look(node: Node, program: str, **asked: object) -> Any:  # noqa: ANN401 -- JSON
    """Run `conformance/looks/<program>.py` on *node* with *asked* as its input; return what it says.

    Raises:
        NodeUnreachable: it could not be run there, or said nothing that can be read.
    """
    source = importlib.resources.files(__package__).joinpath(f"{program}.py").read_text(encoding="utf-8")
    said = node.must_run("python3", "-c", source, stdin=json.dumps(asked), timeout_s=20)
    try:
        return json.loads(said)
    except ValueError as error:
        raise NodeUnreachable(f"{node.name}: look {program!r} printed no JSON but {said[:200]!r}") from error
