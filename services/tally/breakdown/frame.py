"""The rows of one dimension: which numbers of voters are told, and which rows of a table therefore cannot be.

Rows that are not told are one row to everybody else: a pool, whose sums follow from the rest of the table. So tables are
suppressed with the pool as one row. Inside it everything that its sums allow is possible.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from services.tally.breakdown.cohorts import Cohorts
from services.tally.breakdown.suppression import Masked, hidden_values, suppress


@dataclass(frozen=True)
class Frame:
    """One dimension of a breakdown.

    `hidden`: rows whose voters are suppressed; None when all are. Of each of the hidden rows it is known that it has at least
    one voter, and how many they have together.
    """

    by: str
    values: Sequence[str]
    voters: Sequence[int] = field(repr=False)
    least: int
    hidden: frozenset[int] | None

    @property
    def told(self) -> list[int | None]:
        """The voters of each row, None where they are suppressed."""
        hidden = range(len(self.voters)) if self.hidden is None else self.hidden
        return [None if row in hidden else number for row, number in enumerate(self.voters)]

    def answered(self, answered: Sequence[int]) -> list[int | None] | None:
        """How many of each row answered a question, None where that is suppressed; None when all is. That a few left the
        question blank is told: it says nothing of what they think.
        """
        if self.hidden is None:
            return None
        counts = [[n, all_of - n] for n, all_of in zip(answered, self.voters, strict=True)]
        masked = self._masked(counts, self.voters, self.hidden, harmless=[1])
        return None if masked is None else [row[0] for row in masked]

    def counts(
        self, counts: Sequence[Sequence[int]], answered: Sequence[int], told: Sequence[int | None]
    ) -> Masked | None:
        """A table of these rows with what cannot be told suppressed, None for all of it. `answered`: how many of each row did;
        `told`: the same as it is told.
        """
        pool = {row for row, number in enumerate(told) if number is None}
        most = [self.voters[row] if row in pool else number for row, number in enumerate(answered)]
        return self._masked(counts, most, pool)

    def _masked(
        self,
        counts: Sequence[Sequence[int]],
        most: Sequence[int],
        pool: Iterable[int],
        harmless: Sequence[int] = (),
    ) -> Masked | None:
        """The table with the rows of the pool, which are taken together, suppressed."""
        pooled = sorted(pool)
        if not pooled:
            return suppress(counts, most, self.least, harmless=harmless)
        rest = [row for row in range(len(counts)) if row not in pooled]
        together = [sum(counts[row][c] for row in pooled) for c in range(len(counts[0]))]
        short = suppress(
            [counts[row] for row in rest] + [together],
            [most[row] for row in rest] + [sum(most[row] for row in pooled)],
            self.least,
            pool=len(rest),
            harmless=harmless,
        )
        if short is None:
            return None
        told = dict(zip(rest, short, strict=False))
        return [told.get(row, [None] * len(together)) for row in range(len(counts))]


def frames(cohorts: Cohorts, least: int) -> dict[str, Frame]:
    """Each dimension's rows."""
    return {by: _frame(cohorts, by, least) for by in cohorts.by}


def _frame(cohorts: Cohorts, by: str, least: int) -> Frame:
    voters = cohorts.voters_by(by)
    hidden = hidden_values(voters, least)
    kept = None if hidden is None else frozenset(hidden)
    return Frame(by, cohorts.values[by], voters, least, kept)
