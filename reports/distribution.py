"""What only repeats can show: how far the values of one measurement lie apart."""

import dataclasses
import math
import re
import statistics
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from reports.run_directory import NUMBER, CaseFiles

LEAST = 2
"""One value has no distribution."""


@dataclasses.dataclass(frozen=True)
class Measure:
    """Something whose values are worth comparing."""

    heading: str
    short: str
    is_outage: bool = False
    on_terminal: bool = True


MEASURES = {
    "service is back within the norm": Measure("Outage after the fault", "outage", is_outage=True),
    "no further outage": Measure("Further outage", "further outage", is_outage=True),
    "rows acknowledged but not replicated": Measure(
        "Rows acknowledged but not replicated", "rows not replicated"
    ),
    "replication is not far behind": Measure("Lag of replicas", "lag", on_terminal=False),
    "a returned server has caught up before it serves": Measure(
        "Lag of a returned server", "lag on return", on_terminal=False
    ),
}
"""By the title of the check, which is the name of its results up to a colon; in the order of a report."""


@dataclasses.dataclass(frozen=True)
class Distribution:
    """The values that repeats of one measurement gave, at least two."""

    requirement: str
    measure: Measure
    subject: str
    """Probe or server, where that is not the one that failed; may be empty."""
    fault: str
    """What was repeated; it names a node only where all repeats hit the same."""
    values: tuple[float, ...]
    """In `unit`, ascending, the worst of every repeat; an outage by its upper bound, infinite without end."""
    unmeasured: int
    """How many further repeats of this measurement gave no value."""
    norm: float | None
    """What is allowed, in `unit`; repeats with another norm are a distribution of their own."""
    unit: str

    @property
    def summary(self) -> tuple[float, float, float, float]:
        """Return minimum, median, 95th percentile and maximum; the percentile, by nearest rank, occurred."""
        p95 = self.values[math.ceil(95 * len(self.values) / 100) - 1]
        return self.values[0], statistics.median(self.values), p95, self.values[-1]


@dataclasses.dataclass(frozen=True)
class _Value:
    """The worst value of one repeat."""

    value: float
    norm: float | None
    unit: str
    has_outages: bool
    case: CaseFiles


_Repeat = dict[tuple[str, str], _Value]
"""What one repeat gave: by the title of the check and its subject."""


def distributions(cases: Iterable[CaseFiles], requirements: Sequence[str]) -> list[Distribution]:
    """Return the distributions over repeats, in the order of `MEASURES`, then in that of *requirements*.

    *requirements* are the ids that are asked for. Repeats are the judgements of one test, which tells them
    apart by a number. Other failures, such as that of two servers at once, belong to other tests, so their
    values do not mix. An outage that is looked for but occurred in no repeat is left out.
    """
    repeats: dict[tuple[str, str], dict[str, _Repeat]] = {}
    for case in cases:
        for judgement in case.judgements:
            test = str(judgement.get("test") or case.folder.name)
            key = str(judgement["requirement"]), NUMBER.sub("", test)
            if key[0] in requirements:
                _add(repeats.setdefault(key, {}).setdefault(test, {}), judgement, case)
    found = [
        one
        for (requirement, _), by_number in repeats.items()
        for one in _of_test(requirement, list(by_number.values()))
    ]
    measures = list(MEASURES.values())
    return sorted(
        found, key=lambda one: (measures.index(one.measure), requirements.index(one.requirement), one.fault)
    )


def _add(repeat: _Repeat, judgement: Mapping[str, Any], case: CaseFiles) -> None:
    """Add what *judgement* measured, as far as it is worse than what is there."""
    for result in judgement.get("results", ()):
        title, _, subject = str(result["name"]).partition(": ")
        value = _number(result.get("measured"))
        if title not in MEASURES or value is None:
            continue
        outages = result.get("outages", ())
        if any(outage["upper_s"] is None for outage in outages):
            value = math.inf
        key = title, "" if subject in _nodes(case) else subject
        if key not in repeat or value > repeat[key].value:
            norm, unit = _number(result.get("norm")), str(result.get("unit", ""))
            repeat[key] = _Value(value, norm, unit, bool(outages), case)


def _of_test(requirement: str, repeats: Sequence[_Repeat]) -> Iterator[Distribution]:
    for key in dict.fromkeys(key for values in repeats for key in values):
        mine = [values[key] for values in repeats if key in values]
        measure, subject = MEASURES[key[0]], key[1]
        if measure.is_outage and not any(one.has_outages for one in mine):
            continue
        for norm, unit in dict.fromkeys((one.norm, one.unit) for one in mine):
            alike = [one for one in mine if (one.norm, one.unit) == (norm, unit)]
            if len(alike) >= LEAST:
                yield Distribution(
                    requirement=requirement,
                    measure=measure,
                    subject=subject,
                    fault=_common_title([one.case for one in alike]),
                    values=tuple(sorted(one.value for one in alike)),
                    unmeasured=len(repeats) - len(mine),
                    norm=norm,
                    unit=unit,
                )


def _common_title(cases: Collection[CaseFiles]) -> str:
    """Return the title of all *cases*; if it differs without nodes: `power loss of the active master`."""
    titles = dict.fromkeys(case.title for case in cases)
    if len(titles) == 1:
        return next(iter(titles))
    return " / ".join(dict.fromkeys(_without_nodes(case) for case in cases))


def _without_nodes(case: CaseFiles) -> str:
    told = case.title
    for node in _nodes(case):
        told = re.sub(rf" of {re.escape(node)}, (the|a)\b", r" of \1", told)
        told = re.sub(rf" of {re.escape(node)}(?![\w-])", "", told)
    return told


def _nodes(case: CaseFiles) -> list[str]:
    """Return the nodes of the case's fault, such as `power loss of lb1 and freeze of lb2`."""
    parts = (case.fault or "").split(" and ")
    return [part.rpartition(" of ")[2] for part in parts if " of " in part]


def _number(value: object) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and math.isfinite(value) else None  # type: ignore[arg-type]
