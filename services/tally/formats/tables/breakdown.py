"""A result by who voted. A suppressed figure is the word for that, never empty: an empty cell would look like none."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from services.tally.formats import Export
from services.tally.formats.tables.cells import (
    Asked,
    Cell,
    Row,
    Section,
    Sheet,
    asked,
    headers,
    number,
    percent,
)
from services.tally.formats.words import GROUPS, WORDS, group


def breakdown(export: Export) -> Sheet | None:
    """Who voted, what each group answered, what follows for the population; nothing where the poll declared no breakdown."""
    found = export.result.get("breakdown")
    if not found:
        return None
    by_id = {each.question["id"]: each for each in asked(export)}
    told = [(by_id[each["id"]], each) for each in found["questions"] if each["id"] in by_id]
    figures = (
        "number",
        "question",
        "option",
        "share",
        "mean",
        "weighted_share",
        "weighted_mean",
        "margin",
        "ballots",
        "left_out",
        "effective",
    )
    sections = [
        _section(
            export, "voters_section", ("by", "value", "voters", "share"), _voters(export, found["voters"])
        ),
        *_crossed(export, told),
        _section(export, "weighted_section", figures, _weighted(export, told)),
        _section(export, "turnout_section", ("time", "value", "voters"), _turnout(export, found["turnout"])),
    ]
    return Sheet("breakdown_sheet", [section for section in sections if section.rows])


def _section(export: Export, title: str, columns: tuple[str, ...], rows: Iterable[Row]) -> Section:
    return Section(headers(export, *columns), list(rows), WORDS[export.language][title])


def _shown(export: Export, figure: Any) -> Cell:
    return WORDS[export.language]["withheld"] if figure is None else figure


def _dimension(export: Export, by: str) -> str:
    names: Mapping[str, str] = GROUPS[export.language]["by"]
    return names.get(by, by)


def _voters(export: Export, dimensions: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
    for each in dimensions:
        for row in each["rows"]:
            name = group(export.language, each["by"], row["value"])
            share = percent(row["share"])
            yield _dimension(export, each["by"]), name, _shown(export, row["voters"]), _shown(export, share)


def _crossed(export: Export, questions: Iterable[tuple[Asked, Mapping[str, Any]]]) -> Iterator[Section]:
    """For each question and dimension the groups side by side: how many answered, and how many chose each option."""
    for question, told in questions:
        for by, tables in groupby(told["tables"], key=itemgetter("by")):
            yield _cross(export, question, by, list(tables))


def _cross(export: Export, question: Asked, by: str, tables: Sequence[Mapping[str, Any]]) -> Section:
    words, groups = WORDS[export.language], tables[0]["rows"]
    names = [group(export.language, by, row["value"]) for row in groups]
    title = f"{words['tables_section']}: {question.number}. {question.question['title']} ({_dimension(export, by)})"
    rows: list[Row] = [(words["answered"], *(_shown(export, row["answered"]) for row in groups))]
    for table in tables:
        for n, label in enumerate(_columns(export, question, table)):
            rows.append((label, *(_shown(export, row["counts"][n]) for row in table["rows"])))
    return Section([words["column"], *names], rows, title)


def _columns(export: Export, question: Asked, table: Mapping[str, Any]) -> list[str]:
    """What people read for the columns of a table: options, or the points of one."""
    if "option" not in table:
        return [question.label(column) for column in table["columns"]]
    point = WORDS[export.language]["point"]
    return [f"{question.label(table['option'])}: {point.format(column)}" for column in table["columns"]]


def _weighted(export: Export, questions: Iterable[tuple[Asked, Mapping[str, Any]]]) -> Iterator[Row]:
    """Weighted figures, each beside the raw one."""
    for question, told in questions:
        weighted = told.get("weighted")
        if weighted is None:
            continue
        if "withheld" in weighted:
            yield *question.head, _shown(export, None), *(None,) * 8
            continue
        raw = {option["id"]: option for option in question.result["options"]}
        sizes = (weighted["ballots"], weighted["left_out"], number(weighted["effective"]))
        for option in weighted["options"]:
            counted = raw[option["id"]]
            beside = question.label(option["id"]), percent(counted["share"]), number(counted.get("mean"))
            figures: Row = (_shown(export, None),) * 3
            if not option.get("withheld"):
                figures = (
                    percent(option.get("share")),
                    number(option.get("mean")),
                    number(option.get("margin")),
                )
            yield *question.head, *beside, *figures, *sizes


def _turnout(export: Export, turnout: Mapping[str, Any]) -> Iterator[Row]:
    for row in turnout["rows"]:
        name = group(export.language, turnout.get("by", ""), row["value"])
        for time, n in zip(turnout["times"], row["voters"], strict=True):
            yield time, name, _shown(export, n)
