"""Funding projects by the Method of Equal Shares and its completions, with the reasons."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from services.tally.contract.counting.completion import add1
from services.tally.contract.counting.equal_shares import Electorate, Run, run
from services.tally.contract.counting.outcome import Reason, number, text
from services.tally.contract.counting.profiles import Groups
from services.tally.contract.counting.projects import Project, Verdict
from services.tally.contract.counting.seats import below_threshold
from services.tally.contract.counting.ties import Ties

NONE, ADD1, ADD1U, UTILITARIAN = "none", "add1", "add1u", "utilitarian"


@dataclass
class Funding:
    """`funded` in the order of funding; `share`: what each voter had; `raised`: by how much that was more than an equal share."""

    votes: dict[str, int]
    share: Fraction
    raised: int = 0
    funded: list[Project] = field(default_factory=list)
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    rounds: list[dict[str, Any]] = field(default_factory=list)


def fund(
    everything: Sequence[Project],
    profile: Groups,
    limit: int,
    utility: str,
    completion: str,
    increment: int,
    ties: Ties,
    least: int = 0,
) -> Funding:
    """The projects that the method funds. A project that costs more than the limit, or that fewer than `least` voters support, is left out
    from the beginning.
    """
    voters = profile.ballots
    electorate = Electorate.of([project.cost for project in everything], profile.approved(), max(1, voters))
    votes = {project.id: n for project, n in zip(everything, electorate.votes, strict=True)}
    electorate = _with_support(electorate, least)
    silent, recording = _tie_breakers(everything, ties)
    raised = 0
    if completion in (ADD1, ADD1U) and voters:
        _, raised = add1(electorate, limit, utility, increment, silent)
    found = run(electorate, limit, raised, utility, recording)
    funding = Funding(votes, Fraction(limit, max(1, voters)) + raised, raised)
    _note_purchases(everything, found, funding)
    left = limit - sum(project.cost for project in funding.funded)
    for n, project in enumerate(everything):
        if project.id not in funding.verdicts:
            reason = _missed(project, n, found, funding, limit)
            if 0 < votes[project.id] < least:
                reason = below_threshold(votes[project.id], least)
            funding.verdicts[project.id] = Verdict(False, reason)
    if completion in (ADD1U, UTILITARIAN):
        _complete(everything, left, funding, ties, least)
    return funding


def _with_support(electorate: Electorate, least: int) -> Electorate:
    """The same voters, who support only those projects that so many of them support."""
    enough = {n for n, votes in enumerate(electorate.votes) if votes >= least}
    if len(enough) == len(electorate.votes):
        return electorate
    kept = (tuple(p for p in approved if p in enough) for approved in electorate.sets)
    return Electorate.of(electorate.costs, zip(kept, electorate.weights, strict=True), electorate.voters)


def _tie_breakers(
    everything: Sequence[Project], ties: Ties
) -> tuple[Callable[[Sequence[int]], int], Callable[[Sequence[int]], int]]:
    number_of = {project.id: n for n, project in enumerate(everything)}

    def silent(tied: Sequence[int]) -> int:
        return number_of[ties.order(everything[n].id for n in tied)[0]]

    def recording(tied: Sequence[int]) -> int:
        return number_of[ties.break_tie((everything[n].id for n in tied), step="equal_shares")[0]]

    return silent, recording


def _note_purchases(everything: Sequence[Project], found: Run, funding: Funding) -> None:
    for purchase in found.purchases:
        project = everything[purchase.project]
        funding.funded.append(project)
        figures = {
            "place": len(funding.funded),
            "cost": number(project.cost),
            "price": text(purchase.price),
            "payers": purchase.payers,
        }
        funding.verdicts[project.id] = Verdict(True, Reason("funded_by_supporters", figures))
        funding.rounds.append({"option": project.id, "step": "equal_shares", **figures})


def _missed(project: Project, n: int, found: Run, funding: Funding, limit: int) -> Reason:
    votes = funding.votes[project.id]
    if not votes:
        return Reason("no_votes")
    if project.cost > limit:
        return Reason("above_budget", {"cost": number(project.cost), "budget": number(limit)})
    available = found.left.get(n, Fraction(0))
    figures = {
        "votes": votes,
        "cost": number(project.cost),
        "available": text(available),
        "short": text(project.cost - available),
    }
    return Reason("supporters_short", figures)


def _complete(everything: Sequence[Project], left: int, funding: Funding, ties: Ties, least: int) -> None:
    """What is left goes to the remaining projects with most votes that fit (utilitarian completion)."""
    waiting: dict[int, list[str]] = {}
    for project in everything:
        if not funding.verdicts[project.id].funded and funding.votes[project.id] >= max(1, least):
            waiting.setdefault(funding.votes[project.id], []).append(project.id)
    by_id = {project.id: project for project in everything}
    for votes in sorted(waiting, reverse=True):
        level, before = waiting[votes], len(funding.funded)
        for option in ties.order(level):
            left = _complete_one(by_id[option], left, funding)
        if 0 < len(funding.funded) - before < len(level):
            ties.break_tie(level, len(funding.funded) - before, step="completion", score=votes)


def _complete_one(project: Project, left: int, funding: Funding) -> int:
    """Funds the project if it fits; returns what is left."""
    if project.cost > left:
        figures = {"cost": number(project.cost), "left": number(left), "short": number(project.cost - left)}
        funding.verdicts[project.id] = Verdict(False, Reason("unaffordable", figures))
        return left
    funding.funded.append(project)
    figures = {
        "place": len(funding.funded),
        "cost": number(project.cost),
        "left": number(left - project.cost),
    }
    funding.verdicts[project.id] = Verdict(True, Reason("funded", figures))
    funding.rounds.append({"option": project.id, "step": "completion", **figures})
    return left - project.cost
