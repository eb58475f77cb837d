"""What figures are made of. Coordinates in CSS pixels, y downwards; `role` is the class that the style sheet colours."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from gateway.figures.table import Table
from gateway.figures.text import width as text_width

Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""
SMALL, USUAL = 12.0, 14.0
NARROW, WIDE = 358.0, 744.0
"""How wide a figure is drawn for a phone, and for a wide page or paper."""


@dataclass(frozen=True, slots=True)
class Rect:
    """`hint` is told when it is pointed at."""

    x: float
    y: float
    width: float
    height: float
    role: str
    hint: str = ""

    def box(self) -> Box:
        return self.x, self.y, self.x + self.width, self.y + self.height


@dataclass(frozen=True, slots=True)
class Line:
    x1: float
    y1: float
    x2: float
    y2: float
    role: str

    def box(self) -> Box:
        return min(self.x1, self.x2), min(self.y1, self.y2), max(self.x1, self.x2), max(self.y1, self.y2)


@dataclass(frozen=True, slots=True)
class Band:
    """Something that flows from the right of one place, `height` tall, to the left of another."""

    x1: float
    y1: float
    x2: float
    y2: float
    height: float
    role: str
    hint: str = ""

    def box(self) -> Box:
        return self.x1, min(self.y1, self.y2), self.x2, max(self.y1, self.y2) + self.height


@dataclass(frozen=True, slots=True)
class Area:
    """The surface below a line of points, down to `base`."""

    points: Sequence[tuple[float, float]]
    base: float
    role: str
    hint: str = ""

    def box(self) -> Box:
        xs, ys = [x for x, _ in self.points], [y for _, y in self.points]
        return min(xs), min(ys), max(xs), max(self.base, *ys)


@dataclass(frozen=True, slots=True)
class Text:
    """One line; `y` is its base line; `anchor` start, middle or end."""

    x: float
    y: float
    text: str
    role: str = ""
    anchor: str = "start"
    size: float = USUAL

    def box(self) -> Box:
        wide = text_width(self.text, self.size)
        left = self.x - {"start": 0.0, "middle": wide / 2, "end": wide}[self.anchor]
        return left, self.y - self.size, left + wide, self.y + 0.3 * self.size


Shape = Rect | Line | Band | Area | Text


@dataclass(frozen=True)
class Drawing:
    """Everything lies between (0, 0) and (`width`, `height`)."""

    width: float
    height: float
    shapes: Sequence[Shape]


@dataclass(frozen=True)
class Figure:
    """`name` is unique on its page. `description` says in words what is to be seen."""

    name: str
    title: str
    description: str
    narrow: Drawing
    wide: Drawing
    table: Table


def both(draw: Callable[[float], Drawing]) -> tuple[Drawing, Drawing]:
    """A figure's two drawings, by a function of the width."""
    return draw(NARROW), draw(WIDE)


def lines(
    x: float, y: float, texts: Iterable[str], role: str = "", anchor: str = "start", size: float = USUAL
) -> list[Text]:
    """Lines of text below each other, the first with its base line at `y`."""
    return [Text(x, y + n * size * LEADING, text, role, anchor, size) for n, text in enumerate(texts)]


LEADING = 1.25


def colour(n: int) -> str:
    """The class of the n-th option's colour, from 0; there are eight, which come again."""
    return f"c{n % 8 + 1}"


def spread(wanted: Sequence[float], heights: Sequence[float], bottom: float) -> list[float]:
    """Tops of labels near where they are wanted, one below another without overlap, none below `bottom` if they fit at all."""
    tops: list[float] = []
    least = 0.0
    for top, height in zip(wanted, heights, strict=True):
        tops.append(max(top, least))
        least = tops[-1] + height
    most = bottom
    for n in range(len(tops) - 1, -1, -1):
        tops[n] = max(0.0, min(tops[n], most - heights[n]))
        most = tops[n]
    return tops
