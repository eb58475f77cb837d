"""A table for spreadsheets: what the result is, an empty line, then one row an option.

UTF-8 with a byte order mark, without which Excel does not read Korean.  A cell that a spreadsheet would take for a
formula gets an apostrophe before it (OWASP, CSV injection).
"""

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

from services.tally.contract import MEDIA_TYPES
from services.tally.formats import Export
from services.tally.formats.words import WORDS

NAME = "csv"
MEDIA_TYPE = MEDIA_TYPES[NAME]
NEEDS_PERIOD = False
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

Row = list[Any]


def make(export: Export) -> bytes:
    definition, result, language = export.definition, export.result, export.language
    text = io.StringIO()
    writer = csv.writer(text)
    for row in [*head(definition, result, language), [], *table(definition, result, language)]:
        writer.writerow([harmless(cell) for cell in row])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def harmless(cell: Any) -> Any:
    """The cell, such that no spreadsheet calculates it."""
    if isinstance(cell, str) and cell.lstrip(" ").startswith(FORMULA_STARTS):
        return f"'{cell}"
    return cell


def head(definition: Mapping[str, Any], result: Mapping[str, Any], language: str) -> Iterator[Row]:
    words = WORDS[language]
    yield [words["title"], definition.get("title", "")]
    yield [words["state"], words[result["state"]]]
    yield [words["voters"], result["voters"]]
    if "turnout" in result:
        yield [words["roll"], result["turnout"]["roll"]]
        yield [words["turnout"], result["turnout"]["share"]]
    if "counted_at" in result:
        yield [words["counted_at"], result["counted_at"]]


def table(definition: Mapping[str, Any], result: Mapping[str, Any], language: str) -> Iterator[Row]:
    words = WORDS[language]
    yield [words[name] for name in ("number", "question", "option", "count", "share", "mean", "answered")]
    for number, (question, found) in enumerate(
        zip(definition["questions"], result["questions"], strict=True), start=1
    ):
        labels = {**words, **{option["id"]: option["label"] for option in question["options"]}}
        for option in found["options"] or [{}]:
            label = labels.get(option.get("id", ""), option.get("id", ""))
            numbers = [option.get(name, "") for name in ("count", "share", "mean")]
            yield [number, question["title"], label, *numbers, found["answered"]]
