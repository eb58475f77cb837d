"""Pabulib's files as they are: three sections of rows, read one after the other."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

from services.tally.readers import Malformed, whole_number

SECTIONS = ("META", "PROJECTS", "VOTES")

Row = tuple[int, list[str]]
Record = tuple[int, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Project:
    """One project. `votes`, `score` and `selected` as published, where the file has them."""

    id: str
    name: str
    cost: Decimal
    votes: int | None = None
    score: str | None = None
    selected: str | None = None
    description: str | None = None
    category: str | None = None


@dataclass(frozen=True, slots=True)
class Ballot:
    """The projects that a ballot names, best first where order counts; `points` in the same order, where it gives any."""

    line: int
    projects: tuple[str, ...]
    points: tuple[int, ...] | None = None


@dataclass(frozen=True)
class File:
    """A file whose ballots are still to be read, once. `lines`: where a key of `meta` stands."""

    meta: Mapping[str, str]
    lines: Mapping[str, int]
    projects: tuple[Project, ...]
    ballots: Iterator[Ballot]

    def whole(self, key: str) -> int | None:
        """The whole number that META gives for this key, if any. Raises Malformed."""
        return whole_number(self.lines[key], self.meta[key], key) if self.meta.get(key) else None

    def amount(self, key: str) -> Decimal | None:
        """The amount that META gives for this key, if any. Raises Malformed."""
        return _amount(self.lines[key], self.meta[key], key) if self.meta.get(key) else None


def parse(lines: Iterable[str]) -> File:
    """The head and the projects at once; ballots as they are asked for. Raises Malformed, also while ballots are read."""
    rows = _rows(lines)
    _expect(rows, "META")
    entries = list(_records(rows, "PROJECTS", ("key", "value")))
    for line, record in entries:
        if not record.get("key"):
            raise Malformed(line, "key is missing")
    meta = {record["key"]: record.get("value", "") for _, record in entries}
    projects: dict[str, Project] = {}
    for line, record in _records(rows, "VOTES", ("project_id", "cost")):
        project = _project(line, record)
        if project.id in projects:
            raise Malformed(line, f"project {project.id!r} stands in PROJECTS twice")
        projects[project.id] = project
    votes = _records(rows, None, ("vote",))
    lines_of = {record["key"]: line for line, record in entries}
    file = File(meta, lines_of, tuple(projects.values()), iter(()))
    return replace(file, ballots=_ballots(votes, set(projects), file))


def _rows(lines: Iterable[str]) -> Iterator[Row]:
    reader = csv.reader(lines, delimiter=";")
    try:
        for fields in reader:
            if any(field.strip() for field in fields):
                yield reader.line_num, [field.strip() for field in fields]
    except csv.Error as error:
        raise Malformed(reader.line_num, f"not separated by semicolons: {error}") from None


def _section(fields: list[str]) -> str | None:
    name = fields[0].lstrip("\ufeff").upper()
    return name if name in SECTIONS and not any(fields[1:]) else None


def _expect(rows: Iterator[Row], name: str) -> None:
    line, fields = next(rows, (1, [""]))
    if _section(fields) != name:
        raise Malformed(line, f"expected section {name}")


def _records(rows: Iterator[Row], following: str | None, needed: tuple[str, ...]) -> Iterator[Record]:
    """Rows of this section by column, up to the section that follows; a row that is too short lacks its last columns."""
    line, header = next(rows, (1, []))
    missing = [column for column in needed if column not in header]
    if missing:
        raise Malformed(line, f"column {missing[0]} is missing")
    for line, fields in rows:
        section = _section(fields)
        if section is not None:
            if section != following:
                raise Malformed(
                    line, f"expected section {following}" if following else f"section {section} again"
                )
            return
        yield line, dict(zip(header, fields, strict=False))
    if following is not None:
        raise Malformed(line, f"section {following} is missing")


def _project(line: int, record: Mapping[str, str]) -> Project:
    if not record.get("project_id"):
        raise Malformed(line, "project_id is missing")
    votes = record.get("votes")
    return Project(
        id=record["project_id"],
        name=record.get("name") or record["project_id"],
        cost=_amount(line, record.get("cost", ""), "cost"),
        votes=whole_number(line, votes, "votes") if votes else None,
        score=record.get("score") or None,
        selected=record.get("selected") or None,
        description=record.get("description") or None,
        category=record.get("category") or None,
    )


def _amount(line: int, text: str, name: str) -> Decimal:
    """Money as a decimal number, not negative."""
    try:
        amount = Decimal(text.replace(",", "."))
    except InvalidOperation:
        raise Malformed(line, f"{name} is not a number: {text[:40]!r}") from None
    if not amount.is_finite() or amount < 0 or amount > 10**15:
        raise Malformed(line, f"{name} is not an amount: {text[:40]!r}")
    return amount


def _ballots(votes: Iterator[Record], known: set[str], file: File) -> Iterator[Ballot]:
    line, read = 0, 0
    for line, record in votes:
        yield _ballot(line, record, known)
        read += 1
    told = file.whole("num_votes")
    if told is not None and told != read:
        raise Malformed(max(line, 1), f"the file ends after {read} ballots and META says num_votes {told}")


def _ballot(line: int, record: Mapping[str, str], known: set[str]) -> Ballot:
    chosen = tuple(filter(None, map(str.strip, record.get("vote", "").split(","))))
    if not known.issuperset(chosen):
        raise Malformed(line, f"the vote names an unknown project: {next(iter(set(chosen) - known))[:40]!r}")
    if len(set(chosen)) < len(chosen):
        raise Malformed(line, "the vote names a project twice")
    written = [each.strip() for each in record.get("points", "").split(",") if each.strip()]
    if not written:
        return Ballot(line, chosen)
    if len(written) != len(chosen):
        raise Malformed(line, f"{len(written)} points for {len(chosen)} projects")
    return Ballot(line, chosen, tuple(whole_number(line, each, "points") for each in written))
