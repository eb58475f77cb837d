"""Someone who knows everything that is published, how suppression works, and some more: what can they work out?

They know the published result (the sums of columns), how many voters there were, how many approvals the voters of each value
gave in all, that figures are whole and not negative, that nobody chose an option without answering, and that a suppressed figure
is no zero unless of its row or column nothing else is told.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from services.tally.breakdown.cohorts import Cohorts
from services.tally.breakdown.tables import tables
from tests.unit.tally.breakdown.solving import Name, Simplex, System

Truth = dict[Name, int]


class Attack:
    """One system of equations of what is told, and what is true of its unknowns."""

    def __init__(self) -> None:
        self.system = System()
        self.truth: Truth = {}
        self._told: dict[Name, int] = {}

    def figure(self, name: Name, told: int | None, truth: int, low: int = 0) -> None:
        """A figure that is told, or an unknown one."""
        if told is None:
            self.system.unknown(name, low)
            self.truth[name] = truth
            assert truth >= low
        else:
            assert told == truth, "a figure that is told is true"
            self._told[name] = told

    def equal(self, terms: Mapping[Name, int], value: int) -> None:
        self.system.equal(*self._known(terms, value))

    def at_most(self, terms: Mapping[Name, int], value: int) -> None:
        unknown, left = self._known(terms, value)
        if unknown:
            self.system.at_most(unknown, left)

    def _known(self, terms: Mapping[Name, int], value: int) -> tuple[dict[Name, int], int]:
        unknown = {name: factor for name, factor in terms.items() if name not in self._told}
        return unknown, value - sum(self._told[name] * f for name, f in terms.items() if name in self._told)

    def found(self, least: int, enough: Mapping[Name, int]) -> list[tuple[Name, int, int]]:
        """The small figures of which too few values are possible, with the least and greatest one."""
        small = [name for name in enough if 0 < self.truth.get(name, 0) < least]
        if not small:
            return []
        determined, simplex = self.system.determined(), Simplex(self.system)
        found = []
        for name in small:
            low, high = simplex.bounds(name)
            assert low <= self.truth[name] <= high
            if name in determined or high - low + 1 < enough[name]:
                found.append((name, low, high))
        return found


def attack_table(
    counts: Sequence[Sequence[int]], told: Sequence[Sequence[int | None]], least: int
) -> list[tuple[Name, int, int]]:
    """What is found out of one table whose sums of rows and columns are known."""
    attack, enough = Attack(), {}
    _cells(attack, "", counts, told)
    sums = [sum(column) for column in zip(*counts, strict=True)]
    for r, row in enumerate(counts):
        attack.equal({("", r, c): 1 for c in range(len(row))}, sum(row))
    for c, total in enumerate(sums):
        attack.equal({("", r, c): 1 for r in range(len(counts))}, total)
        enough |= {("", r, c): min(least, total + 1) for r in range(len(counts))}
    return attack.found(least, enough)


def _cells(
    attack: Attack,
    table: str,
    counts: Sequence[Sequence[int]],
    told: Sequence[Sequence[int | None]],
) -> None:
    """A table's figures; a suppressed one is at least 1 where another figure but 0 is told in its row and in its column."""
    rows = {r for r, row in enumerate(told) if any(row)}
    columns = {c for c, column in enumerate(zip(*told, strict=True)) if any(column)}
    for r, row in enumerate(counts):
        for c, n in enumerate(row):
            attack.figure((table, r, c), told[r][c], n, int(r in rows and c in columns))


def attacks(
    document: Mapping[str, Any], questions: Sequence[Mapping[str, Any]], cohorts: Cohorts
) -> Iterator[tuple[Attack, dict[Name, int]]]:
    """One attack for each dimension and question, with how many values each figure must keep: `least`, or all that the column's
    published sum leaves; two where nothing of a table is told, and so nothing more can be suppressed.
    """
    for voters in document["voters"]:
        by = voters["by"]
        for n, question in enumerate(questions):
            told = [table for table in document["questions"][n]["tables"] if table["by"] == by]
            if told:
                yield _attack(voters["rows"], told, question, cohorts, document["least"])
        if document["turnout"].get("by") == by:
            yield _attack_turnout(voters["rows"], document["turnout"], cohorts, document["least"])


