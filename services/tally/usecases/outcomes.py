"""What counted ballots come to, by the counting method of each question."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.polls.contract.kinds import Question
from services.tally.contract import rules
from services.tally.contract.counting.profiles import Profile
from services.tally.contract.counting.ties import Context
from services.tally.domain import Count, Entered, Facts, by_question

_ORIGIN = ("entered_by", "entered_at", "salt", "commitment")


def new_profiles(questions: Sequence[Question]) -> dict[str, Profile]:
    """An empty profile for each question that is counted by a rule."""
    made = {question["id"]: rules.new_profile(question) for question in questions}
    return {question_id: profile for question_id, profile in made.items() if profile is not None}


def with_outcomes(facts: Facts, results: Sequence[Mapping[str, Any]], count: Count) -> list[dict[str, Any]]:
    """The results of the questions, those that are counted by a rule with `counting` and, where it can be told, `outcome`.

    A count with profiles is a final one. Without them there are only counters, which are enough for some rules; a draw
    needs a seed, and a composite result its other sources. Raises SourceMissing for a final count without these.
    """
    counters = by_question(count.counters)
    return [
        {**result, **_outcome(question, count, counters.get(question["id"], {}), facts.roll_size)}
        for question, result in zip(facts.questions, results, strict=True)
    ]


def _outcome(
    question: Question, count: Count, counters: Mapping[str, int], roll_size: int | None
) -> dict[str, Any]:
    if not question.get("counting"):
        return {}
    entered = count.sources.get(question["id"], [])
    scores = {one["source"]: one["scores"] for one in entered}
    context = Context(seed=count.seed, roll_size=roll_size, sources=scores)
    told: dict[str, Any] = {"counting": rules.method(question)}
    profile = count.profiles.get(question["id"])
    outcome = (
        rules.count(question, profile, context)
        if profile is not None
        else rules.live_outcome(question, counters, counters.get("", 0), context)
    )
    if outcome is not None:
        told["outcome"] = _with_origins(outcome.as_json(), entered)
    return told


def _with_origins(outcome: dict[str, Any], entered: Sequence[Entered]) -> dict[str, Any]:
    """Who entered the sources of a composite outcome, and when, beside their scores."""
    if not entered:
        return outcome
    origins = {one["source"]: {name: one[name] for name in _ORIGIN} for one in entered}
    sources = [{**source, **origins.get(source["name"], {})} for source in outcome["sources"]]
    return {**outcome, "sources": sources}
