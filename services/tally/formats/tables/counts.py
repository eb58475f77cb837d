"""Counts: one row an option or a bin, and how the answers are spread."""

from collections.abc import Iterator, Mapping
from typing import Any

from services.tally.formats import Export
from services.tally.formats.tables.cells import (
    Asked,
    Row,
    Section,
    Sheet,
    asked,
    headers,
    money,
    number,
    percent,
)
from services.tally.formats.words import WORDS

COLUMNS = ("number", "question", "option", "count", "share", "mean", "answered")
OUTCOME = ("cost", "votes", "score", "selected")


def results(export: Export, *, reasons: bool = False) -> Sheet:
    """One row an option: counts, and what the counting rule made of them; with `reasons` also why, in a last column."""
    columns = (*COLUMNS, *OUTCOME, *(["reason"] if reasons else []))
    rows = [row[: len(columns)] for each in asked(export) for row in _rows(each, export.language)]
    return Sheet("results_sheet", [Section(headers(export, *columns), rows)])


def _rows(each: Asked, language: str) -> Iterator[Row]:
    result, answered = each.result, each.result["answered"]
    for found in result.get("bins", ()):
        yield *each.head, span(found), found["count"], percent(found["share"]), None, answered, *_NONE
    costs = {option["id"]: option.get("cost") for option in each.question["options"]}
    outcomes = {option["id"]: option for option in each.outcome.get("options", ())}
    for option in result["options"]:
        counts = (option["count"], percent(option["share"]), number(option.get("mean")))
        told = outcomes.get(option["id"])
        cost = money(costs.get(option["id"]))
        yield *each.head, each.label(option["id"]), *counts, answered, cost, *_outcome(each, told, language)
    if not result["options"]:
        yield *each.head, None, None, None, number(result.get("mean")), answered, *_NONE


def _outcome(each: Asked, told: Mapping[str, Any] | None, language: str) -> Row:
    if told is None:
        return _NONE[1:]
    selected = WORDS[language][str(told["selected"]).lower()]
    return told["votes"], number(told["score"]), selected, each.speech.reason(told["reason"])


_NONE = (None,) * (len(OUTCOME) + 1)


def span(found: dict[str, str]) -> str:
    """A bin's name: `10`, or `10 – 19`."""
    return found["from"] if found["from"] == found["to"] else f"{found['from']} – {found['to']}"


def distribution(export: Export) -> Sheet | None:
    """Ballots by points of a score and by place of a ranking; nothing where no question has any."""
    rows = [row for each in asked(export) for row in _spread(each, export.language)]
    columns = headers(export, "number", "question", "option", "kind", "count")
    return Sheet("distribution_sheet", [Section(columns, rows)]) if rows else None


def _spread(each: Asked, language: str) -> Iterator[Row]:
    words, lowest = WORDS[language], each.result.get("lowest", 0)
    for option in each.result["options"]:
        label = each.label(option["id"])
        for points, n in enumerate(option.get("distribution", ()), start=lowest):
            yield *each.head, label, words["point"].format(points), n
        for place, n in enumerate(option.get("places", ()), start=1):
            yield *each.head, label, words["place"].format(place), n
