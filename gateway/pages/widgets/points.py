"""Points shared out among the options; an empty field is none."""

from typing import Any

from gateway import formats
from gateway.pages.widgets import Entered, Told, Words, by_option, is_alone, labels, nothing, whole
from services.polls.contract.kinds import Question, cumulative

BY_OPTION = True
complaints = nothing


def read(question: Question, entered: Entered) -> dict[str, int | str] | None:
    given = {option: whole(text) for option, text in by_option(question, entered).items()}
    return {option: points for option, points in given.items() if points != 0} or None


def tell(question: Question, answer: Any, words: Words) -> Told:
    if any(is_alone(question, option) for option in answer):
        return Told([labels(question)[option] for option in answer])
    names, many = labels(question), words.gettext("%(n)s points")
    given = sorted(answer.items(), key=lambda each: -each[1])
    lines = [f"{names[option]}: {many % {'n': formats.number_text(points)}}" for option, points in given]
    _, most = cumulative.limits(question)
    shared = {"n": formats.number_text(sum(answer.values())), "most": formats.number_text(most)}
    return Told(lines, words.gettext("%(n)s of %(most)s points shared out") % shared)
