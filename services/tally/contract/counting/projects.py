"""Projects of a budget vote: options with a cost, and what a definition must say of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.polls.contract.kinds import Problem, Question
from services.tally.contract.counting.ballots import RANKING, form_of
from services.tally.contract.counting.outcome import OptionOutcome, Reason, Score, number
from services.tally.contract.counting.parameters import MOST_MONEY, REQUIRED, Parameter, invalid, whole
from services.tally.contract.counting.profiles import Counted

KINDS = ("choice", "knapsack", "cumulative", "score", "ranking")


@dataclass(frozen=True, slots=True)
class Project:
    """`cost` in the smallest unit of money that the definition uses; `group` where projects have one."""

    id: str
    cost: int
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one project."""

    funded: bool
    reason: Reason


def projects(question: Question) -> list[Project]:
    return [Project(o["id"], o["cost"], o.get("group")) for o in question["options"]]


def check_costs(question: Question) -> list[Problem]:
    """A project without a cost cannot be counted against a budget. Exclusive options are no projects."""
    return [
        Problem(f"/options/{n}/cost", "cost_missing")
        for n, option in enumerate(question["options"])
        if option.get("cost") is None and not option.get("exclusive")
    ]


def spent(chosen: Sequence[Project]) -> int:
    return sum(project.cost for project in chosen)


def outcomes(
    everything: Sequence[Project],
    verdicts: Mapping[str, Verdict],
    votes: Mapping[str, int],
    scores: Mapping[str, Score],
) -> list[OptionOutcome]:
    """The outcome of every project in listed order."""
    return [
        OptionOutcome(p.id, votes[p.id], scores[p.id], verdicts[p.id].funded, verdicts[p.id].reason)
        for p in everything
    ]


def money(limit: int, chosen: Sequence[Project]) -> dict[str, Any]:
    """The `budget` of an outcome: the limit, and what the chosen projects cost together."""
    return {"limit": number(limit), "spent": number(spent(chosen))}


def place_scale(question: Question, given: Sequence[int] | None) -> list[int]:
    """Points by place of a ranking: as given, else k for the first of at most k ranked options, down to 1."""
    if given is not None:
        return list(given)
    most = question.get("max") or len(question["options"])
    return list(range(most, 0, -1))


def support(question: Question, profile: Counted, scale: Sequence[int] | None) -> dict[str, int]:
    """What greedy compares: points where ballots give points, points by place of rankings, else votes."""
    form = form_of(question)
    if form == RANKING:
        return profile.place_points(place_scale(question, scale))
    return profile.points() if form == "points" else profile.votes()


def scale_check(_question: Question, value: Any) -> list[Problem]:
    """Points by place: integers, none greater than the one before."""
    fits = (
        isinstance(value, list) and value and all(type(each) is int and 0 <= each <= 10**6 for each in value)
    )
    return [] if fits and value == sorted(value, reverse=True) else invalid(allowed=[[3, 2, 1]])


def each(
    check: Callable[[Question, Any], list[Problem]], name: str
) -> Callable[[Question, Any], list[Problem]]:
    """A check of every item of a list."""

    def checked(question: Question, value: Any) -> list[Problem]:
        if not isinstance(value, list) or len(value) > 500:
            return invalid(allowed=[name])
        return [
            Problem(f"/{n}{p.pointer}", p.code, p.params)
            for n, item in enumerate(value)
            for p in check(question, item)
        ]

    return checked


BUDGET = Parameter(whole(0, MOST_MONEY), REQUIRED)
SCALE = Parameter(scale_check)
