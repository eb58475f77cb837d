"""Reading the scores of a source of a composite result from a file: CSV or XLSX (see `tables`), an option and its score a line."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

from gateway.errors import invalid
from gateway.uploads.tables import column_name, read_table
from services.tally.contract.counting.scores import exact

OPTION_COLUMNS = frozenset(
    [
        "option",
        "id",
        "project_id",
        "label",
        "name",
        "보기",
        "선택지",
        "번호",
        "사업번호",
        "사업",
        "사업명",
        "제목",
        "이름",
    ]
)
SCORE_COLUMNS = frozenset(
    ["score", "scores", "points", "votes", "점수", "득점", "평점", "표", "득표", "득표수"]
)
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
Option = Mapping[str, Any]


def read_scores(file: BinaryIO, options: Sequence[Option]) -> dict[str, str]:
    """Scores by option id. A line names an option of the question by its id or its label. Raises InvalidInput: at `/file`, with
    the line; whether every option has a score is not judged here.
    """
    rows = read_table(file).rows
    columns = _columns(next(rows, (0, []))[1])
    names, found = _by_name(options), dict[str, str]()
    for line, cells in rows:
        name, score = (cells[column].strip() if column < len(cells) else "" for column in columns)
        option = names.get(unicodedata.normalize("NFC", name))
        if option is None:
            raise invalid("/file", "file_unknown_option", line=line)
        if option in found:
            raise invalid("/file", "file_repeated_option", line=line)
        text = exact(score.replace(",", "") if _THOUSANDS.fullmatch(score) else score)
        if text is None:
            raise invalid("/file", "file_bad_score", line=line)
        found[option] = text
    return found


def _columns(header: Sequence[str]) -> tuple[int, int]:
    """Where the option and the score stand: the first column of either name."""
    names = [column_name(cell) for cell in header]
    for wanted, code in ((OPTION_COLUMNS, "file_no_option_column"), (SCORE_COLUMNS, "file_no_score_column")):
        if not wanted & set(names):
            raise invalid("/file", code)
    return _first(names, OPTION_COLUMNS), _first(names, SCORE_COLUMNS)


def _first(names: Sequence[str], wanted: frozenset[str]) -> int:
    return next(n for n, name in enumerate(names) if name in wanted)


def _by_name(options: Sequence[Option]) -> dict[str, str]:
    """Ids by what may stand for them; a label that several options have stands for none, an id always for its own."""
    labels = [option["label"] for option in options]
    named = {option["label"]: option["id"] for option in options if labels.count(option["label"]) == 1}
    return named | {option["id"]: option["id"] for option in options}
