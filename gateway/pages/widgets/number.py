"""One number."""

import re
from typing import Any

from gateway import formats
from gateway.pages.widgets import Entered, Told, Words, nothing, plain, values, whole
from services.polls.contract.kinds import Question

BY_OPTION = False
THOUSANDS = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d*)?", re.ASCII)
complaints = nothing


def read(question: Question, entered: Entered) -> int | str | None:
    """Commas between thousands are let go; what is no whole number stays text, which the rules read exactly."""
    text = next((plain(value) for value in values(question, entered)), "")
    if THOUSANDS.fullmatch(text):
        text = text.replace(",", "")
    return whole(text) if text else None


def tell(question: Question, answer: Any, words: Words) -> Told:
    head, dot, tail = str(answer).partition(".")
    whole_part = formats.number_text(int(head)) if head.lstrip("-").isdigit() else head
    sign = "-" if head.startswith("-") and not whole_part.startswith("-") else ""
    return Told([f"{sign}{whole_part}{dot}{tail}"])
