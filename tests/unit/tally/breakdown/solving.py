"""Linear equations in numbers that are not negative, solved exactly: what can be worked out of what is published.

Nothing here is shared with the code that suppresses: elimination and the simplex method with fractions.
"""

from collections.abc import Hashable, Mapping
from fractions import Fraction

Name = Hashable
Row = dict[Name, Fraction]
ONE, ZERO = Fraction(1), Fraction(0)


class System:
    """Unknown whole numbers of at least their `low`, and equations between them."""

    def __init__(self) -> None:
        self.low: dict[Name, int] = {}
        self.equations: list[tuple[Row, Fraction]] = []
        self._slacks = 0

    def unknown(self, name: Name, low: int = 0) -> None:
        self.low[name] = low

    def equal(self, terms: Mapping[Name, int], value: int) -> None:
        """The sum of the unknowns times their factors is this."""
        row = {name: Fraction(factor) for name, factor in terms.items() if factor}
        if row:
            self.equations.append((row, Fraction(value)))
        else:
            assert value == 0, "what is published contradicts itself"

    def at_most(self, terms: Mapping[Name, int], value: int) -> None:
        self._slacks += 1
        slack = ("slack", self._slacks)
        self.unknown(slack)
        self.equal({**terms, slack: 1}, value)

    def determined(self) -> dict[Name, Fraction]:
        """The unknowns that the equations alone leave one value: exact Gauss-Jordan elimination."""
        rows = [(dict(row), value) for row, value in self.equations]
        done: list[tuple[Name, Row, Fraction]] = []
        while rows:
            row, value = rows.pop()
            if not row:
                continue
            pivot = next(iter(row))
            row, value = _scaled(row, value, ONE / row[pivot])
            rows = [_without(other, pivot, row, value) for other in rows]
            done = [(name, *_without((r, v), pivot, row, value)) for name, r, v in done]
            done.append((pivot, row, value))
        return {name: value for name, row, value in done if len(row) == 1}


def _scaled(row: Row, value: Fraction, by: Fraction) -> tuple[Row, Fraction]:
    return {name: factor * by for name, factor in row.items()}, value * by


def _without(one: tuple[Row, Fraction], pivot: Name, row: Row, value: Fraction) -> tuple[Row, Fraction]:
    """An equation less as much of another as takes the pivot out of it."""
    own, own_value = one
    by = own.get(pivot, ZERO)
    if not by:
        return one
    mixed = {name: own.get(name, ZERO) - by * row.get(name, ZERO) for name in own.keys() | row.keys()}
    return {name: factor for name, factor in mixed.items() if factor}, own_value - by * value


class Simplex:
    """The least and greatest value of each unknown (Dantzig's simplex method, Bland's rule, exact fractions)."""

    def __init__(self, system: System) -> None:
        self.low = system.low
        self.basis: dict[Name, tuple[Row, Fraction]] = {}
        artificial: list[Name] = []
        for n, (row, value) in enumerate(system.equations):
            left = value - sum(factor * system.low[name] for name, factor in row.items())
            self.basis["artificial", n] = _scaled(row, left, ONE if left >= 0 else -ONE)
            artificial.append(("artificial", n))
        self.order = {name: n for n, name in enumerate([*system.low, *artificial])}
        left = self._maximize(dict.fromkeys(artificial, -ONE), set())
        assert left == 0, "what is published contradicts itself"
        self._forbidden = set(artificial)
        for name in artificial:
            self._drop(name)

    def _drop(self, name: Name) -> None:
        """Takes an artificial variable out of the basis, with its equation where that says nothing new."""
        if name in self.basis:
            row, _ = self.basis[name]
            real = next((each for each in row if each not in self._forbidden), None)
            if real is None:
                del self.basis[name]
            else:
                self._pivot(real, name)

    def bounds(self, name: Name) -> tuple[int, int]:
        """The least and the greatest whole number that fits."""
        high = self._maximize({name: ONE}, self._forbidden)
        low = -self._maximize({name: -ONE}, self._forbidden)
        return -((-low) // 1) + self.low[name], high // 1 + self.low[name]

    def _maximize(self, goal: Mapping[Name, Fraction], forbidden: set[Name]) -> Fraction:
        while True:
            gains = self._gains(goal)
            entering = min(
                (name for name, gain in gains.items() if gain > 0 and name not in forbidden),
                key=self.order.__getitem__,
                default=None,
            )
            if entering is None:
                return sum((goal.get(name, ZERO) * value for name, (_, value) in self.basis.items()), ZERO)
            limits = [
                (value / row[entering], self.order[name], name)
                for name, (row, value) in self.basis.items()
                if row.get(entering, ZERO) > 0
            ]
            assert limits, "a number of people cannot be unbounded"
            self._pivot(entering, min(limits)[2])

    def _gains(self, goal: Mapping[Name, Fraction]) -> dict[Name, Fraction]:
        """How much the goal grows with each unknown that is not in the basis."""
        gains = {name: gain for name, gain in goal.items() if name not in self.basis}
        for name, (row, _) in self.basis.items():
            weight = goal.get(name, ZERO)
            if weight:
                for other, factor in row.items():
                    if other not in self.basis:
                        gains[other] = gains.get(other, ZERO) - weight * factor
        return gains

    def _pivot(self, entering: Name, leaving: Name) -> None:
        row, value = self.basis.pop(leaving)
        row = {**row, leaving: ONE}
        row, value = _scaled(row, value, ONE / row[entering])
        self.basis = {name: _without(each, entering, row, value) for name, each in self.basis.items()}
        self.basis[entering] = ({name: factor for name, factor in row.items() if name != entering}, value)
