"""A keepalived.conf as found on a balancer: its virtual routers and what they track, defaults filled in."""

import dataclasses
import math
from collections.abc import Mapping
from functools import cached_property
from typing import Literal

from conformance.norms.keepalived_syntax import Statement, parse_blocks
from topologies.errors import UsageError

Version = Literal[2, 3]
CENTISECONDS = 100
LEVELS = 256
"""Priorities are 1 to 254; the skew time counts down from 256."""


@dataclasses.dataclass(frozen=True)
class Tracked:
    """A script or a process whose failure matters to a virtual router."""

    name: str
    kind: Literal["script", "process"]
    watches: str
    """The command of a script, the program of a process."""
    interval_s: float
    """Pause between the starts of two runs of a script; for a process, the delay before its end counts."""
    timeout_s: float
    """After which a run of the script that hangs counts as failed."""
    fall: int
    weight: int
    """0: the failure is a fault of the router; otherwise it changes its priority."""


@dataclasses.dataclass(frozen=True)
class Instance:
    """A virtual router as one node is configured to take part in it."""

    name: str
    version: Version
    router_id: int
    starts_as: str
    priority: int
    advert_s: float
    """As it is on the wire: version 2 knows whole seconds only, version 3 hundredths."""
    configured_advert_s: float
    down_adverts: int
    """How many adverts have to be missing, normally 3."""
    nopreempt: bool
    preempt_delay_s: float
    addresses: tuple[str, ...]
    peers: tuple[str, ...]
    tracked: tuple[Tracked, ...]

    @property
    def preempts(self) -> bool:
        """Tell whether it takes the address back; `nopreempt` counts only where it starts as BACKUP."""
        return not (self.nopreempt and self.starts_as == "BACKUP")

    @property
    def effective_priority(self) -> int:
        """Return the priority while everything that it tracks is well."""
        return max(1, min(254, self.priority + sum(max(0, tracked.weight) for tracked in self.tracked)))

    def watching(self, program: str) -> tuple[Tracked, ...]:
        """Return what notices the end of *program*: what names it or, where nothing does, every script."""
        named = tuple(tracked for tracked in self.tracked if _names(tracked, program))
        return named or tuple(tracked for tracked in self.tracked if tracked.kind == "script")


def _names(tracked: Tracked, program: str) -> bool:
    return (
        program in tracked.watches if tracked.kind == "script" else program == tracked.watches.split("/")[-1]
    )


@dataclasses.dataclass(frozen=True)
class Configuration:
    """A whole keepalived.conf."""

    statements: tuple[Statement, ...]

    @cached_property
    def instances(self) -> Mapping[str, Instance]:
        """Return the virtual routers by name."""
        found = (_instance(s, self) for s in self.statements if s.words[:1] == ("vrrp_instance",))
        return {instance.name: instance for instance in found}

    def holding(self, address: str) -> Instance:
        """Return the virtual router that holds *address*.

        Raises:
            UsageError: none does.
        """
        for instance in self.instances.values():
            if address in instance.addresses:
                return instance
        known = sorted(a for instance in self.instances.values() for a in instance.addresses)
        raise UsageError(
            f"keepalived.conf: no vrrp_instance has the virtual address {address}; there are {known}"
        )

    @property
    def version(self) -> Version:
        """Return the version of the protocol, where an instance does not say."""
        found = [s.value("vrrp_version", "2") for s in self.statements if s.words[:1] == ("global_defs",)]
        return _version(found[-1] if found else "2")

    def block(self, keyword: str, name: str, *, asked_at: int) -> Statement:
        """Return a named block of the top level.

        Raises:
            UsageError: there is none.
        """
        for statement in self.statements:
            if statement.words[:2] == (keyword, name):
                return statement
        raise UsageError(f"keepalived.conf line {asked_at}: {keyword} {name!r} is tracked, but not defined")


def parse(text: str) -> Configuration:
    """Read a keepalived.conf.

    Raises:
        UsageError: it cannot be read; the message names the line.
    """
    return Configuration(parse_blocks(text))


def _version(text: str) -> Version:
    if text not in {"2", "3"}:
        raise UsageError(f"keepalived.conf: VRRP has the versions 2 and 3, not {text}")
    return 2 if text == "2" else 3


def _on_the_wire_s(advert_s: float, version: Version) -> float:
    """Return the interval that keepalived makes of the configured one: the nearest unit, never none."""
    if version == 2:  # noqa: PLR2004 -- the version of the protocol
        return float(max(1, math.floor(advert_s + 0.5)))
    return max(1, math.floor(advert_s * CENTISECONDS + 0.5)) / CENTISECONDS


def _instance(block: Statement, config: Configuration) -> Instance:
    if len(block.words) == 1:
        raise UsageError(f"keepalived.conf line {block.line}: a vrrp_instance without a name")
    version = _version(block.value("version", str(config.version)))
    configured_s = block.number("advert_int", 1.0)
    return Instance(
        name=block.words[1],
        version=version,
        router_id=int(block.number("virtual_router_id", 0)),
        starts_as=block.value("state", "BACKUP").upper(),
        priority=int(block.number("priority", 100)),
        advert_s=_on_the_wire_s(configured_s, version),
        configured_advert_s=configured_s,
        down_adverts=int(block.number("down_timer_adverts", 3)),
        nopreempt=block.has("nopreempt"),
        preempt_delay_s=block.number("preempt_delay", 0.0),
        addresses=tuple(
            inner.words[0].split("/")[0]
            for keyword in ("virtual_ipaddress", "virtual_ipaddress_excluded")
            for inner in _inner(block, keyword)
        ),
        peers=tuple(inner.words[0] for inner in _inner(block, "unicast_peer")),
        tracked=(
            *(_script(inner, config) for inner in _inner(block, "track_script")),
            *(_process(inner, config) for inner in _inner(block, "track_process")),
        ),
    )


def _inner(block: Statement, keyword: str) -> tuple[Statement, ...]:
    return tuple(inner for s in block.inner if s.words[:1] == (keyword,) for inner in s.inner)


def _weight(entry: Statement, block: Statement) -> int:
    """Return the weight of a tracked thing: the router's word counts before the thing's own."""
    if "weight" in entry.words[:-1]:
        return int(entry.words[entry.words.index("weight") + 1])
    return int(block.number("weight", 0))


def _script(entry: Statement, config: Configuration) -> Tracked:
    block = config.block("vrrp_script", entry.words[0], asked_at=entry.line)
    interval_s = block.number("interval", 1.0)
    return Tracked(
        name=entry.words[0],
        kind="script",
        watches=block.value("script", ""),
        interval_s=interval_s,
        timeout_s=block.number("timeout", 0.0) or interval_s,
        fall=int(block.number("fall", 1)),
        weight=_weight(entry, block),
    )


def _process(entry: Statement, config: Configuration) -> Tracked:
    block = config.block("vrrp_track_process", entry.words[0], asked_at=entry.line)
    return Tracked(
        name=entry.words[0],
        kind="process",
        watches=block.value("process", ""),
        interval_s=block.number("terminate_delay", block.number("delay", 0.0)),
        timeout_s=0.0,
        fall=1,
        weight=_weight(entry, block),
    )
