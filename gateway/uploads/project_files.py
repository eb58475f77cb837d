"""Reading the projects of a budget vote from a file: CSV, XLSX (see `tables`) or Pabulib `.pb` (https://pabulib.org/format).

Whatever is wrong with the whole file is an InvalidInput at `/file`; what is wrong with one line is told by its number.
"""

import csv
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from gateway.errors import invalid
from gateway.uploads import tables
from gateway.uploads.amounts import unit_of, whole_amount

MOST_PROJECTS = 500
LONGEST = {"label": 500, "description": 4_000, "group": 80, "category": 80}
MOST_LINES_OF_PB = 20_000
"""Of head and projects together; votes are not read."""
COLUMNS: Mapping[str, frozenset[str]] = {
    "id": frozenset(["id", "project_id", "번호", "사업번호", "연번", "순번", "no", "no.", "식별자"]),
    "label": frozenset(
        ["name", "label", "title", "project", "사업명", "사업", "사업이름", "제목", "이름", "명칭", "항목"]
    ),
    "cost": frozenset(
        ["cost", "budget", "price", "사업비", "비용", "예산", "예산액", "금액", "소요예산", "사업예산"]
    ),
    "group": frozenset(
        ["group", "district", "region", "place", "지역", "자치구", "구", "장소", "위치", "사업위치", "그룹"]
    ),
    "category": frozenset(["category", "field", "topic", "분야", "분류", "유형"]),
    "description": frozenset(["description", "details", "설명", "내용", "사업내용", "사업개요", "개요"]),
    "exclusive": frozenset(["exclusive", "단독", "단독선택"]),
}
_UNIT = re.compile(r"\(([^()]*)\)$")
_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")
_BLANKS = re.compile(r"\s+")
_TRUE = frozenset(("1", "y", "yes", "true", "o", "예", "네", "단독"))
_SECTIONS = ("meta", "projects", "votes")

Option = dict[str, Any]
Line = tuple[int, Mapping[str, str]]


@dataclass
class ProjectFile:
    """What a file holds. `options` as a definition takes them; `budget` where the file says one; of each line that was not
    taken the reason: `rejected` as `(line, reason)`, `duplicates` as `(line, first line with that id)`.
    """

    options: list[Option] = field(default_factory=list)
    budget: int | None = None
    rejected: list[tuple[int, str]] = field(default_factory=list)
    duplicates: list[tuple[int, int]] = field(default_factory=list)


class Refused(Exception):
    """A line that cannot be taken; `args[0]` is the reason."""


def read_projects(file: BinaryIO) -> ProjectFile:
    """Raises InvalidInput; also when there is not one project that can be taken, naming the first lines and why."""
    found, pabulib = ProjectFile(), is_pabulib(file)
    lines = pabulib_lines(file, found) if pabulib else table_lines(tables.read_table(file))
    seen: dict[str, int] = {}
    for line, cells in lines:
        if len(found.options) + len(found.rejected) >= 2 * MOST_PROJECTS:
            raise invalid("/file", "file_too_many_rows", limit=MOST_PROJECTS)
        take(found, seen, line, cells, formulas=not pabulib)
    if len(found.options) > MOST_PROJECTS:
        raise invalid("/file", "file_too_many_rows", limit=MOST_PROJECTS)
    if not found.options:
        raise nothing_usable(found)
    give_ids(found.options)
    return found


def nothing_usable(found: ProjectFile) -> Exception:
    error = invalid("/file", "file_no_projects")
    error.errors.extend(
        {"pointer": "/file", "code": "project_line", "params": {"line": line, "reason": reason}}
        for line, reason in found.rejected[:20]
    )
    return error


def take(
    found: ProjectFile, seen: dict[str, int], line: int, cells: Mapping[str, str], *, formulas: bool
) -> None:
    """Adds the line's project, or the reason why it is not taken. `formulas`: whether what looks like one is one."""
    given = cells.get("id", "").strip()
    if given and given in seen:
        found.duplicates.append((line, seen[given]))
        return
    try:
        if formulas:
            refuse_formulas(cells)
        option = option_of(cells)
    except Refused as refused:
        found.rejected.append((line, str(refused)))
        return
    if given:
        seen[given] = line
    found.options.append({"id": given, **option})


def refuse_formulas(cells: Mapping[str, str]) -> None:
    """Raises Refused: what a spreadsheet would make of the cell is not known here."""
    if any(cells.get(name, "").strip().startswith(tables.FORMULA) for name in COLUMNS):
        raise Refused("formula")


def option_of(cells: Mapping[str, str]) -> Option:
    """Raises Refused."""
    option: Option = {name: tidy(cells.get(name, ""), lines=name == "description") for name in LONGEST}
    option["label"] = option["label"] or tidy(cells.get("id", "") if cells.get("named_by_id") else "")
    if not option["label"]:
        raise Refused("name_missing")
    for name, most in LONGEST.items():
        if len(option[name]) > most:
            raise Refused("too_long")
    made = {name: text for name, text in option.items() if text}
    if cells.get("cost", "").strip():
        made["cost"] = cost_of(cells)
    if cells.get("exclusive", "").strip().casefold() in _TRUE:
        made["exclusive"] = True
    return made


