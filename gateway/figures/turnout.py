"""Voters over time: everybody together above, then a small picture of the same kind for each district, all in one scale of their own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gateway.figures.drawing import (
    LEADING,
    SMALL,
    USUAL,
    WIDE,
    Area,
    Drawing,
    Figure,
    Line,
    Shape,
    Text,
    both,
)
from gateway.figures.table import Table
from gateway.figures.text import shortened
from gateway.figures.text import width as text_width

TALL, SMALL_TALL = 130.0, 44.0
GAP = 16.0
SUPPRESSED = "…"


@dataclass(frozen=True)
class Series:
    """`counts` by time; None is not told, because it is too small."""

    label: str
    counts: Sequence[int | None]

    @property
    def known(self) -> int:
        return sum(count or 0 for count in self.counts)

    @property
    def whole(self) -> bool:
        return None not in self.counts


def turnout(
    name: str,
    times: Sequence[str],
    everybody: Series,
    parts: Sequence[Series],
    number: Callable[[int], str],
    gettext: Callable[[str], str],
) -> Figure:
    """`times` are labels of equal spans of time. Parts of which nothing is told are only in the table."""
    shown = [part for part in parts if part.known]
    drawn = both(lambda width: _drawing(times, everybody, shown, number, width))
    said = gettext(
        "Voters in each span of time: all together above, then by district, in a scale of their own."
    )
    alone = gettext("Voters in each span of time.")
    return Figure(
        name,
        gettext("When people voted"),
        said if shown else alone,
        *drawn,
        table(times, [everybody, *parts], number, gettext),
    )


def table(
    times: Sequence[str],
    rows: Sequence[Series],
    number: Callable[[int], str],
    gettext: Callable[[str], str],
) -> Table:
    """A row a time, a column for everybody and for each part."""
    head = [gettext("Time"), *(row.label for row in rows)]
    body = [
        [time, *(SUPPRESSED if row.counts[n] is None else number(row.counts[n] or 0) for row in rows)]
        for n, time in enumerate(times)
    ]
    return Table(head, body, frozenset(range(1, len(head))))


def _drawing(
    times: Sequence[str],
    everybody: Series,
    parts: Sequence[Series],
    number: Callable[[int], str],
    width: float,
) -> Drawing:
    size = USUAL if width >= WIDE else SMALL
    most = max([1, *(count or 0 for count in everybody.counts)])
    shapes: list[Shape] = [Text(0, size + 1, everybody.label, "strong", "start", size)]
    shapes.append(Text(width, size + 1, _sum(everybody, number), "strong", "end", size))
    top = size * LEADING + 10
    shapes += _panel(everybody, (0, top, width, TALL), most)
    highest = number(most)
    shapes.append(Text(2, top + SMALL + 1, highest, "halo soft", "start", SMALL))
    shapes += _axis(times, width, top + TALL, size)
    y = top + TALL + size * LEADING + 20
    return _small(parts, shapes, width, y, number)


def _sum(series: Series, number: Callable[[int], str]) -> str:
    return number(series.known) if series.whole else f"≥ {number(series.known)}"


def _panel(series: Series, box: tuple[float, float, float, float], most: int) -> list[Shape]:
    """Steps as wide as a span; spans that are not told are left out."""
    x, y, width, height = box
    step = width / max(1, len(series.counts))
    found: list[Shape] = []
    run: list[tuple[float, float]] = []
    for n, count in enumerate([*series.counts, None]):
        if count is None:
            if run:
                found.append(Area(tuple(run), y + height, "area"))
            run = []
        else:
            level = y + height * (1 - count / most)
            run += [(x + n * step, level), (x + (n + 1) * step, level)]
    return [*found, Line(x, y + height, x + width, y + height, "axis")]


def _axis(times: Sequence[str], width: float, y: float, size: float) -> list[Shape]:
    """As many times below as there is room for, the first always."""
    step = width / max(1, len(times))
    widest = max((text_width(time, size) for time in times), default=0.0)
    every = max(1, -int(-(widest + 14) // step))
    return [
        Text(n * step, y + size + 4, time, "soft", "start", size)
        for n, time in enumerate(times)
        if n % every == 0 and n * step + text_width(time, size) <= width
    ]


def _small(
    parts: Sequence[Series],
    shapes: list[Shape],
    width: float,
    y: float,
    number: Callable[[int], str],
) -> Drawing:
    if not parts:
        return Drawing(width, y - 8, shapes)
    across = 5 if width >= WIDE else 2
    wide = (width - GAP * (across - 1)) / across
    tall = SMALL * LEADING + SMALL_TALL + GAP
    most = max(1, *(count or 0 for part in parts for count in part.counts)) if parts else 1
    for n, part in enumerate(parts):
        x, top = n % across * (wide + GAP), y + n // across * tall
        figure = _sum(part, number)
        room = wide - text_width(figure, SMALL) - 6
        shapes.append(Text(x, top + SMALL, shortened(part.label, room, SMALL), "", "start", SMALL))
        shapes.append(Text(x + wide, top + SMALL, figure, "", "end", SMALL))
        shapes += _panel(part, (x, top + SMALL * LEADING + 2, wide, SMALL_TALL), most)
    rows = -(-len(parts) // across)
    return Drawing(width, y + rows * tall, shapes)
