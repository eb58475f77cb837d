"""Outcomes: why each option was chosen or not, and the steps that led there."""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from services.tally.contract.sentences.methods import source_name
from services.tally.formats import Export
from services.tally.formats.tables.cells import (
    Asked,
    Kind,
    Number,
    Row,
    Section,
    Sheet,
    asked,
    headers,
    money,
    number,
)
from services.tally.formats.words import WORDS


def reasons(export: Export) -> Sheet | None:
    """One sentence an option; nothing where no question has an outcome."""
    yes_no = {True: WORDS[export.language]["true"], False: WORDS[export.language]["false"]}
    rows = [
        (
            *each.head,
            each.label(option["id"]),
            yes_no[option["selected"]],
            each.speech.reason(option["reason"]),
        )
        for each in asked(export)
        for option in each.outcome.get("options", ())
    ]
    columns = headers(export, "number", "question", "option", "selected", "reason")
    return Sheet("reasons_sheet", [Section(columns, rows)]) if rows else None


def rounds(export: Export) -> Sheet | None:
    """The steps of a count, one row an option in each; nothing where no rule took any."""
    words = WORDS[export.language]
    rows = [
        (*each.head, n, *cells)
        for each in asked(export)
        for n, step in enumerate(each.outcome.get("rounds", ()), start=1)
        for cells in _step(each, step, words)
    ]
    columns = headers(export, "number", "question", "round", "option", "count", "cost", "left", "outcome")
    return Sheet("rounds_sheet", [Section(columns, rows)]) if rows else None


def _step(each: Asked, step: Mapping[str, Any], words: Mapping[str, str]) -> Iterator[Row]:
    if "options" not in step:
        funded = step.get("funded", True)
        fate = words["funded" if funded else "passed_over"]
        yield (
            each.label(step["option"]),
            step.get("payers"),
            money(step["cost"]),
            money(step.get("left")),
            fate,
        )
        return
    for standing in step["options"]:
        fate = words["eliminated"] if step.get("eliminated") == standing["id"] else ""
        yield each.label(standing["id"]), number(str(standing["votes"])), None, None, fate
    if step.get("exhausted"):
        yield words["exhausted"], number(str(step["exhausted"])), None, None, ""


def sources(export: Export) -> Sheet | None:
    """What each source of a composite result gave each option, and who entered it; nothing where no question has several."""
    rows = [row for each in asked(export) for row in _entered(each)]
    columns = (
        "number",
        "question",
        "source",
        "weight",
        "option",
        "given",
        "part",
        "entered_by",
        "entered_at",
    )
    return Sheet("sources_sheet", [Section(headers(export, *columns), rows)]) if rows else None


def _entered(each: Asked) -> Iterator[Row]:
    for source in each.outcome.get("sources", ()):
        name = source_name(each.speech, source["name"])
        who = source.get("entered_by"), source.get("entered_at")
        weight = _percent(source["weight"])
        for option in source["options"]:
            given, score = number(_text(option.get("given"))), number(_text(option["score"]))
            yield *each.head, name, weight, each.label(option["id"]), given, score, *who


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _percent(weight: Any) -> Number:
    """A weight as the outcome has it, an exact share of one, in percent."""
    return Number(str(Fraction(str(weight)) * 100), Kind.PERCENT)
