"""Reader of Pabulib's participatory-budget files (.pb), as far as loading ballots needs.

Format: https://pabulib.org/format: sections META, PROJECTS and VOTES, each with a header line, fields separated by `;`.
"""

import csv
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

SECTIONS = ("META", "PROJECTS", "VOTES")


class Malformed(Exception):
    """The text is not in this format; the message names the line."""


@dataclass(frozen=True)
class Project:
    """One project. `votes` is the published count, where the file has one; money in the file's currency."""

    id: str
    name: str
    cost: int
    votes: int | None
    description: str | None
    category: str | None


@dataclass(frozen=True)
class Budget:
    """One vote on a budget. `ballots` hold the ids of the chosen projects, best first where order counts."""

    meta: Mapping[str, str]
    projects: tuple[Project, ...]
    ballots: tuple[tuple[str, ...], ...]

    def count(self) -> Mapping[str, int]:
        """How many ballots name each project."""
        named = Counter(project for ballot in self.ballots for project in ballot)
        return {project.id: named[project.id] for project in self.projects}

    def limits(self) -> tuple[int, int]:
        """Least and most projects on a ballot: what the file says, widened to what its ballots do."""
        sizes = [len(ballot) for ballot in self.ballots] or [1]
        least = int(self.meta.get("min_length") or 1)
        most = int(self.meta.get("max_length") or len(self.projects))
        return min(least, *sizes), max(most, *sizes)


def parse(text: str) -> Budget:
    """The whole file. Raises Malformed."""
    sections: dict[str, list[tuple[int, list[str]]]] = {name: [] for name in SECTIONS}
    current: str | None = None
    reader = csv.reader(text.removeprefix("\ufeff").splitlines(), delimiter=";")
    for fields in reader:
        if len(fields) == 1 and fields[0].strip().upper() in SECTIONS:
            current = fields[0].strip().upper()
        elif any(field.strip() for field in fields):
            if current is None:
                raise Malformed(f"line {reader.line_num}: expected one of {', '.join(SECTIONS)}")
            sections[current].append((reader.line_num, fields))
    return _budget({name: _records(name, rows) for name, rows in sections.items()})


Record = tuple[int, Mapping[str, str]]


def _records(name: str, rows: list[tuple[int, list[str]]]) -> list[Record]:
    """The rows below the header, by column; a row that is too short lacks its last columns."""
    if not rows:
        raise Malformed(f"section {name} is missing or empty")
    header = [column.strip() for column in rows[0][1]]
    return [(line, dict(zip(header, map(str.strip, fields), strict=False))) for line, fields in rows[1:]]


def _budget(sections: Mapping[str, list[Record]]) -> Budget:
    meta = {record.get("key", ""): record.get("value", "") for _, record in sections["META"]}
    projects = tuple(_project(line, record) for line, record in sections["PROJECTS"])
    known = {project.id for project in projects}
    ballots = tuple(_ballot(line, record, known) for line, record in sections["VOTES"])
    return Budget(meta, projects, ballots)


def _project(line: int, record: Mapping[str, str]) -> Project:
    votes = record.get("votes")
    return Project(
        id=_needed(line, record, "project_id"),
        name=record.get("name") or record["project_id"],
        cost=_whole(line, _needed(line, record, "cost")),
        votes=_whole(line, votes) if votes else None,
        description=record.get("description") or None,
        category=record.get("category") or None,
    )


def _ballot(line: int, record: Mapping[str, str], known: Iterable[str]) -> tuple[str, ...]:
    chosen = tuple(filter(None, (each.strip() for each in record.get("vote", "").split(","))))
    if not set(chosen) <= set(known) or len(set(chosen)) < len(chosen):
        raise Malformed(f"line {line}: the vote names an unknown project, or one twice")
    return chosen


def _needed(line: int, record: Mapping[str, str], column: str) -> str:
    if not record.get(column):
        raise Malformed(f"line {line}: {column} is missing")
    return record[column]


def _whole(line: int, text: str) -> int:
    try:
        return int(Decimal(text))
    except (InvalidOperation, ValueError, OverflowError):
        raise Malformed(f"line {line}: not a number") from None
