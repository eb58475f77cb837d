"""`ranking`: between `min` (1) and `max` (all) of the options, best first, within the group limits."""

from typing import Any

from auditor.kinds import Counters, Question, limits, option_ids, percent
from auditor.picks import may_be_picked, together

NAME = "ranking"


def is_valid(question: Question, answer: Any) -> bool:
    if not isinstance(answer, list) or not all(isinstance(name, str) for name in answer):
        return False
    if len({*answer}) < len(answer) or not {*answer} <= {*option_ids(question)}:
        return False
    return may_be_picked(question, answer, *_places(question))


def _places(question: Question) -> tuple[int, int]:
    return limits(question, 1, len(together(question)))


def count(question: Question, counters: Counters, answer: Any, ballots: int) -> None:
    for place, name in enumerate(answer, start=1):
        counters[f"{name}={place}"] += ballots


def result(question: Question, counters: Counters, answered: int) -> dict[str, Any]:
    """`count`: first places; `places`: ballots that rank the option 1st, 2nd and so on."""
    _, most = _places(question)
    options = []
    for name in option_ids(question):
        places = [counters[f"{name}={place}"] for place in range(1, most + 1)]
        share = percent(places[0], answered)
        options.append({"id": name, "count": places[0], "share": share, "places": places})
    return {"options": options}