def _voters(attack: Attack, rows: Sequence[Mapping[str, Any]], truth: Sequence[int]) -> None:
    whole = all(row["voters"] is None for row in rows)
    for r, (row, n) in enumerate(zip(rows, truth, strict=True)):
        attack.figure(("voters", r), row["voters"], n, 0 if whole else 1)
    attack.equal({("voters", r): 1 for r in range(len(rows))}, sum(truth))


def _attack(
    rows: Sequence[Mapping[str, Any]],
    told: Sequence[Mapping[str, Any]],
    question: Mapping[str, Any],
    cohorts: Cohorts,
    least: int,
) -> tuple[Attack, dict[Name, int]]:
    attack, by = Attack(), told[0]["by"]
    voters, groups = cohorts.voters_by(by), cohorts.counters_by(by, question["id"])
    _voters(attack, rows, voters)
    answered = [group.get("", 0) for group in groups]
    for r, n in enumerate(answered):
        attack.figure(("answered", r), told[0]["rows"][r]["answered"], n)
        known = None not in (rows[r]["voters"], told[0]["rows"][r]["answered"])
        attack.figure(("blank", r), voters[r] - n if known else None, voters[r] - n)
        attack.equal({("answered", r): 1, ("blank", r): 1, ("voters", r): -1}, 0)
    attack.equal({("answered", r): 1 for r in range(len(rows))}, sum(answered))
    enough: dict[Name, int] = {("voters", r): min(least, sum(voters) + 1) for r in range(len(rows))}
    enough |= {("answered", r): min(least, sum(answered) + 1) for r in range(len(rows))}
    for made, one in zip(tables(question, groups), told, strict=True):
        _table(attack, one, made.counts, answered, most_chosen(question))
        for c in range(len(made.columns)):
            total = 1 if "withheld" in one else sum(row[c] for row in made.counts)
            name = made.option or ""
            enough |= {(name, r, c): min(least, total + 1) for r in range(len(rows))}
    return attack, enough


def most_chosen(question: Mapping[str, Any]) -> int:
    """In how many columns of a row one ballot can be."""
    return int(question["max"]) if question["kind"] in ("choice", "cumulative") and "max" in question else 1


def _table(
    attack: Attack,
    told: Mapping[str, Any],
    counts: Sequence[Sequence[int]],
    answered: Sequence[int],
    picks: int,
) -> None:
    name = told.get("option", "")
    _cells(attack, name, counts, [row["counts"] for row in told["rows"]])
    columns = range(len(counts[0]))
    for r, row in enumerate(counts):
        cells = {(name, r, c): 1 for c in columns}
        if picks == 1:
            attack.equal({**cells, ("answered", r): -1}, 0)
            continue
        if told["rows"][r]["answered"] is not None:
            attack.equal(cells, sum(row))
        attack.at_most({**cells, ("answered", r): -picks}, 0)
        for cell in cells:
            attack.at_most({cell: 1, ("answered", r): -1}, 0)
    for c in columns:
        attack.equal({(name, r, c): 1 for r in range(len(counts))}, sum(row[c] for row in counts))


def _attack_turnout(
    rows: Sequence[Mapping[str, Any]], told: Mapping[str, Any], cohorts: Cohorts, least: int
) -> tuple[Attack, dict[Name, int]]:
    attack, everybody = Attack(), told["rows"][0]["voters"]
    voters = cohorts.voters_by(told["by"])
    counts = [[hours.get(time, 0) for time in told["times"]] for hours in cohorts.hours_by(told["by"])]
    _voters(attack, rows, voters)
    _cells(attack, "", counts, [row["voters"] for row in told["rows"][1:]])
    for r in range(len(rows)):
        attack.equal({**{("", r, c): 1 for c in range(len(everybody))}, ("voters", r): -1}, 0)
    for c, total in enumerate(everybody):
        attack.equal({("", r, c): 1 for r in range(len(rows))}, total)
    enough = {
        ("", r, c): min(least, total + 1) for r in range(len(rows)) for c, total in enumerate(everybody)
    }
    return attack, enough
