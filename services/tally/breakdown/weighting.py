"""Weighted shares of a question, as far as they do not give away what its tables suppress.

With weights that anybody can compute from the voters by one dimension, a weighted share is one more sum over a column of that
dimension's table: it is told only where the whole column is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from services.polls.contract.kinds import Question
from services.tally.breakdown import raking
from services.tally.breakdown.cohorts import Cohorts, Group
from services.tally.breakdown.frame import Frame
from services.tally.breakdown.tables import Counters, tables
from services.tally.contract import breakdown as codes

WEIGHTED_KINDS = ("choice", "yes_no", "knapsack", "cumulative", "ranking", "score")
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Weighting:
    """The weights of a poll, by groups of the dimensions `by`; or why there are none (`withheld`)."""

    by: Sequence[str]
    weights: raking.Weights
    withheld: str | None = None


def weigh(
    cohorts: Cohorts, frames: Mapping[str, Frame], margins: Mapping[str, Mapping[str, int]]
) -> Weighting | None:
    """The weights that these margins lead to; None when none are declared."""
    by = [dimension for dimension in cohorts.by if margins.get(dimension)]
    if not by:
        return None
    ballots = {group: n for group, n in project(cohorts, by, cohorts.voters).items() if known(group)}
    wanted = [margins[dimension] for dimension in by]
    withheld = _obstacle(ballots, [frames[dimension] for dimension in by], wanted)
    if withheld:
        return Weighting(by, {}, withheld)
    try:
        return Weighting(by, raking.rake(ballots, wanted))
    except raking.NotConverged:
        return Weighting(by, {}, codes.NOT_CONVERGED)


def _obstacle(
    ballots: Mapping[Group, int], frames: Sequence[Frame], margins: Sequence[Mapping[str, int]]
) -> str | None:
    if any(None in frame.told for frame in frames):
        return codes.SUPPRESSED
    for place, (frame, margin) in enumerate(zip(frames, margins, strict=True)):
        found = dict.fromkeys(margin, 0)
        for group, number in ballots.items():
            found[group[place]] = found.get(group[place], 0) + number
        if any(number and value not in margin for value, number in found.items()):
            return codes.NO_MARGIN
        if any(found[value] < frame.least for value in margin):
            return codes.TOO_FEW_BALLOTS
    return None


def known(group: Group) -> bool:
    return UNKNOWN not in group


def project(cohorts: Cohorts, by: Sequence[str], numbers: Mapping[Group, int]) -> dict[Group, int]:
    """Sums by the groups of fewer dimensions."""
    places = [cohorts.index(dimension) for dimension in by]
    found: dict[Group, int] = {}
    for group, number in numbers.items():
        short = tuple(group[place] for place in places)
        found[short] = found.get(short, 0) + number
    return found


def question_weighted(
    question: Question, cohorts: Cohorts, weighting: Weighting, told: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """`WeightedSchema` of one question, whose tables are `told`."""
    by = list(weighting.by)
    own = [table for table in told if table["by"] in by]
    answered = project(cohorts, by, {g: c.get((question["id"], ""), 0) for g, c in cohorts.counters.items()})
    used = {group: answered.get(group, 0) for group in weighting.weights}
    hidden = any(row["answered"] is None for table in own for row in table["rows"])
    reason = weighting.withheld or (codes.SUPPRESSED if hidden else None)
    if reason is None and not any(used.values()):
        reason = codes.TOO_FEW_BALLOTS
    if reason:
        return {"by": by, "withheld": reason}
    ballots, effective = sum(used.values()), raking.effective_size(weighting.weights, used)
    groups = _Groups(question, cohorts, weighting)
    return {
        "by": by,
        "ballots": ballots,
        "left_out": sum(answered.values()) - ballots,
        "effective": raking.text(effective, 1),
        "design_effect": raking.text(raking.EXACT.divide(Decimal(ballots), effective), 2),
        "options": groups.options(raking.weighted(weighting.weights, used), effective, own),
    }


class _Groups:
    """A question's tables by the groups that have weights."""

    def __init__(self, question: Question, cohorts: Cohorts, weighting: Weighting) -> None:
        self._weights = weighting.weights
        self._names = sorted(weighting.weights)
        counters = _counters(question, cohorts, weighting.by)
        self._tables = tables(question, [counters.get(name, {}) for name in self._names])

    def options(
        self, whole: Decimal, effective: Decimal, told: Sequence[Mapping[str, Any]]
    ) -> list[dict[str, Any]]:
        found = []
        for table in self._tables:
            of_table = [one for one in told if one.get("option") == table.option]
            sums = [self._sum(row[n] for row in table.counts) for n in range(len(table.columns))]
            if table.option is not None:
                shown = all(_shown(of_table, n) for n in range(len(table.columns)))
                points = zip(map(int, table.columns), sums, strict=True)
                found.append(
                    {"id": table.option, **(_mean(points, effective) if shown else {"withheld": True})}
                )
            else:
                found += [
                    {
                        "id": column,
                        **(_share(sums[n], whole, effective) if _shown(of_table, n) else {"withheld": True}),
                    }
                    for n, column in enumerate(table.columns)
                ]
        return found

    def _sum(self, counts: Any) -> Decimal:
        return raking.weighted(self._weights, dict(zip(self._names, counts, strict=True)))


def _counters(question: Question, cohorts: Cohorts, by: Sequence[str]) -> dict[Group, Counters]:
    places = [cohorts.index(dimension) for dimension in by]
    found: dict[Group, dict[str, int]] = {}
    for group, counters in cohorts.counters.items():
        own = found.setdefault(tuple(group[place] for place in places), {})
        for (of, name), number in counters.items():
            if of == question["id"]:
                own[name] = own.get(name, 0) + number
    return dict(found)


def _shown(told: Sequence[Mapping[str, Any]], column: int) -> bool:
    return all(row["counts"][column] is not None for table in told for row in table["rows"])


def _share(part: Decimal, whole: Decimal, effective: Decimal) -> dict[str, str]:
    share = raking.EXACT.divide(part, whole)
    margin = raking.margin_of_share(share, effective)
    return {"share": _percent(share), "margin": _percent(margin)}


def _percent(share: Decimal) -> str:
    return raking.text(raking.EXACT.multiply(share, Decimal(100)), 2)


def _mean(points: Any, effective: Decimal) -> dict[str, str]:
    mean, variance = raking.mean_and_variance(points)
    return {
        "mean": raking.text(mean, 2),
        "margin": raking.text(raking.margin_of_mean(variance, effective), 2),
    }
