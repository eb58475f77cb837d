"""A table for spreadsheets: what the result is, an empty line, then one row an option; after more empty lines how the answers
are spread and the breakdown, where there are any.

UTF-8 with a byte order mark, without which Excel does not read Korean.  A cell that a spreadsheet would take for a
formula gets an apostrophe before it (OWASP, CSV injection).
"""

import csv
import io
from collections.abc import Iterator
from typing import Any

from services.tally.contract import MEDIA_TYPES
from services.tally.formats import Export, tables
from services.tally.formats.tables.summary import head
from services.tally.formats.words import WORDS

NAME = "csv"
MEDIA_TYPE = MEDIA_TYPES[NAME]
NEEDS_PERIOD = False
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

Row = list[Any]


def make(export: Export) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    for row in rows(export):
        writer.writerow([harmless(written(cell)) for cell in row])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def harmless(cell: Any) -> Any:
    """The cell, such that no spreadsheet calculates it. Our own numbers are none of its business."""
    if isinstance(cell, str) and cell.lstrip(" ").startswith(FORMULA_STARTS):
        return f"'{cell}"
    return cell


def written(cell: tables.Cell) -> str | int:
    """Numbers with decimals as the result has them."""
    if cell is None:
        return ""
    return cell.text if isinstance(cell, tables.Number) else cell


def rows(export: Export) -> Iterator[Row]:
    words = WORDS[export.language]
    for name, value in head(export):
        yield [words[name], value]
    yield []
    table = tables.results(export, reasons=True).sections[0]
    yield [*table.header]
    yield from map(list, table.rows)
    for sheet in (tables.distribution(export), tables.breakdown(export)):
        for section in sheet.sections if sheet else ():
            yield []
            if section.title:
                yield [section.title]
            yield list(section.header)
            yield from map(list, section.rows)
