"""Which figures of a breakdown cannot be told.

A figure of 1 to `least` - 1 people is suppressed (primary suppression), and so much more that nobody who knows all the
rest, this program too, can narrow any such figure down to fewer than `least` values (complementary suppression). All sums of
columns are known, for they are the published result, and so are the sums of rows, however many options a ballot may choose.

What is taken besides is chosen by what is public (the order of values, the sums of columns), not by how small the figures are:
otherwise the choice would tell which figures are the smaller ones (R. C.-W. Wong et al., "Minimality Attack in Privacy
Preserving Data Publishing", VLDB 2007).
"""

from collections.abc import Collection, Iterator, Sequence

from services.tally.breakdown.network import Network

Masked = list[list[int | None]]
"""A table with None for what is suppressed."""


def small(count: int, least: int) -> bool:
    """Whether a figure tells of so few people that it must not be told."""
    return 0 < count < least


def hidden_values(voters: Sequence[int], least: int) -> set[int] | None:
    """Which rows of a list with a known sum are suppressed (numbers from 0); None when all of it must be withheld.

    Of k suppressed rows, each at least 1, with the sum s any can have s - k + 1 values. Rows are added from the last on,
    which is where `unknown` stands, then in their order.
    """
    hidden = {n for n, count in enumerate(voters) if small(count, least)}
    present = [n for n, count in enumerate(voters) if count]
    others = [n for n in (*present[-1:], *present[:-1]) if n not in hidden]
    while hidden and not _hides(sum(voters[n] for n in hidden), len(hidden), least):
        if not others:
            return None
        hidden.add(others.pop(0))
    alone = len(present) == 1
    return None if alone or (hidden and len(hidden) == len(present)) else hidden


def _hides(total: int, rows: int, least: int) -> bool:
    return rows > 1 and total - rows + 1 >= least


def suppress(
    counts: Sequence[Sequence[int]],
    most: Sequence[int],
    least: int,
    *,
    pool: int | None = None,
    harmless: Collection[int] = (),
) -> Masked | None:
    """The table with what cannot be told suppressed; None when nothing of it can be told.

    `most`: for each row, what none of its cells can exceed. `pool`: a row that is not told. Rows and columns with sums below
    twice `least` are suppressed as a whole, with their zeros. Of a cell in a column with a sum below `least` the published sum
    itself leaves fewer values; it keeps those. `harmless`: columns whose figures may be small.
    """
    network = Network(counts, most)
    columns = [column for column in range(network.width) if column not in harmless]
    for column in columns:
        if 0 < network.sums[column] < 2 * least:
            network.hide_column(column)
    for row, cells in enumerate(counts):
        if row == pool or (0 < sum(cells) < 2 * least and not harmless):
            network.hide_row(row)
    primary = [(r, c) for r in range(network.rows) for c in columns if small(counts[r][c], least)]
    network.hidden.update(primary)
    for cell in sorted({*primary, *_zeros(network, columns, pool)}):
        if not protect(network, cell, min(least, network.sums[cell[1]] + 1)):
            return None
    network.hide_zeros()
    return _masked(network) if _tells(network) or not primary else None


def _zeros(network: Network, columns: Sequence[int], pool: int | None) -> Iterator[tuple[int, int]]:
    """The suppressed zeros, which are to be told from other figures no better than these. That nobody of a pool chose an option
    may be known, unless few did at all.
    """
    for row, column in network.hidden:
        possible = sum(network.counts[row]) and network.sums[column]
        pooled = row == pool and column not in network.whole_columns
        if possible and not pooled and column in columns and not network.counts[row][column]:
            yield row, column


def _tells(network: Network) -> bool:
    cells = {(r, c) for r, row in enumerate(network.counts) for c, n in enumerate(row) if n}
    return bool(cells - network.hidden)


def _masked(network: Network) -> Masked:
    return [
        [None if (r, c) in network.hidden else n for c, n in enumerate(row)]
        for r, row in enumerate(network.counts)
    ]


def protect(network: Network, cell: tuple[int, int], enough: int) -> bool:
    """Suppresses more until the cell can have `enough` values: single cells, then its column, then columns from the smallest
    sum on. More suppression never narrows another cell down. False when nothing helps.
    """
    if network.values(cell, enough) >= enough:
        return True
    smallest_first = sorted(range(network.width), key=lambda c: (c != cell[1], network.sums[c], c))
    columns = [c for c in smallest_first if c not in network.whole_columns and network.sums[c]]
    while not network.widen(cell, enough):
        if not columns:
            return False
        network.hide_column(columns.pop(0))
    return True
