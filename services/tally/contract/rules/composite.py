"""`composite`: one ranking from several weighted sources, such as half citizens, four tenths committee, a tenth survey.

`sources` is a list of `{"name", "weight"}`; the source named `ballots` is this question's own support, the others are entered
beside the poll and stand in the context as scores by option. Weights are shares (`"50%"`, `"2/5"`) that add up to one. Before they
are weighted the scores of a source are brought to one scale, by `normalise`:

- `sum` (the default): an option's part of all that the source gives;
- `max`: in relation to the best option of the source;
- `rank`: m - p of m - 1 points at place p, equal scores sharing the points of their places.

A source that gives nothing to any option gives nobody anything; an option that a source does not name has 0 there. All exact.
With `budget` the options are projects, funded in the order of the combined score while they fit; else the best `winners` are chosen.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping
from fractions import Fraction
from typing import Any

from services.polls.contract.kinds import Problem, Question
from services.tally.contract.counting import projects as budget
from services.tally.contract.counting.ballots import RANKING, form_of, option_ids
from services.tally.contract.counting.outcome import OptionOutcome, Outcome, Reason, text
from services.tally.contract.counting.parameters import (
    REQUIRED,
    SEATS,
    TIES,
    Parameter,
    invalid,
    one_of,
    settings,
    share,
)
from services.tally.contract.counting.profiles import Counters
from services.tally.contract.counting.seats import Standing, elect
from services.tally.contract.counting.ties import Context, Ties

NAME = "composite"
KINDS = ("choice", "knapsack", "score", "cumulative", "ranking")
LIVE = False
BALLOTS = "ballots"
Scores = Mapping[str, Fraction]
_NAME = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff/]{1,80}")
"""A name is a segment of an address: it has no slash and no control character."""


class SourceMissing(Exception):
    """The scores of a source that the definition names have not been entered. `args[0]` is its name."""


def _sources(_question: Question, value: Any) -> list[Problem]:
    if not isinstance(value, list) or not 1 <= len(value) <= 20:
        return invalid(allowed=["name", "weight"])
    for n, source in enumerate(value):
        if not isinstance(source, dict) or source.keys() != {"name", "weight"}:
            return [Problem(f"/{n}", "parameter_invalid", {"allowed": ["name", "weight"]})]
        if not _is_name(source["name"]):
            return [Problem(f"/{n}/name", "parameter_invalid")]
        if share(source["weight"]) is None:
            return [Problem(f"/{n}/weight", "parameter_invalid", {"allowed": ["1/3", "50%"]})]
    if len({source["name"] for source in value}) < len(value):
        return [Problem("", "repeated_source")]
    return [] if sum(share(s["weight"]) or 0 for s in value) == 1 else [Problem("", "weights_not_one")]


def _is_name(name: Any) -> bool:
    """One line as everybody would type it again: composed (NFC), without spaces around it; no address has `.` or `..`."""
    if not isinstance(name, str) or not _NAME.fullmatch(name) or name in (".", ".."):
        return False
    return name == unicodedata.normalize("NFC", name.strip())


def entered_sources(question: Question) -> list[Mapping[str, str]]:
    """The sources of a question whose scores are entered beside the poll: none unless it is counted by this rule."""
    counting = question.get("counting") or {}
    if counting.get("rule") != NAME:
        return []
    return [source for source in counting["sources"] if source["name"] != BALLOTS]


PARAMETERS = {
    "sources": Parameter(_sources, REQUIRED),
    "normalise": Parameter(one_of("sum", "max", "rank"), "sum"),
    "winners": SEATS,
    "budget": Parameter(budget.BUDGET.check),
    "points": budget.SCALE,
    "ties": TIES,
}


def check_definition(question: Question) -> list[Problem]:
    problems = budget.check_costs(question) if "budget" in question["counting"] else []
    if form_of(question) == RANKING and "points" not in question["counting"]:
        problems.append(Problem("/counting/points", "parameter_missing"))
    return problems


def profile(question: Question) -> Counters:
    return Counters(question)


def count(question: Question, profile: Counters, context: Context) -> Outcome:
    """Raises SourceMissing."""
    method = settings(question, PARAMETERS)
    own = budget.support(question, profile, method.get("points"))
    given = _given(method, own, context)
    options = option_ids(question)
    parts = {name: normalise(scores, options, method["normalise"]) for name, scores in given.items()}
    weights = {s["name"]: share(s["weight"]) or Fraction(0) for s in method["sources"]}
    combined = combine(parts, weights, options)
    details = {"sources": [_shown(name, given[name], parts[name], weights[name]) for name in parts]}
    standing = Standing(profile.ballots, profile.votes(), combined, details)
    unwanted = [o for o in options if all(Fraction(each.get(o, 0)) <= 0 for each in given.values())]
    if "budget" not in method:
        return elect(question, standing, method, context, unwanted)
    return _funded(question, standing, method, context, unwanted)


def _given(
    method: Mapping[str, Any], own: Mapping[str, int], context: Context
) -> dict[str, Mapping[str, Any]]:
    names = [source["name"] for source in method["sources"]]
    missing = [name for name in names if name != BALLOTS and name not in context.sources]
    if missing:
        raise SourceMissing(missing[0])
    return {name: own if name == BALLOTS else context.sources[name] for name in names}


def normalise(scores: Mapping[str, Any], options: list[str], how: str) -> dict[str, Fraction]:
    """The scores of one source between 0 and 1; `scores` are integers, or exact numbers as text."""
    exact = {option: Fraction(scores.get(option, 0)) for option in options}
    if how == "rank":
        return {option: _by_rank(option, exact) for option in options}
    whole = sum(exact.values(), Fraction(0)) if how == "sum" else max(exact.values(), default=Fraction(0))
    return {option: score / whole if whole else Fraction(0) for option, score in exact.items()}


def _by_rank(option: str, exact: Scores) -> Fraction:
    others = len(exact) - 1
    beaten = sum(exact[option] > other for other in exact.values())
    level = sum(exact[option] == other for other in exact.values()) - 1
    return (beaten + Fraction(level, 2)) / others if others else Fraction(1)


def combine(
    parts: Mapping[str, Scores], weights: Mapping[str, Fraction], options: list[str]
) -> dict[str, Fraction]:
    """The weighted sum of the sources' normalised scores."""
    return {o: sum((weights[name] * parts[name][o] for name in parts), Fraction(0)) for o in options}


