"""Projects to tick, each with a cost, within a limit of money."""

from typing import Any

from gateway import formats
from gateway.pages.widgets import Entered, Told, Words, is_alone, nothing, values
from services.polls.contract.kinds import Question

BY_OPTION = False
NO_BREAK = "\u00a0"
complaints = nothing


def read(question: Question, entered: Entered) -> list[str] | None:
    return values(question, entered) or None


def tell(question: Question, answer: Any, words: Words) -> Told:
    chosen = [option for option in question["options"] if option["id"] in answer]
    lines = [line(option, words) for option in chosen]
    if any(is_alone(question, option) for option in answer):
        return Told(lines)
    money = {
        "sum": formats.won_text(sum(option.get("cost") or 0 for option in chosen), words.language),
        "budget": formats.won_text(question["budget"], words.language),
    }
    return Told(lines, words.gettext("%(sum)s in all, of %(budget)s") % money)


def line(option: Question, words: Words) -> str:
    """The sum is not broken at the end of a line."""
    cost = option.get("cost")
    if not cost:
        return str(option["label"])
    return f"{option['label']}: {formats.won_text(cost, words.language).replace(' ', NO_BREAK)}"
