"""What a budget is used for: the chosen projects as parts of one bar, greatest first, with a line for the limit and what is left; below it
the same for another rule, in the same scale.
"""

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

BAR = 40.0
SHARE_OF_LIMIT = 0.97
"""How much of the width the limit takes, so that its line does not stand at the very edge."""
LISTED = 8
BETWEEN = 12.0


@dataclass(frozen=True)
class Part:
    """One chosen project."""

    label: str
    cost: int


@dataclass(frozen=True)
class Use:
    """What one rule spends the budget on. `title` names the rule where there are several."""

    title: str
    parts: Sequence[Part]

    @property
    def spent(self) -> int:
        return sum(part.cost for part in self.parts)


def budget(
    name: str,
    limit: int,
    uses: Sequence[Use],
    money: Callable[[int], str],
    gettext: Callable[[str], str],
) -> Figure:
    """The first of `uses` is what was decided, others are for comparison. Projects that cost nothing take no room."""
    own = uses[0]
    said = gettext("%(spent)s of %(limit)s are used; %(left)s is left.") % {
        "spent": money(own.spent),
        "limit": money(limit),
        "left": money(limit - own.spent),
    }
    drawn = both(lambda width: _Budget(limit, uses, money, gettext, width).drawing())
    return Figure(name, gettext("How the budget is used"), said, *drawn, table(limit, own, money, gettext))


def table(limit: int, own: Use, money: Callable[[int], str], gettext: Callable[[str], str]) -> Table:
    ordered = by_cost(own.parts)
    rows = [
        [f"{n}. {part.label}", money(part.cost), percent(part.cost, limit)]
        for n, part in enumerate(ordered, 1)
    ]
    left = limit - own.spent
    rows.append([gettext("Left"), money(left), percent(left, limit)])
    rows.append([gettext("Budget"), money(limit), percent(limit, limit)])
    head = [gettext("Project"), gettext("Cost"), gettext("Part of the budget")]
    return Table(head, rows, frozenset((1, 2)))


def by_cost(parts: Sequence[Part]) -> list[Part]:
    return sorted(parts, key=lambda part: -part.cost)


def percent(part: int, whole: int) -> str:
    """With one decimal, half up."""
    tenths = (part * 2000 + whole) // (2 * whole) if whole else 0
    return f"{tenths // 10}.{tenths % 10}%"


class _Budget:
    """The geometry for one width."""

    def __init__(
        self,
        limit: int,
        uses: Sequence[Use],
        money: Callable[[int], str],
        gettext: Callable[[str], str],
        width: float,
    ) -> None:
        self.limit, self.uses, self.money, self.gettext, self.width = limit, uses, money, gettext, width
        self.size = USUAL if width >= WIDE else SMALL
        self.at = width * SHARE_OF_LIMIT
        self.scale = self.at / max(1, limit)
        self.line = self.size * LEADING

    def drawing(self) -> Drawing:
        shapes: list[Shape] = []
        y = self.line + 10
        top = y - 4
        for n, use in enumerate(self.uses):
            y += BETWEEN if n else 0.0
            if len(self.uses) > 1:
                shapes += lines(
                    0,
                    y + self.size,
                    wrapped(use.title, self.width - 20, self.size, 1),
                    "strong",
                    size=self.size,
                )
                y += self.line + 4
            shapes += self.bar(use, y, "" if n == 0 else " other")
            y += BAR + self.line + 6
        head = f"{self.gettext('Budget')} {self.money(self.limit)}"
        shapes.append(Text(self.at, self.size + 1, head, "strong", "end", self.size))
        shapes.append(Line(self.at, top, self.at, y - self.line - 4, "limit"))
        legend = self._legend(y + 8)
        bottom = max((each.box()[3] for each in legend), default=y)
        return Drawing(self.width, bottom + 6, shapes + legend)

    def bar(self, use: Use, y: float, more: str) -> list[Shape]:
        """The parts, what is left, and below the bar how much is spent."""
        found: list[Shape] = []
        x = 0.0
        numbers = {id(part): n for n, part in enumerate(by_cost(self.uses[0].parts), 1)}
        own = use is self.uses[0]
        for part in by_cost(use.parts):
            wide = part.cost * self.scale
            place = numbers[id(part)] if own else self._same(part)
            role = f"part {colour(place - 1)}{more}" if place else f"part only{more}"
            found.append(Rect(x, y, wide, BAR, role, f"{part.label}: {self.money(part.cost)}"))
            digits = str(place) if place else "+"
            if wide >= text_width(digits, SMALL) + 6:
                found.append(Text(x + wide / 2, y + BAR / 2 + 5, digits, "inside", "middle", SMALL))
            x += wide
        left = self.at - x
        if left > 0:
            found.append(Rect(x, y, left, BAR, "left"))
        return [*found, *self._spent(use, y + BAR + self.size + 3)]

    def _same(self, part: Part) -> int:
        """The number of the project in the first bar; 0 where it is not there."""
        return next((n for n, each in enumerate(by_cost(self.uses[0].parts), 1) if each == part), 0)

    def _spent(self, use: Use, y: float) -> list[Shape]:
        spent = self.gettext("Used: %(money)s (%(percent)s)") % {
            "money": self.money(use.spent),
            "percent": percent(use.spent, self.limit),
        }
        left = self.gettext("Left: %(money)s") % {"money": self.money(self.limit - use.spent)}
        both = text_width(spent, self.size) + text_width(left, self.size) + 16 <= self.at - 6
        found: list[Shape] = [Text(0, y, spent, "", "start", self.size)]
        if both:
            found.append(Text(self.at - 6, y, left, "soft", "end", self.size))
        return found

    def _legend(self, y: float) -> list[Shape]:
        """The greatest projects by number, with what they cost; the others are in the table."""
        found: list[Shape] = []
        parts = by_cost(self.uses[0].parts)
        for n, part in enumerate(parts[:LISTED]):
            cost = self.money(part.cost)
            room = self.width - 28 - text_width(cost, self.size) - 12
            written = wrapped(part.label, room, self.size)
            found.append(Rect(0, y, 20, 20, f"part {colour(n)}"))
            found.append(Text(10, y + 15, str(n + 1), "inside", "middle", SMALL))
            found += lines(28, y + 15, written, size=self.size)
            found.append(Text(self.width, y + 15, cost, "", "end", self.size))
            y += max(26.0, len(written) * self.line + 8)
        if len(parts) > LISTED:
            more = self.gettext("and %(n)s more, in the table") % {"n": len(parts) - LISTED}
            found.append(Text(28, y + 12, more, "soft", "start", self.size))
            y += self.line + 6
        if any(not self._same(part) for use in self.uses[1:] for part in use.parts):
            (said,) = wrapped(self.gettext("chosen by the other rule only"), self.width - 28, self.size, 1)
            found.append(Rect(0, y, 20, 20, "part only"))
            found.append(Text(10, y + 15, "+", "inside", "middle", SMALL))
            found.append(Text(28, y + 15, said, "", "start", self.size))
        return found
