"""A YAML file that remembers on which line each of its keys stands, and can be patched.

Only plain YAML is read: one document, no anchors, no tags, no key twice in a mapping.
"""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from topologies.errors import UsageError
from topologies.places import Place

_SCALARS = yaml.SafeLoader("")
_PLAIN_TAGS = {"null", "bool", "int", "float", "str", "timestamp"}


@dataclasses.dataclass(frozen=True)
class Document:
    """What a file says, and where."""

    path: Path
    data: dict[str, Any]
    lines: Mapping[Place, str]
    """`file:line` of every key and list entry, by its place."""

    def where(self, place: Place) -> str:
        """Return `file:line` of *place*, or of the closest thing around it that the file has."""
        for length in range(len(place), -1, -1):
            if (line := self.lines.get(place[:length])) is not None:
                return line
        return shown(self.path)

    def patched(self, patch: "Document", *, at: Place = ()) -> "Document":
        """Return this document with the part *at* of *patch* merged in (RFC 7386: null removes)."""
        part: Any = patch.data
        for step in at:
            part = part[step]
        moved = {place[len(at) :]: line for place, line in patch.lines.items() if place[: len(at)] == at}
        return Document(self.path, merged(self.data, part), {**self.lines, **moved, (): self.where(())})


def merged(target: Any, patch: Any) -> Any:  # noqa: ANN401 -- JSON values have no common type
    """Return *target* with the merge patch *patch* applied, as RFC 7386 says; neither is changed."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result


def shown(path: Path) -> str:
    """Return *path* as the user would write it: relative where it lies below the current folder."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_absolute() and path.is_relative_to(here) else str(path)


def read(path: Path, *, error: type[UsageError]) -> Document:
    """Read the YAML file *path*.

    Raises:
        error: it cannot be read, is not plain YAML, or is not a mapping; one sentence with file and line.
    """
    name = shown(path)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as reason:
        raise error(f"{name}: cannot be read: {reason.strerror}") from reason
    except UnicodeDecodeError as reason:
        raise error(f"{name}: byte {reason.start} is not UTF-8; save the file as UTF-8") from reason
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as reason:
        raise error(f"{_broken_at(name, reason)}; correct the YAML there") from reason
    if not isinstance(root, yaml.MappingNode):
        raise error(
            f"{name}:1: the file is {'empty' if root is None else 'not a mapping'}; start with `key: value`"
        )
    return _Reading(name, error).document(path, root)


def _broken_at(name: str, reason: yaml.YAMLError) -> str:
    problem = str(getattr(reason, "problem", None) or getattr(reason, "reason", None) or reason)
    mark = getattr(reason, "problem_mark", None) or getattr(reason, "context_mark", None)
    what = f"broken YAML: {problem}"
    if context := getattr(reason, "context", None):
        begins = getattr(reason, "context_mark", None)
        what += f" ({context}" + (f" that begins on line {begins.line + 1})" if begins else ")")
    return f"{name}:{mark.line + 1}: column {mark.column + 1}: {what}" if mark else f"{name}: {what}"


@dataclasses.dataclass
class _Reading:
    """One pass over the node graph of a file."""

    name: str
    error: type[UsageError]
    lines: dict[Place, str] = dataclasses.field(default_factory=dict)
    seen: set[int] = dataclasses.field(default_factory=set)

    def document(self, path: Path, root: yaml.MappingNode) -> Document:
        self.lines[()] = self._at(root)
        return Document(path, self._value(root, ()), self.lines)

    def _at(self, node: yaml.Node) -> str:
        return f"{self.name}:{node.start_mark.line + 1}"

    def _value(self, node: yaml.Node, place: Place) -> Any:  # noqa: ANN401 -- whatever YAML holds
        if id(node) in self.seen:
            raise self.error(f"{self._at(node)}: anchors (&, *) are not supported; write the value out")
        self.seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, place)
        if isinstance(node, yaml.SequenceNode):
            return [self._entry(entry, (*place, index)) for index, entry in enumerate(node.value)]
        if node.tag.rpartition(":")[2] not in _PLAIN_TAGS:
            raise self.error(f"{self._at(node)}: the tag {node.tag} is not supported; write a plain value")
        try:
            return _SCALARS.construct_object(node)
        except ValueError as reason:
            raise self.error(
                f"{self._at(node)}: {node.value!r} cannot be read ({reason}); quote it"
            ) from reason

    def _entry(self, node: yaml.Node, place: Place) -> Any:  # noqa: ANN401 -- whatever YAML holds
        self.lines[place] = self._at(node)
        return self._value(node, place)

    def _mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise self.error(f"{self._at(key)}: a key has to be a word, not a list or mapping")
            here = (*place, key.value)
            if key.value in result:
                raise self.error(
                    f"{self._at(key)}: the key {key.value!r} is already on line {self._line(here)}; drop one"
                )
            self.lines[here] = self._at(key)
            result[key.value] = self._value(value, here)
        return result

    def _line(self, place: Place) -> str:
        return self.lines[place].rpartition(":")[2]
