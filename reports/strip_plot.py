"""Where the dots of a strip plot go: one for each value, equal ones above each other."""

import dataclasses
import math
from collections.abc import Iterable, Sequence

WIDTH, HEIGHT = 250.0, 30.0
"""Of the picture, in its own units."""
MARGIN = 8.0
"""Left and right of the scale; an endless value lies in the right one."""
RADIUS = 2.6
LEVELS = (0.0, 4.0, -4.0, 8.0, -8.0, 12.0, -12.0)
"""Offsets from the middle, in the order in which they are tried."""
ROUND = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)


@dataclasses.dataclass(frozen=True)
class Dot:
    """A value."""

    x: float
    y: float
    kind: str
    """`within` the norm, `beyond` it, or `endless`."""


@dataclasses.dataclass(frozen=True)
class Strip:
    """A strip plot; all lengths in units of the picture."""

    dots: Sequence[Dot]
    norm_x: float | None
    start_x: float = MARGIN
    end_x: float = WIDTH - MARGIN
    middle_y: float = HEIGHT / 2


def strip(values: Iterable[float], norm: float | None, *, top: float) -> Strip:
    """Lay *values* out on a scale from 0 to *top*, which is to be at least as large as the finite ones."""
    dots: list[Dot] = []
    for value in sorted(values):
        x = WIDTH - MARGIN / 2 if math.isinf(value) else _x(value, top)
        kind = "endless" if math.isinf(value) else "within" if norm is None or value <= norm else "beyond"
        dots.append(Dot(x, HEIGHT / 2 + _level(x, dots), kind))
    return Strip(dots, None if norm is None else _x(norm, top))


def top_of(values: Iterable[float]) -> float:
    """Return a round number that is not less than any of the finite *values*, and above 0."""
    largest = max((value for value in values if math.isfinite(value)), default=0.0)
    if largest <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(largest))
    return float(f"{next(power * step for step in ROUND if power * step >= largest * (1 - 1e-9)):.6g}")


def _x(value: float, top: float) -> float:
    return round(MARGIN + (WIDTH - 2 * MARGIN) * value / top, 1)


def _level(x: float, dots: Sequence[Dot]) -> float:
    """Return the first offset that no dot at about *x* has yet; the middle if all are taken."""
    near = [dot.y - HEIGHT / 2 for dot in dots if abs(dot.x - x) < 2 * RADIUS]
    return next((level for level in LEVELS if level not in near), 0.0)
