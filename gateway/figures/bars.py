"""Horizontal bars, each of one part or of several on top of each other, with its label above and its figure beside that."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gateway.figures.drawing import (
    LEADING,
    SMALL,
    USUAL,
    WIDE,
    Drawing,
    Figure,
    Line,
    Rect,
    Shape,
    Text,
    both,
    colour,
    lines,
)
from gateway.figures.table import Table
from gateway.figures.text import width as text_width
from gateway.figures.text import wrapped

HEIGHT = 18.0
TALLEST = 160.0


@dataclass(frozen=True)
class Bar:
    """`parts` from the left, in the unit of the others; `marked`: chosen. `margin`: how far it may be off to either side."""

    label: str
    parts: Sequence[float]
    figure: str
    marked: bool = False
    margin: float = 0.0

    @property
    def total(self) -> float:
        return sum(self.parts)


def bars(
    name: str,
    title: str,
    description: str,
    rows: Sequence[Bar],
    table: Table,
    *,
    legend: Sequence[str] = (),
    whole: float = 0.0,
) -> Figure:
    """`legend`: what the parts are, where there are several. `whole`: what a full bar stands for, else the greatest."""
    most = max([whole, *(bar.total + bar.margin for bar in rows)]) or 1.0
    drawn = both(lambda width: _drawing(rows, legend, most, width))
    return Figure(name, title, description, *drawn, table)


def _drawing(rows: Sequence[Bar], legend: Sequence[str], most: float, width: float) -> Drawing:
    size = USUAL if width >= WIDE else SMALL
    shapes, y = _legend(legend, width, size)
    for bar in rows:
        figure = f"✓ {bar.figure}" if bar.marked else bar.figure
        room = width - text_width(figure, size) - 16
        written = wrapped(bar.label, room, size)
        role = "strong" if bar.marked else ""
        shapes += lines(0, y + size, written, role, size=size)
        shapes.append(Text(width, y + size, figure, role, "end", size))
        y += len(written) * size * LEADING + 4
        shapes += _bar(bar, y, width, width / most, stacked=bool(legend))
        y += HEIGHT + 10
    return Drawing(width, y, shapes)


def _bar(bar: Bar, y: float, width: float, scale: float, *, stacked: bool) -> list[Shape]:
    found: list[Shape] = [Rect(0, y, width, HEIGHT, "ground")]
    x = 0.0
    for n, part in enumerate(bar.parts):
        role = f"part {colour(n)}" if stacked else f"value{' marked' if bar.marked else ''}"
        found.append(Rect(x, y, part * scale, HEIGHT, role))
        if stacked and part * scale >= SMALL:
            found.append(Text(x + part * scale / 2, y + 13, str(n + 1), "inside", "middle", 11.0))
        x += part * scale
    if bar.margin:
        found += _margin(x, bar.margin * scale, y, width)
    return found


def _margin(x: float, margin: float, y: float, width: float) -> list[Shape]:
    low, high, middle = max(0.0, x - margin), min(width, x + margin), y + HEIGHT / 2
    ends = [Line(each, y + 3, each, y + HEIGHT - 3, "margin") for each in (low, high)]
    return [Line(low, middle, high, middle, "margin"), *ends]


def _legend(legend: Sequence[str], width: float, size: float) -> tuple[list[Shape], float]:
    found: list[Shape] = []
    x, y = 0.0, 0.0
    for n, text in enumerate(legend):
        (written,) = wrapped(f"{n + 1}. {text}", width - 20, size, 1)
        wide = 20 + text_width(written, size) + 16
        if x and x + wide - 16 > width:
            x, y = 0.0, y + size * LEADING + 6
        found.append(Rect(x, y + 2, 14, 14, f"part {colour(n)}"))
        found.append(Text(x + 20, y + 2 + 12, written, "", "start", size))
        x += wide
    return found, y + size * LEADING + 12 if legend else 0.0


Number = Callable[[int], str]


@dataclass(frozen=True)
class Column:
    """One bin of a distribution."""

    label: str
    count: int


def columns(
    name: str, title: str, description: str, bins: Sequence[Column], number: Number, table: Table
) -> Figure:
    """A column for each bin, as tall as its count."""
    drawn = both(lambda width: _columns(bins, number, width))
    return Figure(name, title, description, *drawn, table)


def _columns(bins: Sequence[Column], number: Number, width: float) -> Drawing:
    size = USUAL if width >= WIDE else SMALL
    top, step = size * LEADING + 4, width / max(1, len(bins))
    most = max([1, *(each.count for each in bins)])
    base = top + TALLEST
    shapes: list[Shape] = []
    for n, each in enumerate(bins):
        height = each.count / most * TALLEST
        hint = f"{each.label}: {number(each.count)}"
        shapes.append(Rect(n * step + step * 0.08, base - height, step * 0.84, height, "value", hint))
    shapes += _counts(bins, number, width, size)
    shapes += _below([each.label for each in bins], base + size + 4, width, size)
    shapes.append(Line(0, base, width, base, "axis"))
    return Drawing(width, base + size * LEADING + 8, shapes)


def _counts(bins: Sequence[Column], number: Number, width: float, size: float) -> list[Text]:
    """Above every column where there is room for all, else above the tallest, so that there is a scale."""
    step, most = width / max(1, len(bins)), max((each.count for each in bins), default=0)
    written = {n: number(each.count) for n, each in enumerate(bins) if each.count}
    if any(text_width(text, size) > step for text in written.values()):
        tallest = next(n for n, each in enumerate(bins) if each.count == most)
        written = {tallest: written[tallest]}
    base = size * LEADING + TALLEST
    found = []
    for n, text in written.items():
        half = text_width(text, size) / 2
        at = min(max(half, (n + 0.5) * step), width - half)
        found.append(Text(at, base - bins[n].count / most * TALLEST, text, "", "middle", size))
    return found


def _below(labels: Sequence[str], y: float, width: float, size: float) -> list[Text]:
    """As many as there is room for: under the middle of their columns, much wider ones from the left edge of these on."""
    step = width / max(1, len(labels))
    widest = max((text_width(label, size) for label in labels), default=0.0)
    every = max(1, -int(-(widest + 10) // step))
    centred = widest <= step + 10
    found = []
    for n, label in list(enumerate(labels))[::every]:
        half = text_width(label, size) / 2
        at = max(half, (n + 0.5) * step) if centred else n * step + half
        if at + half <= width + 0.01:
            found.append(Text(at, y, label, "soft", "middle", size))
    return found
