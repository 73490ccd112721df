"""SVG by hand: a sheet to which shapes are added; no scripts, no ids, no fonts from elsewhere.

Without ids and style sheets any number of drawings can stand in one page.
"""

import dataclasses
import textwrap
from collections.abc import Mapping
from xml.sax.saxutils import escape, quoteattr

SANS = "system-ui, -apple-system, 'Segoe UI', 'Liberation Sans', Arial, sans-serif"
MONO = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace"


@dataclasses.dataclass(frozen=True)
class Box:
    """A rectangle, in pixels."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The x of its right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """The y of its lower edge."""
        return self.y + self.height

    @property
    def middle(self) -> float:
        """The x of its centre."""
        return self.x + self.width / 2


def width_of(text: str, size: float, *, mono: bool = False) -> float:
    """Return about how wide *text* is, in pixels: no font is measured, so be generous around it."""
    return len(text) * size * (0.605 if mono else 0.56)


def lines_of(text: str, size: float, room: float) -> list[str]:
    """Break *text* between words into as few lines as fit into *room* pixels, all about equally long."""
    most = max(1, int(room / width_of("m", size)))
    fewest = len(textwrap.wrap(text, most))
    if fewest <= 1:
        return [text]
    broken = (textwrap.wrap(text, width) for width in range(len(text) // fewest, most + 1))
    return next(lines for lines in broken if len(lines) == fewest)


class Paper:
    """A sheet; later shapes cover earlier ones."""

    def __init__(self) -> None:
        self._shapes: list[str] = []

    def add(self, tag: str, content: str = "", /, **attributes: str | float) -> None:
        """Add an element; `_` in names of attributes stands for `-`, *content* is text."""
        given = _written(attributes)
        self._shapes.append(f"<{tag}{given}>{escape(content)}</{tag}>" if content else f"<{tag}{given}/>")

    def open_group(self, tooltip: str = "", /, **attributes: str | float) -> None:
        """Begin a group, which `close_group` ends; *tooltip* is shown when the pointer rests on it."""
        given = _written(attributes)
        self._shapes.append(f"<g{given}>")
        if tooltip:
            self.add("title", tooltip)

    def close_group(self) -> None:
        """End the latest group."""
        self._shapes.append("</g>")

    def box(self, box: Box, *, radius: float, **attributes: str | float) -> None:
        """Add a rectangle with round corners."""
        self.add("rect", x=box.x, y=box.y, width=box.width, height=box.height, rx=radius, **attributes)

    def line(self, x1: float, y1: float, x2: float, y2: float, /, **attributes: str | float) -> None:
        """Add a straight line."""
        self.add("line", x1=x1, y1=y1, x2=x2, y2=y2, **attributes)

    def text(
        self, x: float, y: float, content: str, *, size: float, mono: bool = False, **more: str | float
    ) -> None:
        """Add one line of text; *y* is its baseline."""
        self.add("text", content, x=x, y=y, font_family=MONO if mono else SANS, font_size=size, **more)

    def badge(self, box: Box, content: str, *, fill: str) -> None:
        """Add a white-on-colour pill."""
        self.box(box, radius=box.height / 2, fill=fill, stroke="#ffffff", stroke_width=1.5)
        self.text(
            box.middle,
            box.bottom - box.height / 2 + 3.8,
            content,
            size=11,
            fill="#ffffff",
            font_weight=600,
            text_anchor="middle",
        )

    def svg(self, width: float, height: float, *, label: str) -> str:
        """Return the finished picture; *label* is what a screen reader says."""
        across, down = _plain(width), _plain(height)
        size = f'width="{across}" height="{down}" viewBox="0 0 {across} {down}"'
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" style="max-width:100%;height:auto">'
        )
        return "\n".join([head, f"<title>{escape(label)}</title>", *self._shapes, "</svg>", ""])


def _written(attributes: Mapping[str, str | float]) -> str:
    return "".join(
        f" {key.replace('_', '-')}={quoteattr(_plain(value))}" for key, value in attributes.items()
    )


def _plain(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.1f}".removesuffix(".0")
