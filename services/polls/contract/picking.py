"""What the kinds have in common in which options are picked: known ones, each once, exclusive ones alone, group limits."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.polls.contract.kinds import Problem, Question
from services.polls.contract.limits import broken, check_limits

Options = Mapping[str, Mapping[str, Any]]


def by_id(question: Question) -> Options:
    return {option["id"]: option for option in question["options"]}


def ordinary(question: Question) -> list[Mapping[str, Any]]:
    """The options that can be picked together with others."""
    return [option for option in question["options"] if not option.get("exclusive")]


def check_options(question: Question, fewest: int = 2) -> list[Problem]:
    """What is wrong with the options to pick from: too few, or none but exclusive ones."""
    if len(question["options"]) < fewest:
        return [Problem("/options", "too_few_options", {"least": fewest})]
    return [] if ordinary(question) else [Problem("/options", "only_exclusive_options")]


def check_numbers(question: Question, least: int, most: int) -> list[Problem]:
    """Whether between `least` and `most` of the options can be picked at all, within the group limits."""
    available = len(ordinary(question))
    if not 0 <= least <= most <= available or most == 0:
        return [Problem("/max", "limits_impossible", {"min": least, "max": most, "options": available})]
    return check_limits(question, least, most)


def check_list(question: Question, answer: Any, least: int, most: int) -> list[Problem]:
    """What keeps this list from being a pick of between `least` and `most` options."""
    if not isinstance(answer, list) or not all(isinstance(item, str) for item in answer):
        return [Problem("", "not_a_list_of_options")]
    options = by_id(question)
    problems = [Problem(f"/{n}", "unknown_option") for n, item in enumerate(answer) if item not in options]
    if len(set(answer)) != len(answer):
        problems.append(Problem("", "repeated_option"))
    return problems + check_picked(question, options, answer, least, most)


def check_picked(
    question: Question, options: Options, picked: Sequence[str], least: int, most: int
) -> list[Problem]:
    """What is wrong with picking just these; names that are no options are passed over."""
    alone = [options[name] for name in picked if name in options and options[name].get("exclusive")]
    if alone:
        with_others = len(picked) > 1
        return [Problem("", "exclusive_not_alone", {"option": alone[0]["label"]})] if with_others else []
    problems = []
    if len(picked) < least:
        problems.append(Problem("", "too_few_choices", {"min": least, "given": len(picked)}))
    if len(picked) > most:
        problems.append(Problem("", "too_many_choices", {"max": most, "given": len(picked)}))
    if question.get("limits"):
        problems += broken(question, [options[name] for name in picked if name in options])
    return problems


def in_order(question: Question, picked: Any) -> list[str]:
    """The picked options in the definition's order, so that equal votes look equal."""
    names = set(picked)
    return [option["id"] for option in question["options"] if option["id"] in names]
