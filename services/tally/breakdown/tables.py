"""A question's counters as rows and columns: which figures its kind has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.polls.contract.kinds import Question, kinds

Counters = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Table:
    """Counts by value and column. `option`: that is scored; else None."""

    option: str | None
    columns: Sequence[str]
    counts: Sequence[Sequence[int]]


def tables(question: Question, groups: Sequence[Counters]) -> list[Table]:
    """The tables of a question for groups of voters with these counters: none for texts; of `score` one an option, with points as
    columns; of `number` and `date` the bins; else options: who chose them, ranked them first, gave them any points.
    """
    kind = kinds()[question["kind"]]
    results = [kind.summarise(question, counters, counters.get("", 0)) for counters in groups]
    if not results or not kind.COUNTED:
        return []
    first = results[0]
    if "bins" in first:
        columns = [each["from"] for each in first["bins"]]
        return [Table(None, columns, [[each["count"] for each in one["bins"]] for one in results])]
    ids = [option["id"] for option in first["options"]]
    if "lowest" in first:
        points = [str(each) for each in range(first["lowest"], first["highest"] + 1)]
        return [
            Table(option, points, [one["options"][n]["distribution"] for one in results])
            for n, option in enumerate(ids)
        ]
    counts = [[option.get("voters", option["count"]) for option in one["options"]] for one in results]
    return [Table(None, ids, counts)]
