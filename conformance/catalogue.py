"""The catalogue of requirements: what is promised, and on which topologies it has to hold."""

import functools
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from topologies.errors import UsageError
from topologies.model import Name, Role, Topology, VirtualIp

SOURCE = Path(__file__).with_name("requirements.yaml")

Class = Literal["observed", "disruptive"]
Chapter = Literal["user-access", "sip", "files", "database", "sites"]


class Applicability(NamedTuple):
    """Whether a requirement has to hold on a topology, and why."""

    applies: bool
    reason: str


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Text(_Entry):
    """The same sentence in both languages of the reports."""

    de: str = Field(min_length=1)
    en: str = Field(min_length=1)


class Condition(_Entry):
    """What a topology must have for a requirement to apply; an empty condition is met by every topology."""

    variant: Chapter | None = None
    """A chapter that the topology has to declare under `variants`."""
    variant_is: tuple[str, ...] = Field(default=(), alias="variant-is")
    """The variants of that chapter that count; empty means each."""
    roles: Mapping[Role, int] = Field(default_factory=dict)
    """How many nodes of a role there must be at least."""
    redundant: Role | None = None
    """A role of which several nodes share a virtual IP."""
    carries: Name | None = None
    """An alias that has to sit on a virtual IP."""
    why: str = ""
    """Said after the reason where the condition is not met for want of nodes."""

    def unmet(self, topology: Topology) -> Iterator[str]:
        """Yield a reason for every part of the condition that *topology* does not meet."""
        if self.variant and self.variant not in topology.variants:
            yield f"the topology declares no {self.variant} variant"
            return
        because = f"; {self.why}" if self.why else ""
        if self.variant and self.variant_is and topology.variants[self.variant] not in self.variant_is:
            yield (
                f"needs {self.variant} {' or '.join(self.variant_is)}, "
                f"the topology declares {topology.variants[self.variant]}{because}"
            )
        for role, needed in self.roles.items():
            if (there := len(topology.with_role(role))) < needed:
                plural = "s" if needed > 1 else ""
                yield f"needs {needed} {role} node{plural}, the topology has {there or 'none'}{because}"
        if self.redundant and not any(
            _is_shared_by(self.redundant, vip, topology) for vip in _vips(topology)
        ):
            yield f"the topology has no virtual IP shared by {self.redundant} nodes"
        if self.carries and topology.virtual_ip_of(self.carries) is None:
            yield f"no virtual IP of the topology carries {self.carries}"


def _vips(topology: Topology) -> list[VirtualIp]:
    return list(topology.virtual_ips.values())


def _is_shared_by(role: Role, vip: VirtualIp, topology: Topology) -> bool:
    return all(topology.nodes[candidate].role is role for candidate in vip.candidates)


class Requirement(_Entry):
    """One promise of the redundancy documentation."""

    id: str = Field(pattern=r"^[A-Z]{2,3}-[1-9][0-9]?$")
    chapter: str
    title: Text
    promise: Text
    level: Literal["must", "should"] = "must"
    classes: tuple[Class, ...] = Field(min_length=1)
    """Observed: proven without disturbing anything; disruptive: proven by a fault."""
    applies: Condition = Condition()
    proven_by: str

    def applies_to(self, topology: Topology) -> Applicability:
        """Tell whether the requirement has to hold on *topology*, and why it does or does not."""
        if unmet := list(self.applies.unmet(topology)):
            return Applicability(applies=False, reason="; ".join(unmet))
        return Applicability(applies=True, reason=f"{self.id} applies to {topology.name}")


class _Document(_Entry):
    chapters: Mapping[str, Text]
    requirements: Mapping[str, dict[str, Any]]


@functools.cache
def catalogue(source: Path = SOURCE) -> Mapping[str, Requirement]:
    """Return every requirement by id, in the order of the catalogue.

    Raises:
        UsageError: the catalogue is not valid; the message names the entry and the key.
    """
    document = _document(source)
    found = {}
    for identity, entry in document.requirements.items():
        try:
            requirement = Requirement.model_validate({"id": identity, **entry})
        except ValidationError as error:
            raise UsageError(f"{source.name}: {identity}: {_first_complaint(error)}") from error
        if requirement.chapter not in document.chapters:
            raise UsageError(
                f"{source.name}: {identity}: chapter {requirement.chapter!r} "
                f"is not one of {sorted(document.chapters)}"
            )
        found[identity] = requirement
    return MappingProxyType(found)


@functools.cache
def chapters(source: Path = SOURCE) -> Mapping[str, Text]:
    """Return the titles of the chapters by their names, in the order of the catalogue."""
    return MappingProxyType(dict(_document(source).chapters))


def _document(source: Path) -> _Document:
    try:
        return _Document.model_validate(yaml.safe_load(source.read_text(encoding="utf-8")))
    except (yaml.YAMLError, ValidationError) as error:
        complaint = (
            _first_complaint(error) if isinstance(error, ValidationError) else str(error).replace("\n", " ")
        )
        raise UsageError(f"{source.name}: {complaint}") from error


def _first_complaint(error: ValidationError) -> str:
    first = error.errors()[0]
    return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
