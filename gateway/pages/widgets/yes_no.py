"""For, against, abstain."""

from typing import Any

from gateway.pages.labels import YES_NO
from gateway.pages.widgets import Entered, Told, Words, nothing, values
from services.polls.contract.kinds import Question

BY_OPTION = False
complaints = nothing


def read(question: Question, entered: Entered) -> str | None:
    return next(iter(values(question, entered)), None)


def tell(question: Question, answer: Any, words: Words) -> Told:
    return Told([words.gettext(YES_NO[answer])])
