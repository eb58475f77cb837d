"""A score for each option."""

from typing import Any

from gateway.pages.widgets import Entered, Told, Words, by_option, labels, nothing, whole
from services.polls.contract.kinds import Question

BY_OPTION = True
complaints = nothing


def read(question: Question, entered: Entered) -> dict[str, int | str] | None:
    return {option: whole(text) for option, text in by_option(question, entered).items()} or None


def tell(question: Question, answer: Any, words: Words) -> Told:
    names = labels(question)
    return Told([f"{names[option]}: {points}" for option, points in answer.items()])
