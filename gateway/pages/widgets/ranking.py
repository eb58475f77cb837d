"""A place for each option that the voter ranks. Places left out in between say nothing: the order counts."""

from collections import Counter
from typing import Any

from gateway.pages.widgets import Entered, Told, Words, by_option, is_alone, labels, whole
from services.polls.contract.kinds import Problem, Question

BY_OPTION = True


def read(question: Question, entered: Entered) -> list[str] | None:
    """Best first."""
    found = places(question, entered)
    return sorted(found, key=lambda option: found[option]) or None


def places(question: Question, entered: Entered) -> dict[str, int]:
    """Places by option, only those that are some."""
    read = {option: whole(text) for option, text in by_option(question, entered).items()}
    most = len(question["options"])
    return {option: place for option, place in read.items() if isinstance(place, int) and 1 <= place <= most}


def complaints(question: Question, entered: Entered) -> list[Problem]:
    found = places(question, entered)
    taken = Counter(found.values())
    problems = []
    for option in by_option(question, entered):
        if option not in found:
            problems.append(Problem(f"/{option}", "place_unknown", {"max": len(question["options"])}))
        elif taken[found[option]] > 1:
            problems.append(Problem(f"/{option}", "place_taken", {"place": found[option]}))
    return problems


def tell(question: Question, answer: Any, words: Words) -> Told:
    if any(is_alone(question, option) for option in answer):
        return Told([labels(question)[option] for option in answer])
    names, place = labels(question), words.gettext("No. %(n)s")
    return Told([f"{place % {'n': n}} {names[option]}" for n, option in enumerate(answer, 1)])
