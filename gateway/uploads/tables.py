"""Tables in files, row by row, in bounded memory: CSV (UTF-8 with or without BOM, CP949) and XLSX.

Everything here blocks, so it runs in a worker thread.  Whatever is wrong with a file is an InvalidInput at `/file`;
no content of the file is ever part of it.
"""

import codecs
import csv
import io
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

import openpyxl

from gateway.errors import invalid
from services.common.errors import InvalidInput

ENCODINGS = ("utf-8-sig", "cp949")
DELIMITERS = ",;\t"
FORMULA = "="
"""Text that begins so is a formula: it is never evaluated."""
FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
"""What a spreadsheet may calculate: written into a table it gets an apostrophe before it, which is taken away when it is read."""
LONGEST_HEADER = 65_536
MOST_COLUMNS = 64
BLOCK = 1 << 20
MOST_UNPACKED = 600 << 20
MOST_SHARED_STRINGS = 128 << 20
MOST_PARTS = 2_000
MOST_TIMES_PACKED = 100
SMALL_PART = 1 << 20
_ZIP, _OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"

Line = tuple[int, list[str]]


@dataclass(frozen=True)
class Table:
    """Rows with something in them, each with the line it begins at, counted from 1; the first is the header.
    `lines`: about how many there are, where that is known beforehand.
    """

    rows: Iterator[Line]
    lines: int | None


def read_table(file: BinaryIO) -> Table:
    """Raises InvalidInput; iterating over the rows may raise it too."""
    file.seek(0)
    head = file.read(4)
    file.seek(0)
    if head == _ZIP:
        return read_xlsx(file)
    if head == _OLD_EXCEL:
        raise invalid("/file", "file_old_excel")
    return read_csv(file)


def column_name(cell: str) -> str:
    """A header's cell without what people write differently: case, spaces, composed or decomposed Hangul."""
    return "".join(unicodedata.normalize("NFC", cell).casefold().split())


# --- CSV ------------------------------------------------------------------------------------------------------------------


def read_csv(file: BinaryIO) -> Table:
    encoding, lines = encoding_of(file)
    text = io.TextIOWrapper(cast("BinaryIO", Unclosable(file)), encoding, newline="")
    header = text.readline(LONGEST_HEADER)
    text.seek(0)
    reader = csv.reader(text, delimiter=delimiter_of(header), strict=True)
    return Table(csv_rows(reader), lines)


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


def csv_rows(reader: Any) -> Iterator[Line]:
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


def read_xlsx(file: BinaryIO) -> Table:
    """Only the first sheet is read. Formulas are never evaluated: what counts must stand there itself."""
    with damaged_or_not():
        check_archive(file)
        book = openpyxl.load_workbook(file, read_only=True, data_only=False, keep_links=False)
        sheet: Any = book.worksheets[0]
        claimed = sheet.max_row
    return Table(sheet_rows(sheet), claimed)


@contextmanager
def damaged_or_not() -> Iterator[None]:
    """Turns every way in which a workbook can be missing parts, damaged, encrypted or malicious into one sentence."""
    try:
        yield
    except InvalidInput:
        raise
    except Exception:  # noqa: BLE001 - openpyxl, zipfile, zlib and the XML parser each raise what they like
        raise invalid("/file", "file_damaged") from None


def sheet_rows(sheet: Any) -> Iterator[Line]:
    """Rows with something in them, whatever size the sheet says it has."""
    with damaged_or_not():
        sheet.reset_dimensions()
        for line, cells in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS), start=1):
            if any(cell.value is not None for cell in cells):
                yield line, texts_of(cells)


def texts_of(cells: Sequence[Any]) -> list[str]:
    return [text_of(cell) for cell in cells]


def text_of(cell: Any) -> str:
    """A cell as a person reads it; whole numbers without a fraction. A formula is marked as one, whatever it is."""
    value = cell.value
    if getattr(cell, "data_type", None) == "f":
        return FORMULA
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value)


def check_archive(file: BinaryIO) -> None:
    """Refuses what would unpack to far more than a table needs, before anything is unpacked."""
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
