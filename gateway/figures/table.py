"""The content of a figure in words and numbers, and where it is cut when it is too wide for a sheet of paper."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from gateway.figures.text import width

SHEET = 54.0
"""How wide a printed table may be, in its own type size: 17 cm at 8.8 points are 54 of it."""
WIDEST, GAP = 12.0, 0.8
"""How wide a column becomes at most before its cells are wrapped; the distance between two columns."""
EVENER = 0.95


@dataclass(frozen=True)
class Table:
    """`numbers`: the columns that stand to the right."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: frozenset[int] = field(default_factory=frozenset)

    @property
    def sheets(self) -> list[int]:
        """Where its parts end that are printed below each other, each with the first column: the number of the first column that is
        no longer in it. Parts are about as wide as each other; there are none where the table fits on paper as it is.
        """
        first, *others = [_wide(cells) for cells in zip(self.head, *self.rows, strict=True)] or [0.0]
        room = SHEET - first
        ends = list(_ends(others, room))
        while len(narrower := list(_ends(others, room * EVENER))) == len(ends) and room > GAP:
            ends, room = narrower, room * EVENER
        return ends if len(ends) > 1 else []


def _wide(cells: Sequence[str]) -> float:
    """Of a column: its head is wrapped between words, its cells only where they are long."""
    head, *rest = cells
    words = [width(word, 1.0) for word in head.split()]
    return GAP + min(WIDEST, max([0.0, *words, *(width(cell, 1.0) for cell in rest)]))


def _ends(widths: Sequence[float], room: float) -> Iterator[int]:
    """One column at least in each part; the column that is left out here is the first."""
    used = 0.0
    for n, each in enumerate(widths):
        if used and used + each > room:
            yield n + 1
            used = 0.0
        used += each
    yield len(widths) + 1
