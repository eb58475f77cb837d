"""Free text."""

from typing import Any

from gateway.pages.widgets import Entered, Told, Words, nothing, values
from services.polls.contract.kinds import Question

BY_OPTION = False
complaints = nothing


def read(question: Question, entered: Entered) -> str | None:
    return next((value for value in values(question, entered)[:1] if value.strip()), None)


def tell(question: Question, answer: Any, words: Words) -> Told:
    return Told([str(answer).strip()])
