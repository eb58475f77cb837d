"""Counting rules: one file a rule, found by itself. To add one, write `<rule>.py` here and its test.

A rule is pure: standard library only, no state, no floats. A question's definition chooses it: `counting` is an object with the
rule's name under `rule` and its parameters beside it. A question without `counting` has counts and no outcome.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Protocol, cast

from services.polls.contract.kinds import Problem, Question
from services.tally.contract.counting.exclusive import (
    Beside,
    electable,
    exclusive_options,
    restored,
    split,
)
from services.tally.contract.counting.outcome import Outcome
from services.tally.contract.counting.parameters import Parameters, check_parameters, settings
from services.tally.contract.counting.profiles import Counters, Profile
from services.tally.contract.counting.ties import Context, SeedMissing


class Rule(Protocol):
    """What a rule's module offers.

    NAME: as in definitions. KINDS: the question kinds whose ballots it can count. LIVE: whether the counters of a question
    are enough, so that live results can have an outcome. PARAMETERS: what may stand in `counting` beside the name.
    """

    NAME: str
    KINDS: tuple[str, ...]
    LIVE: bool
    PARAMETERS: Parameters

    def check_definition(self, question: Question) -> list[Problem]:
        """What keeps the question from being opened, besides a single parameter's value; pointers are the question's.
        Called only when every parameter is well formed.
        """

    def profile(self, question: Question) -> Profile:
        """An empty profile, to which all ballots are added."""

    def count(self, question: Question, profile: Any, context: Context) -> Outcome:
        """The outcome of a profile that `profile` has made; of a LIVE rule also of `Counters`. Raises SeedMissing."""


@cache
def rules() -> dict[str, Rule]:
    """All rules by name."""
    found = (import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__))
    return {module.NAME: cast("Rule", module) for module in found}


def check_counting(questions: Sequence[Question], ill_formed: Iterable[Problem] = ()) -> list[Problem]:
    """What is wrong with the counting of these questions, but those that `ill_formed` speaks of: rules take them to be well formed.
    Pointers start at the poll: `/questions/0/counting/budget`.
    """
    unclear = {problem.pointer.split("/")[2] for problem in ill_formed if problem.pointer.count("/") > 1}
    return [
        Problem(f"/questions/{n}{p.pointer}", p.code, p.params)
        for n, question in enumerate(questions)
        if question.get("counting") is not None and str(n) not in unclear
        for p in check_question(question)
    ]


def check_question(question: Question) -> list[Problem]:
    """What is wrong with one question's `counting`; pointers are the question's."""
    name = question["counting"].get("rule")
    rule = rules().get(name) if isinstance(name, str) else None
    if rule is None:
        return [Problem("/counting/rule", "unknown_counting_rule", {"allowed": sorted(rules())})]
    if question["kind"] not in rule.KINDS:
        return [Problem("/counting/rule", "rule_not_for_kind", {"allowed": list(rule.KINDS)})]
    return check_parameters(question, rule.PARAMETERS) or rule.check_definition(question)


def method(question: Question) -> dict[str, Any]:
    """The question's whole counting method: the rule's name and every parameter, defaults filled in."""
    return settings(question, rules()[question["counting"]["rule"]].PARAMETERS)


def new_profile(question: Question) -> Profile | None:
    """An empty profile for the recount; nothing for a question without `counting`."""
    if not question.get("counting"):
        return None
    rule = rules()[question["counting"]["rule"]]
    if not exclusive_options(question):
        return rule.profile(question)
    return Beside(question, rule.profile(electable(question)))


def count(question: Question, profile: Profile, context: Context) -> Outcome:
    """The outcome of all ballots. Raises SeedMissing when a draw is needed and `context` has no seed."""
    rule = rules()[question["counting"]["rule"]]
    if not isinstance(profile, Beside):
        return rule.count(question, profile, context)
    outcome = rule.count(electable(question), profile.inner, context)
    return restored(question, outcome, profile.votes)


def live_outcome(
    question: Question, counters: Mapping[str, int], ballots: int, context: Context
) -> Outcome | None:
    """The outcome so far, from the counters of the question's kind; nothing where the rule needs more than these, or a
    seed that nobody knows before the end.
    """
    if not question.get("counting"):
        return None
    rule = rules()[question["counting"]["rule"]]
    if not rule.LIVE:
        return None
    asked, own, votes = question, counters, Counter[str]()
    if exclusive_options(question):
        asked, (own, votes) = electable(question), split(question, counters)
    try:
        outcome = rule.count(asked, Counters(asked, own, ballots), context)
    except SeedMissing:
        return None
    return restored(question, outcome, votes) if asked is not question else outcome
