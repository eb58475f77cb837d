"""Greedy budgeting: projects in the order of their support, each funded if it still fits."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import groupby
from typing import Any

from services.tally.contract.counting.outcome import Reason, number
from services.tally.contract.counting.projects import Project, Verdict
from services.tally.contract.counting.seats import below_threshold
from services.tally.contract.counting.ties import Ties

VOTES, VOTES_PER_COST = "votes", "votes_per_cost"
SKIP, STOP = "skip", "stop"


@dataclass(frozen=True)
class Terms:
    """How greedy spends. `least`: the support that a project needs. `exclusive`: sets of which one may be funded. `caps`:
    by group, the most `projects` and the most money (`budget`) that may go to it.
    """

    limit: int
    order: str = VOTES
    unaffordable: str = SKIP
    least: int = 1
    exclusive: Sequence[Sequence[str]] = ()
    caps: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


@dataclass
class Spending:
    """What is funded so far."""

    terms: Terms
    left: int
    funded: list[Project] = field(default_factory=list)
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    steps: list[dict[str, Any]] = field(default_factory=list)
    stopped_at: str | None = None
    _in_group: Counter[str] = field(default_factory=Counter)
    _group_money: Counter[str] = field(default_factory=Counter)

    def consider(self, project: Project) -> None:
        """Funds the project, or notes why not."""
        obstacle = self._obstacle(project)
        if obstacle is None:
            self._fund(project)
        else:
            self.verdicts[project.id] = Verdict(False, obstacle)
            if obstacle.code == "unaffordable" and self.terms.unaffordable == STOP:
                self.stopped_at = project.id
        step = {"option": project.id, "cost": number(project.cost), "left": number(self.left)}
        self.steps.append(step | {"funded": obstacle is None})

    def _fund(self, project: Project) -> None:
        self.left -= project.cost
        self.funded.append(project)
        if project.group is not None:
            self._in_group[project.group] += 1
            self._group_money[project.group] += project.cost
        figures = {"place": len(self.funded), "cost": number(project.cost), "left": number(self.left)}
        self.verdicts[project.id] = Verdict(True, Reason("funded", figures))

    def _obstacle(self, project: Project) -> Reason | None:
        if self.stopped_at is not None:
            return Reason("after_stop", {"stopped_at": self.stopped_at})
        rival = self._rival(project)
        if rival is not None:
            return Reason("excluded_by", {"option": rival})
        obstacle = self._group_obstacle(project)
        if obstacle is None and project.cost > self.left:
            obstacle = Reason("unaffordable", _short(project, self.left))
        return obstacle

    def _rival(self, project: Project) -> str | None:
        funded = {each.id for each in self.funded}
        rivals = (r for rule in self.terms.exclusive if project.id in rule for r in rule)
        return next((rival for rival in rivals if rival in funded and rival != project.id), None)

    def _group_obstacle(self, project: Project) -> Reason | None:
        cap = self.terms.caps.get(project.group) if project.group is not None else None
        if cap is None or project.group is None:
            return None
        if "projects" in cap and self._in_group[project.group] >= cap["projects"]:
            return Reason("group_full", {"group": project.group, "limit": cap["projects"]})
        left = cap.get("budget", self.left) - self._group_money[project.group]
        if "budget" in cap and project.cost > left:
            return Reason("group_unaffordable", {"group": project.group, **_short(project, left)})
        return None


def _short(project: Project, left: int) -> dict[str, Any]:
    return {"cost": number(project.cost), "left": number(left), "short": number(project.cost - left)}


def greedy(
    everything: Sequence[Project],
    support: Mapping[str, int],
    terms: Terms,
    ties: Ties,
    reached: Mapping[str, int] | None = None,
) -> Spending:
    """Considers every project with enough support, best first, and says what becomes of each. `reached` is held against the
    threshold where that is not the support itself.

    Support per cost is compared exactly; a project that costs nothing comes before all that cost something. A tie is
    recorded when equal projects fare differently.
    """
    spending = Spending(terms, terms.limit)
    reached = support if reached is None else reached
    supported = [project for project in everything if reached[project.id] >= terms.least]
    for project in everything:
        if reached[project.id] < terms.least:
            reason = below_threshold(reached[project.id], terms.least)
            spending.verdicts[project.id] = Verdict(False, reason)
    by_id = {project.id: project for project in everything}
    ranked = sorted(supported, key=lambda project: merit(project, support, terms.order), reverse=True)
    for value, group in groupby(ranked, key=lambda project: merit(project, support, terms.order)):
        level = [project.id for project in group]
        for option in ties.order(level):
            spending.consider(by_id[option])
        fates = {spending.verdicts[option].funded for option in level}
        if len(fates) > 1:
            funded = sum(spending.verdicts[option].funded for option in level)
            ties.break_tie(level, funded, score=number(value[1]))
    return spending


def merit(project: Project, support: Mapping[str, int], order: str) -> tuple[bool, Fraction | int]:
    """What projects are ordered by; the greater the better."""
    votes = support[project.id]
    if order == VOTES:
        return False, votes
    return (True, votes) if project.cost == 0 else (False, Fraction(votes, project.cost))
