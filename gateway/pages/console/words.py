"""Words of the edit form that other parts of the system own: counting rules and their parameters, and groups of voters."""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request

from gateway import i18n
from gateway.pages import labels
from gateway.pages.console.drafts import conditions, counting, options, questions
from gateway.pages.console.drafts.breakdowns import Names
from gateway.pages.console.drafts.fields import Words
from gateway.pages.questions import told_condition
from gateway.pages.rendering import Errors
from services.polls.contract.breakdown import DIMENSIONS
from services.tally.contract.rules import check_question, rules
from services.tally.contract.rules import method as whole_method
from services.tally.contract.sentences import Speech, en, ko, method

Choices = Sequence[tuple[str, str]]
CATALOGUES: Mapping[str, Any] = {"ko": ko, "en": en}


def breakdown_names(request: Request) -> Names:
    """What the reader's language calls every value that a result can be split by."""
    gettext = i18n.translations(request).gettext
    return {
        name: {value: gettext(labels.LABELS[f"by.{name}"][value]) for value in values}
        for name, values in DIMENSIONS.items()
    }


def counted_by(question: Mapping[str, Any], language: str) -> str:
    """How the question is counted, in one line; nothing where it only counts, or its rule is not fit to be used yet."""
    if not question.get("counting") or check_question(question):
        return ""
    said = {**question, "counting": whole_method(question)}
    return ", ".join(method(Speech.of(said, language), said["counting"]))


def asked_when(listed: Sequence[Mapping[str, Any]]) -> list[dict[str, Any] | None]:
    """Of each question when it is asked; nothing where it always is, or hangs on a question that there is none of."""
    places = {question["id"]: n for n, question in enumerate(listed)}
    found: list[dict[str, Any] | None] = []
    for question in listed:
        condition = question.get("show_if") or {}
        place = places.get(condition.get("question"))
        told = None if place is None else told_condition(condition, listed[place], place + 1)
        found.append(told)
    return found


def rule_choices(language: str, kind: str) -> Choices:
    """The counting rules that fit a kind of question, and what they are called."""
    return [(name, CATALOGUES[language].RULES[name]) for name in counting.fitting(kind)]


def rules_with(kind: str, parameter: str) -> list[str]:
    """The rules that fit the kind and have this parameter."""
    return [name for name in counting.fitting(kind) if parameter in rules()[name].PARAMETERS]


def parameter_choices(language: str, rule_names: Sequence[str], parameter: str, entered: str) -> Choices:
    """What a parameter can be. Left out it means what the rules have as its default, which stands first; written out only
    where the definition does.
    """
    said = CATALOGUES[language].PARAMETERS[parameter]
    usual = rules()[rule_names[0]].PARAMETERS[parameter].default
    first = [(usual if entered == usual else "", said[usual])]
    return first + [(name, said[name]) for name in counting.CHOICES[parameter] if name != usual]


def numbers_of_threshold(rule_names: Sequence[str], parameter: str) -> list[str]:
    """The numbers that a threshold or quorum can be given in: of ballots for a quorum, of points where there are any."""
    if parameter == "quorum":
        return ["ballots"]
    return ["votes", "score"] if "greedy" in rule_names else ["votes"]


def group_choices(listed: Sequence[Words], entered: str) -> Choices:
    """The groups that options have, and the one that is entered."""
    groups = ["", *options.values_of(list(listed), "group")]
    return [(group, group) for group in dict.fromkeys([*groups, entered])]


def option_choices(listed: Sequence[Words], entered: str) -> Choices:
    """The options by what they say, and the one that is entered."""
    known = [(option["id"], option["label"] or option["id"]) for option in listed]
    return known if entered in dict(known) else [(entered, entered), *known]


def is_shown(question: Words, listed: Sequence[Words], errors: Errors, here: str) -> bool:
    """Whether a question of the form stands open: the only one, one that was worked on, one with something wrong in it."""
    troubled = any(field == here or field.startswith(f"{here}-") for field, _ in errors.found)
    return len(listed) == 1 or question["shown"] or troubled


def kinds_words() -> dict[str, Any]:
    """What the templates of the form need to know of the kinds."""
    return {
        "of_kind_fields": lambda kind: questions.OF_KIND.get(kind, ()),
        "with_options": questions.WITH_OPTIONS,
        "with_limits": questions.WITH_LIMITS,
        "is_shown": is_shown,
        "tests_of": conditions.tests,
        "values_of": options.values_of,
        "group_choices": group_choices,
        "option_choices": option_choices,
        "fitting": counting.fitting,
        "rules_with": rules_with,
        "rule_choices": rule_choices,
        "parameter_choices": parameter_choices,
        "numbers_of": numbers_of_threshold,
        "kept_names": counting.kept_names,
    }
