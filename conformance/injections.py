"""Faults as a history tells them: when each began, was undone, and up to when its effects are its own."""

import dataclasses
from typing import Self

from conformance.history import History, Line


@dataclasses.dataclass(frozen=True)
class Injection:
    """One fault of a history. All stamps are CLOCK_MONOTONIC nanoseconds."""

    name: str
    node: str
    began_ns: int
    ended_ns: int
    took_hold: bool
    healed_began_ns: int | None
    healed_ended_ns: int | None
    until_ns: int
    """The next fault, this one's healing, or the end of the record: later outages have other causes."""

    @classmethod
    def all_of(cls, history: History) -> list[Self]:
        """Return every fault of *history*, in order."""
        lines = sorted(history.of_kind("fault"), key=lambda line: int(line["began_ns"]))
        return [cls._of(history, line) for line in lines]

    @classmethod
    def _of(cls, history: History, line: Line) -> Self:
        healed = next(
            (
                other
                for other in history.of_kind("healed")
                if (other["name"], other.get("node")) == (line["name"], line.get("node"))
                and other["began_ns"] >= line["began_ns"]
            ),
            None,
        )
        later = [
            other["began_ns"] for other in history.of_kind("fault") if other["began_ns"] > line["began_ns"]
        ]
        if healed is not None:
            later.append(healed["began_ns"])
        return cls(
            name=line["name"],
            node=line.get("node") or "",
            began_ns=line["began_ns"],
            ended_ns=line["ended_ns"],
            took_hold=bool(line.get("took_hold")),
            healed_began_ns=None if healed is None else healed["began_ns"],
            healed_ended_ns=None if healed is None else healed["ended_ns"],
            until_ns=min([*later, history.lines[-1]["at_ns"]]),
        )

    @classmethod
    def named(cls, history: History, fault: str) -> list[Self]:
        """Return the faults that *fault* names: `power loss`, or `power loss of lb1`."""
        return [one for one in cls.all_of(history) if fault in {one.name, str(one)}]

    def __str__(self) -> str:
        return f"{self.name} of {self.node}" if self.node else self.name