def cost_of(cells: Mapping[str, str]) -> int:
    cost = whole_amount(cells["cost"], unit_of(cells.get("cost_unit", "")))
    if cost is None:
        raise Refused("cost")
    return cost


def tidy(text: str, lines: bool = False) -> str:
    """What people write in a cell as the contract takes it; an apostrophe that keeps a spreadsheet from calculating goes."""
    text = unicodedata.normalize("NFC", text).strip()
    if text.startswith("'") and text[1:].startswith(tables.FORMULA_STARTS):
        text = text[1:]
    kept = "".join(
        c for c in text if c in "\n\t\r " or unicodedata.category(c) not in ("Cc", "Cs", "Zl", "Zp")
    )
    return (
        kept.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ") if lines else _BLANKS.sub(" ", kept)
    )


def give_ids(options: Sequence[Option]) -> None:
    """Ids that a definition can have: those of the file where they can be kept, else made from them, all different."""
    taken = {option["id"] for option in options if _ID.fullmatch(option["id"])}
    for n, option in enumerate(options, start=1):
        given = option["id"]
        if not _ID.fullmatch(given):
            option["id"] = free(plain_id(given) or f"p{n}", taken)
            taken.add(option["id"])


def plain_id(given: str) -> str:
    """`M/01/X` as `M-01-X`; nothing for what has letters that an id cannot have."""
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", given).strip("-") if given.isascii() else ""
    return plain[:36]


def free(wanted: str, taken: set[str]) -> str:
    name, n = wanted, 2
    while name in taken:
        name, n = f"{wanted}-{n}", n + 1
    return name


# --- CSV and XLSX ---------------------------------------------------------------------------------------------------------


def table_lines(table: tables.Table) -> Iterator[Line]:
    columns, unit = columns_of(next(table.rows, (0, []))[1])
    if "label" not in columns:
        raise invalid("/file", "file_no_name_column")
    for line, cells in table.rows:
        found = {name: cells[n] for name, n in columns.items() if n < len(cells)}
        if any(text.strip() for text in found.values()):
            yield line, {**found, "cost_unit": unit}


def columns_of(header: Sequence[str]) -> tuple[dict[str, int], str]:
    """Where each column is, and the unit of costs that its header says, as in `사업비(천원)`."""
    columns: dict[str, int] = {}
    unit = ""
    for n, cell in enumerate(header):
        written = tables.column_name(cell)
        in_brackets = _UNIT.search(written)
        plain = _UNIT.sub("", written)
        for name, names in COLUMNS.items():
            if plain in names and name not in columns:
                columns[name] = n
                unit = in_brackets[1] if name == "cost" and in_brackets else unit
    return columns, unit


# --- Pabulib --------------------------------------------------------------------------------------------------------------


def is_pabulib(file: BinaryIO) -> bool:
    """Whether it begins with the section META."""
    file.seek(0)
    head = file.read(1024).removeprefix(b"\xef\xbb\xbf").lstrip()
    file.seek(0)
    return head[:4].upper() == b"META" and head[4:].lstrip(b"; \t,")[:1] in (b"\r", b"\n")


def pabulib_lines(file: BinaryIO, found: ProjectFile) -> Iterator[Line]:
    """Projects of a `.pb` file; its budget goes into `found`. Votes are not read."""
    encoding, _ = tables.encoding_of(file)
    text = (raw.decode(encoding) for raw in file)
    section: str = ""
    header: list[str] = []
    reader = csv.reader(text, delimiter=";")
    for cells in bounded(reader):
        if cells[0].strip().casefold() in _SECTIONS and not any(cell.strip() for cell in cells[1:]):
            section, header = cells[0].strip().casefold(), []
            if section == "votes":
                return
        elif not header:
            header = [cell.strip().casefold() for cell in cells]
        elif section == "meta" and cells[0].strip().casefold() == "budget" and len(cells) > 1:
            found.budget = whole_amount(cells[1], 1)
        elif section == "projects":
            yield reader.line_num, project_cells(header, cells)


def bounded(reader: Any) -> Iterator[list[str]]:
    """Rows with something in them, not without end."""
    try:
        for cells in reader:
            if reader.line_num > MOST_LINES_OF_PB:
                raise invalid("/file", "file_too_many_rows", limit=MOST_PROJECTS)
            if any(cell.strip() for cell in cells):
                yield cells
    except csv.Error:
        raise invalid("/file", "file_bad_line", line=reader.line_num) from None


def project_cells(header: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    """A line by our names; the format writes `None` where there is nothing, and needs no name beside the id."""
    columns, _ = columns_of(header)
    found = {name: cells[n] for name, n in columns.items() if n < len(cells)}
    known = {name: "" if text.strip().casefold() == "none" else text for name, text in found.items()}
    if "category" in known:
        known["category"] = fitting(known["category"], LONGEST["category"])
    return {**known, "named_by_id": "yes"}


def fitting(listed: str, most: int) -> str:
    """As many items of a comma-separated list, from its beginning, as the length allows: the format names many categories."""
    while len(listed) > most and "," in listed:
        listed = listed.rpartition(",")[0]
    return listed
