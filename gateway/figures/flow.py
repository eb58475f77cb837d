"""The rounds of an instant run-off as a flow (after M. H. P. R. Sankey's diagrams): a column for each round, in it a node for each option
that is still in, as tall as its votes, and bands for the ballots that stay or move on. Exhausted ballots are the last node.

In a round one option is eliminated and only its ballots move, so what each other one gains is what moves to it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from gateway.figures.drawing import (
    LEADING,
    SMALL,
    USUAL,
    WIDE,
    Band,
    Drawing,
    Figure,
    Line,
    Rect,
    Shape,
    Text,
    both,
    colour,
    lines,
    spread,
)
from gateway.figures.table import Table
from gateway.figures.text import width as text_width
from gateway.figures.text import wrapped

EXHAUSTED = None
Key = str | None
HEAD = 26.0
GAP = 6.0
TALLEST_PER_OPTION = 44.0
MOST_LABEL = 0.36
MOST_ROUNDS = 12
"""How many are drawn, the last ones; the others are in the table."""
NODE_OF_STEP = 0.5
"""How much of the way from one round to the next a node takes at most: bands need the rest."""


@dataclass(frozen=True)
class Move:
    """Votes that go from a node of one round to a node of the next."""

    source: Key
    target: Key
    votes: Fraction


@dataclass(frozen=True)
class Rounds:
    """`order`: options from the top, the most first votes first, exhausted ballots last. `votes`: of each node, by round."""

    order: Sequence[Key]
    votes: Sequence[Mapping[Key, Fraction]]
    eliminated: Sequence[Key]

    @property
    def ballots(self) -> Fraction:
        return sum(self.votes[0].values(), Fraction(0))

    def moves(self, n: int) -> list[Move]:
        """What happens between the n-th round and the next: who stays, and where the eliminated one's ballots go."""
        before, after, gone = self.votes[n], self.votes[n + 1], self.eliminated[n]
        stay = [Move(key, key, votes) for key, votes in before.items() if key != gone and votes]
        gains = [(key, votes - before.get(key, Fraction(0))) for key, votes in after.items()]
        return stay + [Move(gone, key, gain) for key, gain in gains if gain > 0]


def rounds_of(outcome_rounds: Sequence[Mapping[str, Any]]) -> Rounds:
    """From the `rounds` of an outcome of instant run-off."""
    votes: list[dict[Key, Fraction]] = []
    for each in outcome_rounds:
        found: dict[Key, Fraction] = {one["id"]: Fraction(one["votes"]) for one in each["options"]}
        found[EXHAUSTED] = Fraction(each["exhausted"])
        votes.append(found)
    options = [key for key in votes[0] if key is not EXHAUSTED]
    order: list[Key] = sorted(options, key=lambda key: -votes[0][key])
    return Rounds([*order, EXHAUSTED], votes, [each.get("eliminated") for each in outcome_rounds])


def flow(
    name: str,
    outcome_rounds: Sequence[Mapping[str, Any]],
    label: Callable[[str], str],
    number: Callable[[Fraction], str],
    gettext: Callable[[str], str],
) -> Figure:
    """`label`: an option's; `number`: how votes are written."""
    rounds = rounds_of(outcome_rounds)
    first = max(0, len(outcome_rounds) - MOST_ROUNDS)
    last = rounds_of(outcome_rounds[first:])
    words = {key: label(key) if key is not None else gettext("Exhausted ballots") for key in rounds.order}
    drawn = both(
        lambda width: (
            _Flow(last, first, words, number, gettext, width).drawing()
            if rounds.ballots
            else Drawing(width, HEAD, [])
        )
    )
    said = gettext(
        "A column for each round. Bands show where the ballots of the option that goes out move on to."
    )
    part = gettext(
        "A column for each of the last %(n)s rounds; the others are in the table. "
        "Bands show where the ballots of the option that goes out move on to."
    ) % {"n": MOST_ROUNDS}
    return Figure(
        name,
        gettext("How the ballots moved from round to round"),
        part if first else said,
        *drawn,
        table(rounds, words, number, gettext),
    )


