"""`equal_shares`: the Method of Equal Shares (https://equalshares.net). Every voter gets the same part of the budget, and projects
are paid for by those who voted for them.

| parameter | meaning |
|---|---|
| `budget` | the limit, in the money of the projects' costs |
| `utility` | what a funded project is worth to its supporters: its `cost` (the default), or 1 (`cardinality`) |
| `completion` | `none`; `add1` (the default): everyone's share is raised step by step while the projects still fit; `add1u`: then what is left goes to the projects with most votes that fit; `utilitarian`: that at once, without raising |
| `increment` | one step of the raise, for each voter; a hundredth of the first share, and at least 1, unless said |
| `threshold` | votes that a project needs to be looked at: `{"votes": n}` or a share of the ballots; none unless said |

A ballot that shares out points, scores or ranks supports what it gives anything to. A raise by single units of money, as Pabulib's files mean it, is
hopeless in a currency of small units: each order in which projects can be funded between two raises costs a run.

There are no exclusive projects and no caps here, on purpose. The method spends the money of those who support a project; to strike one out because
another was funded, or because its district has had enough, leaves their money unspent or moves it to others by a further rule, and
what the method promises, that every group which agrees gets its share, no longer holds. Who needs them takes `greedy`, or makes one vote of each district.
"""

from collections.abc import Mapping
from typing import Any

from services.polls.contract.kinds import Problem, Question
from services.tally.contract.counting import projects as budget
from services.tally.contract.counting.equal_shares import CARDINALITY, COST
from services.tally.contract.counting.funding import ADD1, ADD1U, NONE, UTILITARIAN, fund
from services.tally.contract.counting.greedy import Terms, greedy
from services.tally.contract.counting.outcome import Outcome, number, text
from services.tally.contract.counting.parameters import MOST_MONEY, TIES, Parameter, one_of, settings, whole
from services.tally.contract.counting.profiles import Groups
from services.tally.contract.counting.thresholds import Wholes, least, threshold
from services.tally.contract.counting.ties import Context, Ties

NAME = "equal_shares"
PARTS = 100
"""A raise is so small a part of the first share, unless its size is given."""
KINDS = budget.KINDS
LIVE = False
PARAMETERS = {
    "budget": budget.BUDGET,
    "utility": Parameter(one_of(COST, CARDINALITY), COST),
    "completion": Parameter(one_of(NONE, ADD1, ADD1U, UTILITARIAN), ADD1),
    "increment": Parameter(whole(1, MOST_MONEY)),
    "threshold": Parameter(threshold("votes")),
    "ties": TIES,
}


def check_definition(question: Question) -> list[Problem]:
    return budget.check_costs(question)


def profile(question: Question) -> Groups:
    return Groups(question)


def count(question: Question, profile: Groups, context: Context) -> Outcome:
    method = settings(question, PARAMETERS)
    everything, ties = budget.projects(question), Ties(question, method["ties"], context)
    increment = method.get("increment") or step(method["budget"], profile.ballots)
    found = fund(
        everything,
        profile,
        method["budget"],
        method["utility"],
        method["completion"],
        increment,
        ties,
        needed(method, profile.ballots, context),
    )
    details = {
        "budget": {
            **budget.money(method["budget"], found.funded),
            "share": text(found.share),
            "raised": number(found.raised),
            "increment": increment,
        },
        "other": _other(question, method, found.votes, context),
    }
    options = budget.outcomes(everything, found.verdicts, found.votes, found.votes)
    return Outcome(NAME, profile.ballots, options, found.rounds, ties.broken, details)


def step(limit: int, ballots: int) -> int:
    """One raise of everybody's share, in whole units of money, where the definition does not say how much that is."""
    return max(1, limit // (PARTS * max(1, ballots)))


def needed(method: Mapping[str, Any], ballots: int, context: Context) -> int:
    """The least number of votes that a project needs."""
    wholes = Wholes(ballots, ballots, context.roll_size)
    return least(method["threshold"], wholes) if "threshold" in method else 0


def _other(
    question: Question, method: Mapping[str, Any], votes: Mapping[str, int], context: Context
) -> dict[str, Any]:
    """What greedy by votes funds with the same money, going past what does not fit."""
    ties = Ties(question, method["ties"], context)
    spending = greedy(budget.projects(question), votes, Terms(method["budget"]), ties)
    return {
        "rule": "greedy",
        "order": "votes",
        "unaffordable": "skip",
        "selected": [project.id for project in spending.funded],
        "spent": budget.money(method["budget"], spending.funded)["spent"],
    }
