"""A workbook (ISO/IEC 29500): what the result is, results, how answers are spread, reasons, rounds, sources and the breakdown, a sheet each
where there is any.

Numbers are numbers, percent are percent. Text is always text, whatever it begins with: no cell of such a file is a formula.
The same result gives the same bytes.
"""

import io
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from services.tally.contract import MEDIA_TYPES
from services.tally.formats import Export, tables
from services.tally.formats.words import WORDS

NAME = "xlsx"
MEDIA_TYPE = MEDIA_TYPES[NAME]
NEEDS_PERIOD = True
LONGEST = 32_000
"""Characters of a cell: Excel takes 32,767."""
NARROWEST, WIDEST = 8, 60
BOLD = Font(bold=True)
SHADED = PatternFill("solid", fgColor="E8EEF5")
WRAPPED = Alignment(wrap_text=True, vertical="top")
WHOLE, DECIMAL, PERCENT = "#,##0", "#,##0.00##", "0.00%"
GUARDED = frozenset("=+-@#\t\r\n \u3000＝＋－＠")
"""What a formula or an error begins with, or something that looks as if it did."""
_REFUSED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What XML 1.0 has no place for."""
_BEGINNING = (1980, 1, 1, 0, 0, 0)


def make(export: Export) -> bytes:
    words = WORDS[export.language]
    book = Workbook(write_only=True)
    for sheet in sheets(export):
        write(book, words[sheet.name], sheet.sections)
    book.properties.title = clean(str(export.definition.get("title", "")))[:250]
    book.properties.creator = "mVoting"
    book.properties.created = moment(export)
    raw = io.BytesIO()
    book.save(raw)
    return reproducible(raw.getvalue(), book.properties.created)


def sheets(export: Export) -> Iterator[tables.Sheet]:
    yield tables.summary(export)
    yield tables.results(export)
    for more in (tables.distribution, tables.reasons, tables.rounds, tables.sources, tables.breakdown):
        found = more(export)
        if found is not None:
            yield found


def write(book: Workbook, name: str, sections: Sequence[tables.Section]) -> None:
    sheet = book.create_sheet(name)
    for column, width in enumerate(widths(sections), start=1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    if len(sections) == 1 and sections[0].header:
        sheet.freeze_panes = "A2"
    for n, section in enumerate(sections):
        if n:
            sheet.append([])
        if section.title:
            sheet.append([heading(sheet, section.title)])
        if section.header:
            sheet.append([heading(sheet, name) for name in section.header])
        for row in section.rows:
            sheet.append([cell(sheet, value) for value in row])


def widths(sections: Sequence[tables.Section]) -> list[int]:
    """Room for most of what a column holds; Hangul takes two characters' room."""
    found: list[int] = []
    for section in sections:
        for row in (section.header, *section.rows[:1000]):
            for column, value in enumerate(row):
                found += [NARROWEST] * (column + 1 - len(found))
                found[column] = max(found[column], min(WIDEST, room(value)))
    return found


def room(value: tables.Cell) -> int:
    text = value.text if isinstance(value, tables.Number) else "" if value is None else str(value)
    return 2 + sum(2 if ord(each) > 0x10FF else 1 for each in text[:WIDEST])


def heading(sheet: Any, text: str) -> Cell:
    made = guarded(sheet, clean(text))
    made.font, made.fill = BOLD, SHADED
    return made


def cell(sheet: Any, value: tables.Cell) -> Any:
    """A cell that holds just this; a plain value where a cell of its own would say no more, which is much quicker."""
    if value is None or value == "":
        return None
    if isinstance(value, tables.Number):
        return figure(sheet, value)
    if isinstance(value, int):
        return value if value < 1000 else styled(sheet, value, WHOLE)
    text = clean(value)
    if len(text) < WIDEST and text[0] not in GUARDED and text.isprintable():
        return text
    return guarded(sheet, text)


def guarded(sheet: Any, text: str) -> Cell:
    """Text that stays text, also when somebody edits it."""
    made = WriteOnlyCell(sheet, value=text)
    made.data_type = "s"
    made.alignment = WRAPPED
    made.quotePrefix = text[:1] in GUARDED
    return made


def styled(sheet: Any, value: float, form: str) -> Cell:
    made = WriteOnlyCell(sheet, value=value)
    made.number_format = form
    return made


def figure(sheet: Any, number: tables.Number) -> Cell:
    """Spreadsheets know no exact fractions: a number is the nearest double (IEEE 754)."""
    exact = number.value / 100 if number.kind is tables.Kind.PERCENT else number.value
    whole = exact.denominator == 1
    form = PERCENT if number.kind is tables.Kind.PERCENT else WHOLE if whole else DECIMAL
    return styled(sheet, int(exact) if whole else float(exact), form)


def clean(text: str) -> str:
    return _REFUSED.sub("\N{REPLACEMENT CHARACTER}", text)[:LONGEST]


def moment(export: Export) -> datetime:
    """When the result was counted; of a live one when the poll opened."""
    told = export.result.get("counted_at") or export.opened_at or "1980-01-01T00:00:00Z"
    return datetime.fromisoformat(told).astimezone(UTC).replace(tzinfo=None)


def reproducible(packed: bytes, created: datetime) -> bytes:
    """The same archive without the time of its making."""
    made = io.BytesIO()
    stamp = f">{created:%Y-%m-%dT%H:%M:%SZ}</dcterms:modified>".encode()
    with ZipFile(io.BytesIO(packed)) as source, ZipFile(made, "w", ZIP_DEFLATED) as target:
        for info in source.infolist():
            content = source.read(info)
            if info.filename == "docProps/core.xml":
                content = re.sub(rb">[^<]*</dcterms:modified>", stamp, content)
            same = ZipInfo(info.filename, _BEGINNING)
            same.compress_type, same.external_attr = ZIP_DEFLATED, 0o644 << 16
            target.writestr(same, content)
    return made.getvalue()
