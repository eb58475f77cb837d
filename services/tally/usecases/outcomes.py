"""What counted ballots come to, by the counting method of each question."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from services.polls.contract.kinds import Question
from services.tally.contract import rules
from services.tally.contract.counting.profiles import Profile
from services.tally.contract.counting.ties import Context
from services.tally.contract.rules.composite import SourceMissing
from services.tally.domain import Count, Facts, by_question


def new_profiles(questions: Sequence[Question]) -> dict[str, Profile]:
    """An empty profile for each question that is counted by a rule."""
    made = {question["id"]: rules.new_profile(question) for question in questions}
    return {question_id: profile for question_id, profile in made.items() if profile is not None}


def with_outcomes(facts: Facts, results: Sequence[Mapping[str, Any]], count: Count) -> list[dict[str, Any]]:
    """The results of the questions, those that are counted by a rule with `counting` and, where it can be told, `outcome`.

    A count with profiles is a final one. Without them there are only counters, which are enough for some rules; a draw
    needs a seed, and a composite result its other sources.
    """
    context = Context(seed=count.seed, roll_size=facts.roll_size)
    counters = by_question(count.counters)
    return [
        {**result, **_outcome(question, count, counters.get(question["id"], {}), context)}
        for question, result in zip(facts.questions, results, strict=True)
    ]


def _outcome(
    question: Question, count: Count, counters: Mapping[str, int], context: Context
) -> dict[str, Any]:
    if not question.get("counting"):
        return {}
    told: dict[str, Any] = {"counting": rules.method(question)}
    with suppress(SourceMissing):
        profile = count.profiles.get(question["id"])
        outcome = (
            rules.count(question, profile, context)
            if profile is not None
            else rules.live_outcome(question, counters, counters.get("", 0), context)
        )
        if outcome is not None:
            told["outcome"] = outcome.as_json()
    return told
