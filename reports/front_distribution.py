"""The spread over repeats on the front page: a block of rows for each measure, a strip plot in each row."""

import dataclasses
from collections.abc import Iterable, Sequence
from itertools import groupby

from reports import wording
from reports.distribution import Distribution
from reports.strip_plot import Strip, strip, top_of


@dataclasses.dataclass(frozen=True)
class Row:
    """One distribution, in words and as a picture."""

    requirement: str
    fault: str
    subject: str
    count: int
    unmeasured: int
    summary: Sequence[str]
    """Minimum, median, 95th percentile and maximum."""
    norm: str
    strip: Strip
    alt: str


@dataclasses.dataclass(frozen=True)
class Block:
    """All distributions of one measure, on one scale."""

    heading: str
    unit: str
    top: str
    """The end of the scale; it begins at 0."""
    rows: Sequence[Row]


def blocks(found: Iterable[Distribution]) -> list[Block]:
    """Return the blocks of what `distributions` found, in its order."""
    result = []
    for (measure, unit), group in groupby(found, key=lambda one: (one.measure, one.unit)):
        mine = list(group)
        top = top_of(value for one in mine for value in (*one.values, one.norm or 0.0))
        rows = [_row(one, top) for one in mine]
        result.append(Block(measure.heading, unit, f"{top:g}", rows))
    return result


def _row(one: Distribution, top: float) -> Row:
    norm = wording.norm({"norm": one.norm, "unit": one.unit})
    return Row(
        requirement=one.requirement,
        fault=one.fault,
        subject=one.subject,
        count=len(one.values),
        unmeasured=one.unmeasured,
        summary=[wording.number(value, one.unit) for value in one.summary],
        norm=norm,
        strip=strip(one.values, one.norm, top=top),
        alt=f"{len(one.values)} values, {wording.spread(one.summary, one.unit)}, norm {norm or 'none'}",
    )
