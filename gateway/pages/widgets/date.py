"""One day, from a calendar or typed."""

import re
from typing import Any

from gateway import formats
from gateway.pages.widgets import Entered, Told, Words, nothing, plain, values
from services.polls.contract.kinds import Question

BY_OPTION = False
TYPED = re.compile(r"(\d{4})\s*[-./년]\s*(\d{1,2})\s*[-./월]\s*(\d{1,2})\s*[./일]?", re.ASCII)
complaints = nothing


def read(question: Question, entered: Entered) -> str | None:
    """`YYYY-MM-DD`, also of `2026. 5. 3.` and `2026년 5월 3일`; anything else stays as it is."""
    text = next((plain(value) for value in values(question, entered)), "")
    typed = TYPED.fullmatch(text)
    if typed:
        year, month, day = map(int, typed.groups())
        return f"{year:04}-{month:02}-{day:02}"
    return text or None


def tell(question: Question, answer: Any, words: Words) -> Told:
    return Told([formats.day_text(answer, words.language)])
