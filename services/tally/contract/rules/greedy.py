"""`greedy`: projects in the order of their votes, or of votes per cost, are funded while the budget lasts.

| parameter | meaning |
|---|---|
| `budget` | the limit, in the money of the projects' costs |
| `order` | `votes` (the default) or `votes_per_cost`; where ballots give points, points stand for votes |
| `unaffordable` | `skip` a project that does not fit and go on (the default), or `stop` at the first |
| `threshold` | support that a project needs, at least one vote unless said: `{"votes": n}`, `{"score": n}`, or a share of the ballots |
| `exclusive` | lists of projects of each of which only one is funded |
| `caps` | `[{"group", "projects", "budget"}]`: the most projects of a group or district, and the most money for it |
| `points` | points by place, for rankings: `[3, 2, 1]` |
"""

from collections.abc import Mapping
from typing import Any

from services.polls.contract.kinds import Problem, Question
from services.tally.contract.counting import projects as budget
from services.tally.contract.counting.ballots import option_ids
from services.tally.contract.counting.equal_shares import COST
from services.tally.contract.counting.funding import UTILITARIAN, fund
from services.tally.contract.counting.greedy import SKIP, STOP, VOTES, VOTES_PER_COST, Terms, greedy
from services.tally.contract.counting.outcome import Outcome
from services.tally.contract.counting.parameters import TIES, Parameter, invalid, one_of, settings, whole
from services.tally.contract.counting.profiles import Counters, Groups
from services.tally.contract.counting.thresholds import Wholes, least, threshold
from services.tally.contract.counting.ties import Context, Ties

NAME = "greedy"
KINDS = budget.KINDS
LIVE = True


def _known_options(question: Question, value: Any) -> list[Problem]:
    known = set(option_ids(question))
    fits = (
        isinstance(value, list) and len(value) > 1 and all(isinstance(o, str) and o in known for o in value)
    )
    return [] if fits else [Problem("", "unknown_option")]


def _cap(question: Question, value: Any) -> list[Problem]:
    if not isinstance(value, dict) or not value.keys() & {"projects", "budget"}:
        return invalid(allowed=["group", "projects", "budget"])
    if not value.keys() <= {"group", "projects", "budget"}:
        return invalid(allowed=["group", "projects", "budget"])
    groups = {option.get("group") for option in question["options"]} - {None}
    found = [] if value.get("group") in groups else [Problem("/group", "unknown_group")]
    for name in ("projects", "budget"):
        if name in value:
            found += [Problem(f"/{name}", p.code, p.params) for p in whole(0)(question, value[name])]
    return found


PARAMETERS = {
    "budget": budget.BUDGET,
    "order": Parameter(one_of(VOTES, VOTES_PER_COST), VOTES),
    "unaffordable": Parameter(one_of(SKIP, STOP), SKIP),
    "threshold": Parameter(threshold("votes", "score"), {"votes": 1}),
    "exclusive": Parameter(budget.each(_known_options, "list of options")),
    "caps": Parameter(budget.each(_cap, "cap")),
    "points": budget.SCALE,
    "ties": TIES,
}


def check_definition(question: Question) -> list[Problem]:
    return budget.check_costs(question)


def profile(question: Question) -> Groups:
    return Groups(question)


def count(question: Question, profile: Groups | Counters, context: Context) -> Outcome:
    """From `Groups` the outcome also says what the Method of Equal Shares would have funded."""
    method = settings(question, PARAMETERS)
    counted = profile.counters() if isinstance(profile, Groups) else profile
    everything, ties = budget.projects(question), Ties(question, method["ties"], context)
    votes = counted.votes()
    support = budget.support(question, counted, method.get("points"))
    reached = support if "score" in method["threshold"] else votes
    spending = greedy(everything, support, terms(method, counted.ballots, context), ties, reached)
    details: dict[str, Any] = {"budget": budget.money(method["budget"], spending.funded)}
    if isinstance(profile, Groups) and not method.keys() & {"exclusive", "caps"}:
        details["other"] = _other(question, method, profile, context)
    options = budget.outcomes(everything, spending.verdicts, votes, support)
    return Outcome(NAME, counted.ballots, options, spending.steps, ties.broken, details)


def terms(method: Mapping[str, Any], ballots: int, context: Context) -> Terms:
    return Terms(
        limit=method["budget"],
        order=method["order"],
        unaffordable=method["unaffordable"],
        least=least(method["threshold"], Wholes(ballots, ballots, context.roll_size)),
        exclusive=method.get("exclusive", ()),
        caps={cap["group"]: cap for cap in method.get("caps", ())},
    )


def _other(
    question: Question, method: Mapping[str, Any], profile: Groups, context: Context
) -> dict[str, Any]:
    """What the Method of Equal Shares funds with the same money: utility by cost, and what is left to the projects with
    most votes. One run: raising shares step by step can take minutes for many voters with long ballots.
    """
    ties = Ties(question, method["ties"], context)
    other = fund(budget.projects(question), profile, method["budget"], COST, UTILITARIAN, 1, ties)
    return {
        "rule": "equal_shares",
        "utility": COST,
        "completion": UTILITARIAN,
        "selected": [project.id for project in other.funded],
        "spent": budget.money(method["budget"], other.funded)["spent"],
    }