def _shown(name: str, given: Mapping[str, Any], part: Scores, weight: Fraction) -> dict[str, Any]:
    """`given`: what the source has given an option; `score`: that on the common scale."""
    shown = [{"id": o, "given": str(given.get(o, 0)), "score": text(score)} for o, score in part.items()]
    return {"name": name, "weight": text(weight), "options": shown}


def _funded(
    question: Question,
    standing: Standing,
    method: Mapping[str, Any],
    context: Context,
    unwanted: Collection[str],
) -> Outcome:
    """Every project in the order of the combined score, as long as it fits; but none that is `unwanted`."""
    everything, ties = budget.projects(question), Ties(question, method["ties"], context)
    by_score: dict[Fraction, list[str]] = {}
    for option, score in standing.scores.items():
        if option not in unwanted:
            by_score.setdefault(Fraction(score), []).append(option)
    by_id = {project.id: project for project in everything}
    left = method["budget"]
    chosen: list[budget.Project] = []
    options = {
        option: OptionOutcome(
            option, standing.votes[option], standing.scores[option], False, Reason("no_votes")
        )
        for option in unwanted
    }
    for score in sorted(by_score, reverse=True):
        level, before = by_score[score], len(chosen)
        for option in ties.order(level):
            fits = by_id[option].cost <= left
            left -= by_id[option].cost if fits else 0
            chosen += [by_id[option]] if fits else []
            figures = {"cost": by_id[option].cost, "left": left}
            reason = Reason("funded" if fits else "unaffordable", figures)
            options[option] = OptionOutcome(option, standing.votes[option], score, fits, reason)
        if 0 < len(chosen) - before < len(level):
            ties.break_tie(level, len(chosen) - before, score=text(score))
    details = {**standing.details, "budget": budget.money(method["budget"], chosen)}
    listed = [options[project.id] for project in everything]
    return Outcome(NAME, standing.ballots, listed, ties=ties.broken, details=details)
