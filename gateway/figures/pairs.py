"""Every option against every other: a square table in which a row's option meets a column's, its votes shown where they meet."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gateway.figures.drawing import (
    LEADING,
    SMALL,
    USUAL,
    WIDE,
    Drawing,
    Figure,
    Rect,
    Shape,
    Text,
    both,
    lines,
)
from gateway.figures.table import Table
from gateway.figures.text import width as text_width
from gateway.figures.text import wrapped

MOST_DRAWN = 8
"""More options than this are told by the table alone: cells would be too small to read."""
Over = Mapping[tuple[str, str], int]


def over_of(pairwise: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], int]:
    """From an outcome's `pairwise`: how many ballots prefer the first option of a pair to the second."""
    found: dict[tuple[str, str], int] = {}
    for each in pairwise:
        found[each["a"], each["b"]] = each["a_over_b"]
        found[each["b"], each["a"]] = each["b_over_a"]
    return found


def pairs(
    name: str,
    options: Sequence[str],
    pairwise: Sequence[Mapping[str, Any]],
    label: Callable[[str], str],
    number: Callable[[int], str],
    gettext: Callable[[str], str],
) -> Figure:
    """`options` in the order of rows and columns, the best first."""
    over = over_of(pairwise)
    drawn = both(lambda width: _drawing(options, over, label, number, width))
    return Figure(
        name,
        gettext("Every option against every other"),
        gettext("How many ballots prefer the option of the row to that of the column. ✓ marks the wins."),
        *drawn,
        table(options, over, label, number, gettext),
    )


def table(
    options: Sequence[str],
    over: Over,
    label: Callable[[str], str],
    number: Callable[[int], str],
    gettext: Callable[[str], str],
) -> Table:
    head = [gettext("Option"), *(f"{n}. {label(option)}" for n, option in enumerate(options, 1))]
    rows = [
        [f"{n}. {label(row)}", *(_cell(row, column, over, number) for column in options)]
        for n, row in enumerate(options, 1)
    ]
    return Table(head, rows, frozenset(range(1, len(head))))


def _cell(row: str, column: str, over: Over, number: Callable[[int], str]) -> str:
    if row == column:
        return "–"
    return f"{'✓ ' if over[row, column] > over[column, row] else ''}{number(over[row, column])}"


def _drawing(
    options: Sequence[str],
    over: Over,
    label: Callable[[str], str],
    number: Callable[[int], str],
    width: float,
) -> Drawing:
    size = USUAL if width >= WIDE else SMALL
    if len(options) > MOST_DRAWN:
        return Drawing(width, 1, [])
    left = width * 0.3
    step = min(110.0, (width - left) / max(1, len(options)))
    tall = max(step * 0.55, 2 * size * LEADING + 8)
    top = size * LEADING + 8
    shapes: list[Shape] = []
    for n, row in enumerate(options):
        y = top + n * tall
        written = wrapped(f"{n + 1}. {label(row)}", left - 8, size)
        first = y + tall / 2 + size * 0.35 - (len(written) - 1) * size * LEADING / 2
        shapes += lines(0, first, written, size=size)
        shapes.append(Text(left + n * step + step / 2, size + 2, str(n + 1), "soft", "middle", size))
        shapes += [
            each
            for m, column in enumerate(options)
            for each in _square(_cell(row, column, over, number), left + m * step, y, step, tall)
        ]
    return Drawing(width, top + len(options) * tall + 2, shapes)


def _square(cell: str, x: float, y: float, step: float, tall: float) -> list[Shape]:
    won, same = cell.startswith("✓"), cell == "–"
    role = "cell won" if won else "cell same" if same else "cell"
    size = SMALL if text_width(cell, SMALL) <= step - 4 else 10.0
    middle, base = x + step / 2, y + tall / 2 + 4
    rect = Rect(x + 1, y + 1, step - 2, tall - 2, role)
    if same:
        return [rect]
    if text_width(cell, size) <= step - 4:
        return [rect, Text(middle, base, cell, "inside" if won else "", "middle", size)]
    return [rect, Text(middle, base, "✓" if won else "", "inside" if won else "", "middle", SMALL)]