def table(
    rounds: Rounds,
    words: Mapping[Key, str],
    number: Callable[[Fraction], str],
    gettext: Callable[[str], str],
) -> Table:
    """A row for each option, a column for each round; what an option gained stands beside its votes."""
    head = [gettext("Option")]
    head += [gettext("Round %(n)s") % {"n": n} for n in range(1, len(rounds.votes) + 1)]
    rows = [
        [words[key], *(_cell(rounds, n, key, number) for n in range(len(rounds.votes)))]
        for key in rounds.order
    ]
    return Table(head, rows, frozenset(range(1, len(head))))


def _cell(rounds: Rounds, n: int, key: Key, number: Callable[[Fraction], str]) -> str:
    votes = rounds.votes[n].get(key)
    if votes is None:
        return "–"
    gained = votes - rounds.votes[n - 1].get(key, Fraction(0)) if n else Fraction(0)
    return f"{number(votes)} (+{number(gained)})" if gained > 0 else number(votes)


class _Flow:
    """The geometry for one width. `first`: how many rounds came before the first of these."""

    def __init__(
        self,
        rounds: Rounds,
        first: int,
        words: Mapping[Key, str],
        number: Callable[[Fraction], str],
        gettext: Callable[[str], str],
        width: float,
    ) -> None:
        self.rounds, self.first, self.number, self.width = rounds, first, number, width
        self.exhausted = words[EXHAUSTED]
        self.size = USUAL if width >= WIDE else SMALL
        room = MOST_LABEL * width - 14
        self.places = {key: place for place, key in enumerate(rounds.order)}
        self.labels = {key: wrapped(self._numbered(key, words[key]), room, self.size) for key in rounds.order}
        shown = [key for key in rounds.order if key is not None or rounds.votes[0][key]]
        self.heights = [len(self.labels[key]) * self.size * LEADING + 4 for key in shown]
        self.shown = shown
        self.left = 10 + max(text_width(line, self.size) for key in shown for line in self.labels[key])
        self.plot = max(
            200.0, TALLEST_PER_OPTION * len(rounds.order), sum(self.heights) + GAP * len(rounds.order)
        )
        last = max(text_width(number(v), self.size) for v in rounds.votes[-1].values())
        self.right = last + 6
        self.scale = (self.plot - GAP * (len(rounds.order) - 1)) / float(rounds.ballots)
        columns = len(rounds.votes)
        room = width - self.left - self.right
        self.node = min(20.0 if width >= WIDE else 16.0, room * NODE_OF_STEP / (columns - 1 + NODE_OF_STEP))
        self.step = (room - self.node) / (columns - 1) if columns > 1 else 0.0
        self.tops = [self._tops(n) for n in range(columns)]
        self.heads = self._heads(gettext)

    def _numbered(self, key: Key, label: str) -> str:
        return label if key is None else f"{self.places[key] + 1}. {label}"

    def _x(self, n: int) -> float:
        return self.left + n * self.step

    def _tops(self, n: int) -> dict[Key, float]:
        """Where each node of a column begins."""
        found: dict[Key, float] = {}
        y = HEAD
        for key in self.rounds.order:
            if key in self.rounds.votes[n]:
                found[key] = y
                y += float(self.rounds.votes[n][key]) * self.scale + GAP
        return found

    def role(self, key: Key) -> str:
        return "rest" if key is None else colour(self.places[key])

    def drawing(self) -> Drawing:
        shapes: list[Shape] = []
        for n in range(len(self.rounds.votes) - 1):
            shapes += self.bands(n)
        for n in range(len(self.rounds.votes)):
            shapes += self.nodes(n)
        shapes += [*self.heads, *self._labels()]
        bottom = HEAD + self.plot + 4
        if None in self.shown or not any(votes[None] for votes in self.rounds.votes):
            return Drawing(self.width, bottom, shapes)
        return Drawing(self.width, bottom + 24, [*shapes, *self._legend(bottom + 4)])

    def _legend(self, y: float) -> list[Shape]:
        """Says what the last node is, which has no label because there is none of it in the first round."""
        (written,) = wrapped(self.exhausted, self.width - 20, self.size, 1)
        return [Rect(0, y, 14, 14, "legend rest"), Text(20, y + 12, written, "", "start", self.size)]

    def nodes(self, n: int) -> list[Shape]:
        found: list[Shape] = []
        for key, top in self.tops[n].items():
            votes = self.rounds.votes[n][key]
            height = float(votes) * self.scale
            if not votes:
                continue
            out = key is not None and key == self.rounds.eliminated[n]
            role = f"node {self.role(key)}{' out' if out else ''}"
            found.append(Rect(self._x(n), top, self.node, height, role))
            digits = "" if key is None else str(self.places[key] + 1)
            if digits and height >= SMALL and text_width(digits, 11.0) <= self.node - 1:
                middle = top + height / 2 + 4
                found.append(Text(self._x(n) + self.node / 2, middle, digits, "inside", "middle", 11.0))
            found += self._votes(n, key, top + height / 2, height)
        return found

    def _votes(self, n: int, key: Key, middle: float, height: float) -> list[Shape]:
        written = self.number(self.rounds.votes[n][key])
        last = n == len(self.rounds.votes) - 1
        room = self.right if last else self.step - self.node - 8
        if height < self.size * 0.8 or text_width(written, self.size) > room:
            return []
        return [
            Text(self._x(n) + self.node + 4, middle + self.size * 0.35, written, "halo", "start", self.size)
        ]

    def bands(self, n: int) -> list[Shape]:
        """Each node's ballots leave it from the top down in the order of where they go, and arrive in the order of where
        they come from, those that stay first.
        """
        leaving, arriving = dict(self.tops[n]), dict(self.tops[n + 1])
        found: list[Shape] = []
        for move in sorted(self.rounds.moves(n), key=self._order):
            height = float(move.votes) * self.scale
            start, end = leaving[move.source], arriving[move.target]
            leaving[move.source] += height
            arriving[move.target] += height
            role = f"band {self.role(move.source)}{' moved' if move.source != move.target else ''}"
            found.append(Band(self._x(n) + self.node, start, self._x(n + 1), end, height, role))
        return found

    def _order(self, move: Move) -> tuple[bool, int]:
        return move.source != move.target, self.places[move.target]

    def _heads(self, gettext: Callable[[str], str]) -> list[Text]:
        """In words, or as numbers where words would run into each other."""
        numbers = [n + 1 for n in range(self.first, self.first + len(self.rounds.votes))]
        full = [gettext("Round %(n)s") % {"n": n} for n in numbers]
        beyond = max(0.0, text_width(full[-1], self.size) - self.node - self.right)
        fits = max(text_width(text, self.size) for text in full) + beyond <= self.step - 4
        texts = full if fits or len(full) == 1 else [str(n) for n in numbers]
        xs = [min(self._x(n), self.width - text_width(text, self.size)) for n, text in enumerate(texts)]
        return [
            Text(x, self.size + 2, text, "soft", "start", self.size)
            for x, text in zip(xs, texts, strict=True)
        ]

    def _labels(self) -> list[Shape]:
        first = self.tops[0]
        middles = [first[key] + float(self.rounds.votes[0][key]) * self.scale / 2 for key in self.shown]
        wanted = [middle - height / 2 for middle, height in zip(middles, self.heights, strict=True)]
        tops = spread(wanted, self.heights, HEAD + self.plot + 4)
        found: list[Shape] = []
        for key, top, height, middle in zip(self.shown, tops, self.heights, middles, strict=True):
            found += lines(self.left - 8, top + self.size, self.labels[key], "", "end", self.size)
            if abs(top + height / 2 - middle) > height / 2:
                found.append(Line(self.left - 7, top + height / 2, self.left - 1, middle, "thin"))
        return found
