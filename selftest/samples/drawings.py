"""A drawing as a reader sees it: where its texts are, where its lines run, and what gets in the way."""

import dataclasses
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from itertools import combinations
from typing import Self

from topologies.drawing.paper import Box, width_of

SVG = "{http://www.w3.org/2000/svg}"
STEPS = 200
"""Points by which a line is judged."""

Point = tuple[float, float]


@dataclasses.dataclass(frozen=True)
class Text:
    """Words, where they are, and how many shapes were drawn before them."""

    words: str
    box: Box
    order: int


@dataclasses.dataclass(frozen=True)
class Drawing:
    """What is on a sheet."""

    size: Box
    texts: tuple[Text, ...]
    lines: tuple[tuple[int, tuple[Point, ...]], ...]
    """The points of each line, and how many shapes were drawn before it."""
    plates: tuple[tuple[int, Box], ...]
    """Filled boxes, which hide what was drawn before."""

    @classmethod
    def of(cls, picture: str) -> Self:
        """Read a picture; icons (the only shapes that are transformed) are left out."""
        root = ET.fromstring(picture)  # noqa: S314 -- our own
        shapes = [
            (order, shape) for order, shape in enumerate(root.iter()) if "transform" not in shape.attrib
        ]
        return cls(
            Box(0, 0, float(root.attrib["width"]), float(root.attrib["height"])),
            tuple(_text(order, shape) for order, shape in shapes if shape.tag == f"{SVG}text"),
            tuple((order, tuple(points)) for order, shape in shapes if (points := list(_points(shape)))),
            tuple((order, _rect(shape)) for order, shape in shapes if shape.tag == f"{SVG}rect"),
        )

    def texts_on_texts(self) -> Iterator[str]:
        """Yield every two texts that overlap."""
        for one, other in combinations(self.texts, 2):
            if _overlap(one.box, other.box):
                yield f"{one.words!r} and {other.words!r}"

    def texts_on_lines(self) -> Iterator[str]:
        """Yield every text through which a line can be seen to run."""
        for text in self.texts:
            for order, points in self.lines:
                hidden = any(
                    order < later < text.order and _holds(box, text.box) for later, box in self.plates
                )
                if not hidden and any(_is_in(point, text.box) for point in points):
                    yield f"a line runs through {text.words!r}"

    def texts_covered(self) -> Iterator[str]:
        """Yield every text upon which a filled box was drawn later."""
        for text in self.texts:
            if any(text.order < later and _overlap(box, text.box) for later, box in self.plates):
                yield f"{text.words!r} is covered"

    def texts_outside(self) -> Iterator[str]:
        """Yield every text that leaves the sheet."""
        for text in self.texts:
            if not _holds(self.size, text.box):
                yield f"{text.words!r} leaves the sheet"


def _text(order: int, shape: ET.Element) -> Text:
    words, size = shape.text or "", float(shape.attrib["font-size"])
    width = width_of(words, size, mono="mono" in shape.attrib["font-family"])
    x, y = float(shape.attrib["x"]), float(shape.attrib["y"])
    x -= {"middle": width / 2, "end": width}.get(shape.attrib.get("text-anchor", "start"), 0)
    return Text(words, Box(x, y - 0.74 * size, width, 0.94 * size), order)


def _rect(shape: ET.Element) -> Box:
    return Box(*(float(shape.attrib[key]) for key in ("x", "y", "width", "height")))


def _points(shape: ET.Element) -> Iterator[Point]:
    """Yield points along a straight line or a cubic curve; other shapes are no lines."""
    if shape.tag == f"{SVG}line":
        ends = [float(shape.attrib[key]) for key in ("x1", "y1", "x2", "y2")]
        xs, ys = [ends[0]] * 2 + [ends[2]] * 2, [ends[1]] * 2 + [ends[3]] * 2
    elif shape.tag == f"{SVG}path":
        numbers = [float(number) for number in re.findall(r"-?[\d.]+", shape.attrib["d"])]
        xs, ys = numbers[0::2], numbers[1::2]
    else:
        return
    for step in range(STEPS + 1):
        t = step / STEPS
        weights = ((1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t**2, t**3)
        yield (
            sum(weight * x for weight, x in zip(weights, xs, strict=True)),
            sum(weight * y for weight, y in zip(weights, ys, strict=True)),
        )


def _is_in(point: Point, box: Box) -> bool:
    return box.x < point[0] < box.right and box.y < point[1] < box.bottom


def _overlap(one: Box, other: Box) -> bool:
    return one.x < other.right and other.x < one.right and one.y < other.bottom and other.y < one.bottom


def _holds(outer: Box, inner: Box) -> bool:
    return (
        outer.x <= inner.x
        and inner.right <= outer.right
        and outer.y <= inner.y
        and inner.bottom <= outer.bottom
    )
