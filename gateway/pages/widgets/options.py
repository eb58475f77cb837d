"""Options to tick, one or several."""

from typing import Any

from gateway.pages.widgets import Entered, Told, Words, labels, nothing, values
from services.polls.contract.kinds import Question

BY_OPTION = False
complaints = nothing


def read(question: Question, entered: Entered) -> list[str] | None:
    return values(question, entered) or None


def tell(question: Question, answer: Any, words: Words) -> Told:
    names = labels(question)
    return Told([names[option] for option in answer])
