"""What can be worked out of a table's suppressed cells by someone who knows everything else of it.

A two-way table whose sums of rows and columns are known is a flow in a bipartite graph: a node for each row and each column,
an edge for each cell. A suppressed cell can be anything that the sums of its row and column leave room for together with the
other suppressed cells, that is, as much more or less as can flow around a cycle through its edge in the residual network. A
suppressed cell without a cycle, a bridge of the graph, is determined. Since all numbers are whole and the network's matrix is
totally unimodular, every whole number between the least and the greatest value is possible.

Sources: L. H. Cox, "Suppression Methodology and Statistical Disclosure Control", JASA 75 (1980); L. H. Cox, "Network Models for
Complementary Cell Suppression", JASA 90 (1995); A. Hundepool et al., "Statistical Disclosure Control" (2012), chapter 4.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

Cell = tuple[int, int]
"""Row and column, from 0."""
Node = int
"""A row (from 0) or a column (from the number of rows on)."""


@dataclass
class Network:
    """A table and what of it is suppressed. Nobody but who has the table can make one; it tells what others can work out.

    `counts`: rows of whole numbers. `most`: for each row, what none of its cells can exceed. `hidden`: the suppressed cells.
    `whole_columns`, `whole_rows`: those that are suppressed as a whole; elsewhere a suppressed cell is known to be no zero, for
    a zero is told.
    """

    counts: Sequence[Sequence[int]]
    most: Sequence[int]
    hidden: set[Cell] = field(default_factory=set)
    whole_columns: set[int] = field(default_factory=set)
    whole_rows: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.rows, self.width = len(self.counts), len(self.counts[0]) if self.counts else 0
        self.sums = [sum(row[c] for row in self.counts) for c in range(self.width)]
        self._by_sum = sorted(range(self.width), key=lambda c: (self.sums[c], c))

    def hide(self, cell: Cell) -> None:
        self.hidden.add(cell)

    def hide_column(self, column: int) -> None:
        """Suppresses the column in every row, zeros too."""
        self.whole_columns.add(column)
        self.hidden |= {(row, column) for row in range(self.rows)}

    def hide_row(self, row: int) -> None:
        """Suppresses the row in every column, zeros too."""
        self.whole_rows.add(row)
        self.hidden |= {(row, column) for column in range(self.width)}

    def hide_zeros(self) -> None:
        """Suppresses the zeros of rows and columns of which nothing but zeros is told: they would tell which are the few."""
        told = {(r, c) for r, row in enumerate(self.counts) for c, n in enumerate(row) if n} - self.hidden
        for column in {column for _, column in self.hidden} - {column for _, column in told}:
            self.hide_column(column)
        for row in {row for row, _ in self.hidden} - {row for row, _ in told}:
            self.hide_row(row)

    def least(self, cell: Cell) -> int:
        """What a suppressed cell is known to be at least."""
        row, column = cell
        return 0 if column in self.whole_columns or row in self.whole_rows else 1

    def values(self, cell: Cell, enough: int) -> int:
        """How many values a suppressed cell can have; not counted further than `enough`."""
        up = Flow(self, cell, upwards=True).push(enough - 1)
        return 1 + up + Flow(self, cell, upwards=False).push(enough - 1 - up)

    def widen(self, cell: Cell, enough: int) -> bool:
        """Suppresses as few more cells as it can find so that the cell has `enough` values; whether that worked.

        Cells of small columns are taken first: which columns are small is known to everybody, so that the choice tells
        nothing. A zero is never taken.
        """
        flows = [Flow(self, cell, upwards=upwards) for upwards in (True, False)]
        missing = enough - 1 - sum(flow.push(enough - 1) for flow in flows)
        while missing > 0:
            _, best = min((flow.price(), n) for n, flow in enumerate(flows))
            pushed = flows[best].push_once(missing)
            if not pushed:
                return False
            missing -= pushed
        return True

    def neighbours(self, node: Node, *, extend: bool) -> Iterator[tuple[Node, Cell]]:
        """The nodes that share a suppressed cell with this one, with `extend` any cell that is no zero, with these cells."""
        if node < self.rows:
            for column in self._by_sum:
                if (node, column) in self.hidden or (extend and self.counts[node][column]):
                    yield self.rows + column, (node, column)
        else:
            column = node - self.rows
            for row in range(self.rows):
                if (row, column) in self.hidden or (extend and self.counts[row][column]):
                    yield row, (row, column)


class Flow:
    """How far one cell of a network can go up, or down: the greatest flow along cycles through it (Ford & Fulkerson)."""

    def __init__(self, network: Network, cell: Cell, *, upwards: bool) -> None:
        self._network, self._cell = network, cell
        row, column = cell[0], network.rows + cell[1]
        self._start, self._end = (column, row) if upwards else (row, column)
        count = network.counts[cell[0]][cell[1]]
        self._room = network.most[cell[0]] - count if upwards else count - network.least(cell)
        self._moved: dict[tuple[Node, Node], int] = {}

    def push(self, wanted: int) -> int:
        """Pushes up to so much more through suppressed cells and returns how much."""
        pushed = 0
        while pushed < wanted and self._room and (path := self._path(extend=False)):
            pushed += self._along(path, wanted - pushed)
        return pushed

    def price(self) -> int:
        """How many more cells would have to be suppressed to push any further."""
        path = self._path(extend=True) if self._room else []
        return sum(cell not in self._network.hidden for cell in self._cells(path)) if path else self._far

    def push_once(self, wanted: int) -> int:
        """Pushes up to so much more along the cheapest path and suppresses its cells."""
        path = self._path(extend=True) if self._room else []
        for cell in self._cells(path):
            self._network.hide(cell)
        return self._along(path, wanted) if path else 0

    def _cells(self, path: Sequence[Node]) -> list[Cell]:
        return [self._between(*step) for step in pairwise(path)]

    def _between(self, node: Node, other: Node) -> Cell:
        return min(node, other), max(node, other) - self._network.rows

    def _along(self, path: Sequence[Node], wanted: int) -> int:
        """Uses up what each step can give, gives as much to its reverse."""
        steps = list(pairwise(path))
        amount = min(wanted, self._room, *(self._slack(*step) for step in steps))
        for node, other in steps:
            self._moved[node, other] = self._moved.get((node, other), 0) + amount
            self._moved[other, node] = self._moved.get((other, node), 0) - amount
        self._room -= amount
        return amount

    def _path(self, *, extend: bool) -> list[Node]:
        """From start to end through cells that can still give way, by as few new cells as can be; empty when there is none."""
        came: dict[Node, Node] = {}
        cost = {self._start: 0}
        level, next_level = deque([self._start]), deque[Node]()
        while level:
            node = level.popleft()
            if node == self._end:
                return self._walked(came)
            for other, cell in self._network.neighbours(node, extend=extend):
                new = cell not in self._network.hidden
                if cell == self._cell or cost[node] + new >= cost.get(other, self._far):
                    continue
                if self._slack(node, other) > 0:
                    cost[other], came[other] = cost[node] + new, node
                    if not extend and self._reaches_end(other):
                        return self._walked({**came, self._end: other})
                    (next_level if new else level).append(other)
            if not level:
                level, next_level = next_level, deque()
        return []

    def _reaches_end(self, node: Node) -> bool:
        """Whether the end is one step from here: seen so early, most paths take a few steps instead of a whole search."""
        cell = self._between(node, self._end)
        linked = node != self._end and cell != self._cell and cell in self._network.hidden
        return linked and self._slack(node, self._end) > 0

    @property
    def _far(self) -> int:
        return self._network.rows * self._network.width + 1

    def _walked(self, came: Mapping[Node, Node]) -> list[Node]:
        path = [self._end]
        while path[-1] != self._start:
            path.append(came[path[-1]])
        return path[::-1]

    def _slack(self, node: Node, other: Node) -> int:
        """By how much the cell between the two can give way: from its row it grows, from its column it shrinks."""
        cell = row, column = self._between(node, other)
        count = self._network.counts[row][column]
        room = self._network.most[row] - count if node == row else count - self._network.least(cell)
        return room - self._moved.get((node, other), 0)
