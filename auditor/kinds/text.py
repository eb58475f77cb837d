"""`text`: free text, in the record only as a salted hash, so that nothing but its presence can be counted."""

from typing import Any

from auditor.formats.encodings import unb64u
from auditor.kinds import Counters, Question

NAME = "text"


def is_valid(question: Question, answer: Any) -> bool:
    if not isinstance(answer, dict) or list(answer) != ["sha256"] or not isinstance(answer["sha256"], str):
        return False
    try:
        return len(unb64u(answer["sha256"])) == 32
    except ValueError:
        return False


def count(question: Question, counters: Counters, answer: Any, ballots: int) -> None:
    """Texts are not added up."""


def result(question: Question, counters: Counters, answered: int) -> dict[str, Any]:
    return {"options": []}
