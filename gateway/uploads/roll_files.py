"""Reading a voter-roll file row by row, in bounded memory: CSV (UTF-8 with or without BOM, CP949) and XLSX.

Everything here blocks, so it runs in a worker thread.  Whatever is wrong with a file is an InvalidInput at `/file`;
no content of the file is ever part of it.
"""

import codecs
import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO, cast
from xml.etree.ElementTree import ParseError

import openpyxl
from defusedxml.common import DefusedXmlException
from openpyxl.utils.exceptions import InvalidFileException

from gateway.errors import invalid
from services.common.errors import InvalidInput

PHONE_COLUMNS = frozenset(("phone", "전화번호", "휴대폰", "휴대전화", "휴대폰번호", "휴대전화번호"))
ENCODINGS = ("utf-8-sig", "cp949")
DELIMITERS = ",;\t"
FORMULA = "formula"
LONGEST_PHONE = 200
LONGEST_HEADER = 65_536
MOST_COLUMNS = 64
BLOCK = 1 << 20
MOST_UNPACKED = 600 << 20
MOST_SHARED_STRINGS = 128 << 20
MOST_PARTS = 2_000
MOST_TIMES_PACKED = 100
SMALL_PART = 1 << 20
STRIPPED_MOBILE = re.compile(r"1[016789][0-9]{7,8}")
_ZIP, _OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_UNREADABLE = (
    zipfile.BadZipFile,
    DefusedXmlException,
    ParseError,
    InvalidFileException,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    OSError,
    EOFError,
    NotImplementedError,
    RuntimeError,
)
"""What openpyxl, zipfile and the XML parser raise when a part is missing, damaged, encrypted or malicious."""


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
    """Raises InvalidInput; iterating over the rows may raise it too."""
    file.seek(0)
    head = file.read(4)
    file.seek(0)
    if head == _ZIP:
        return limited(read_xlsx(file), most_rows)
    if head == _OLD_EXCEL:
        raise invalid("/file", "file_old_excel")
    return limited(read_csv(file), most_rows)


def limited(roll: RollFile, most_rows: int) -> RollFile:
    """The same file, refused at the row that is one too many."""

    def rows() -> Iterator[Row]:
        for count, row in enumerate(roll.rows, start=1):
            if count > most_rows:
                raise invalid("/file", "file_too_many_rows", limit=most_rows)
            yield row

    return RollFile(rows(), roll.total)


# --- CSV ------------------------------------------------------------------------------------------------------------------


def read_csv(file: BinaryIO) -> RollFile:
    encoding, lines = encoding_of(file)
    text = io.TextIOWrapper(cast("BinaryIO", Unclosable(file)), encoding, newline="")
    header = text.readline(LONGEST_HEADER)
    text.seek(0)
    reader = csv.reader(text, delimiter=delimiter_of(header), strict=True)
    rows = csv_rows(reader)
    column = phone_column(next(rows, (0, []))[1])
    return RollFile((made_row(line, cells, column) for line, cells in rows), max(0, lines - 1))


def encoding_of(file: BinaryIO) -> tuple[str, int]:
    """The first encoding in which the whole file is valid text, and its number of lines."""
    for encoding in ENCODINGS:
        try:
            return encoding, count_lines(file, encoding)
        except UnicodeDecodeError:
            continue
    raise invalid("/file", "file_encoding")


def count_lines(file: BinaryIO, encoding: str) -> int:
    """Raises UnicodeDecodeError at the first byte that is not text in this encoding."""
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    lines, last = 0, "\n"
    while block := file.read(BLOCK):
        text = decoder.decode(block)
        if "\0" in text:
            raise invalid("/file", "file_not_text")
        lines, last = lines + text.count("\n"), text[-1:] or last
    decoder.decode(b"", final=True)
    file.seek(0)
    return lines + (last != "\n")


def delimiter_of(header: str) -> str:
    """The most frequent of the delimiters in the first line; a comma when there is only one column."""
    return max(DELIMITERS, key=header.count)


def csv_rows(reader: Any) -> Iterator[tuple[int, list[str]]]:
    """Rows with something in them, each with the line it begins at."""
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error:
        raise invalid("/file", "file_bad_line", line=line) from None


class Unclosable(io.BufferedIOBase):
    """Reads a file that somebody else closes: a text wrapper closes what it wraps when it goes."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        return self._file.read(-1 if size is None else size)

    def read1(self, size: int = -1, /) -> bytes:
        return self._file.read(BLOCK if size < 0 else size)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()


# --- XLSX -----------------------------------------------------------------------------------------------------------------


def read_xlsx(file: BinaryIO) -> RollFile:
    """Only the first sheet is read. Formulas are never evaluated: a phone must stand there itself."""
    with damaged_or_not():
        check_archive(file)
        book = openpyxl.load_workbook(file, read_only=True, data_only=False, keep_links=False)
        sheet: Any = book.worksheets[0]
        claimed = sheet.max_row
    rows = sheet_rows(sheet)
    column = phone_column([text_of(cell) for cell in next(rows, (0, ()))[1]])
    total = None if claimed is None else max(0, claimed - 1)
    return RollFile((cell_row(line, cells, column) for line, cells in rows), total)


@contextmanager
def damaged_or_not() -> Iterator[None]:
    """Turns every way in which a workbook can be bad into one sentence."""
    try:
        yield
    except InvalidInput:
        raise
    except _UNREADABLE:
        raise invalid("/file", "file_damaged") from None


def sheet_rows(sheet: Any) -> Iterator[tuple[int, Sequence[Any]]]:
    """Rows with something in them, whatever size the sheet says it has."""
    with damaged_or_not():
        sheet.reset_dimensions()
        for line, cells in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS), start=1):
            if any(cell.value is not None for cell in cells):
                yield line, cells


def check_archive(file: BinaryIO) -> None:
    """Refuses what would unpack to far more than a roll needs, before anything is unpacked."""
    with zipfile.ZipFile(file) as archive:
        parts = archive.infolist()
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise invalid("/file", "file_expands")
    for part in parts:
        if part.file_size > SMALL_PART and part.file_size > MOST_TIMES_PACKED * part.compress_size:
            raise invalid("/file", "file_expands")
        if part.filename.endswith("sharedStrings.xml") and part.file_size > MOST_SHARED_STRINGS:
            raise invalid("/file", "file_expands")
    file.seek(0)


def cell_row(line: int, cells: Sequence[Any], column: int) -> Row:
    if column < len(cells) and getattr(cells[column], "data_type", None) == "f":
        return Row(line, "", FORMULA)
    return made_row(line, [text_of(cell) for cell in cells], column)


def text_of(cell: Any) -> str:
    """A cell as a person reads it; whole numbers without a fraction."""
    value = cell.value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value)


# --- both -----------------------------------------------------------------------------------------------------------------


def phone_column(header: Sequence[str]) -> int:
    names = [unicodedata.normalize("NFC", name).strip().casefold().replace(" ", "") for name in header]
    for number, name in enumerate(names):
        if name in PHONE_COLUMNS:
            return number
    raise invalid("/file", "file_no_phone_column")


def made_row(line: int, cells: Sequence[str], column: int) -> Row:
    text = cells[column].strip()[:LONGEST_PHONE] if column < len(cells) else ""
    if text.startswith("="):
        return Row(line, "", FORMULA)
    return Row(line, f"0{text}" if STRIPPED_MOBILE.fullmatch(text) else text)
