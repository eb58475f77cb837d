"""The rows of one dimension: which numbers of voters are told, and which rows of a table are therefore open."""

from collections.abc import Mapping, Sequence
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

    def bound(self, row: int) -> int:
        """The most voters that one can think of in this row."""
        hidden = self.hidden or ()
        if row not in hidden:
            return self.voters[row]
        return sum(self.voters[each] for each in hidden) - len(hidden) + 1

    def answered(self, answered: Sequence[int]) -> list[int | None] | None:
        """How many of each row answered a question, None where that is suppressed; None when all is. That a few left the
        question blank is told: it says nothing of what they think.
        """
        if self.hidden is None:
            return None
        counts = [[n, all_of - n] for n, all_of in zip(answered, self.voters, strict=True)]
        masked = suppress(
            counts, self._most, self.least, self._open(self.hidden, self.voters, 1), harmless=[1]
        )
        return None if masked is None else [row[0] for row in masked]

    def counts(
        self, counts: Sequence[Sequence[int]], answered: Sequence[int], told: Sequence[int | None], picks: int
    ) -> Masked | None:
        """A table of these rows with what cannot be told suppressed, None for all of it. `answered`: how many of each row did;
        `told`: the same as it is told; `picks`: in how many columns of a row one ballot can be.
        """
        rows = [row for row, number in enumerate(told) if number is None]
        sums = [sum(row) for row in counts]
        most = [self.bound(n) if n in rows else each for n, each in enumerate(answered)]
        return suppress(counts, most, self.least, self._open(rows, sums, picks))

    @property
    def _most(self) -> list[int]:
        return [self.bound(row) for row in range(len(self.voters))]

    def _open(
        self, rows: Sequence[int] | frozenset[int], sums: Sequence[int], picks: int
    ) -> Mapping[int, tuple[int, int]]:
        return {row: (min(1, sums[row]), picks * self.bound(row)) for row in rows}


def frames(cohorts: Cohorts, least: int) -> dict[str, Frame]:
    """Each dimension's rows."""
    return {by: _frame(cohorts, by, least) for by in cohorts.by}


def _frame(cohorts: Cohorts, by: str, least: int) -> Frame:
    voters = cohorts.voters_by(by)
    hidden = hidden_values(voters, least)
    kept = None if hidden is None else frozenset(hidden)
    return Frame(by, cohorts.values[by], voters, least, kept)
