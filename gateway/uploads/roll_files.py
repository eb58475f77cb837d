"""Reading a voter-roll file row by row, in bounded memory; see `tables` for the files that are read, and for errors."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from gateway.errors import invalid
from gateway.uploads import tables

PHONE_COLUMNS = frozenset(("phone", "전화번호", "휴대폰", "휴대전화", "휴대폰번호", "휴대전화번호"))
FORMULA = "formula"
LONGEST_PHONE = 200
STRIPPED_MOBILE = re.compile(r"1[016789][0-9]{7,8}")


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the file, counted from 1 with the header. `reason`: why it is refused already here."""

    line: int
    phone: str
    reason: str | None = None


@dataclass(frozen=True)
class RollFile:
    """A file whose header is good. `total`: about how many rows it has, where that is known beforehand."""

    rows: Iterator[Row]
    total: int | None


def read_roll(file: BinaryIO, most_rows: int) -> RollFile:
    """Raises InvalidInput; iterating over the rows may raise it too, at the row that is one too many."""
    table = tables.read_table(file)
    column = phone_column(next(table.rows, (0, []))[1])
    total = None if table.lines is None else max(0, table.lines - 1)
    return RollFile(limited((made_row(line, cells, column) for line, cells in table.rows), most_rows), total)


def limited(rows: Iterator[Row], most_rows: int) -> Iterator[Row]:
    for count, row in enumerate(rows, start=1):
        if count > most_rows:
            raise invalid("/file", "file_too_many_rows", limit=most_rows)
        yield row


def phone_column(header: Sequence[str]) -> int:
    for number, name in enumerate(header):
        if tables.column_name(name) in PHONE_COLUMNS:
            return number
    raise invalid("/file", "file_no_phone_column")


def made_row(line: int, cells: Sequence[str], column: int) -> Row:
    text = cells[column].strip()[:LONGEST_PHONE] if column < len(cells) else ""
    if text.startswith(tables.FORMULA):
        return Row(line, "", FORMULA)
    return Row(line, f"0{text}" if STRIPPED_MOBILE.fullmatch(text) else text)
