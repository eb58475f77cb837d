"""Results split by who voted, of polls whose definition declared it: fetched, compared with the recount, and only summed up.

What was counted of a single group of voters is in this process's memory for as long as that takes, and nowhere else.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from services.common.telemetry.logs import get_logger
from services.polls.contract.breakdown import UNKNOWN, values_of
from services.tally.breakdown.cohorts import Cohorts, Group, Key
from services.tally.breakdown.document import breakdown
from services.tally.domain import Count, Difference, Facts
from services.tally.sources import CohortsLost, Sources
from services.tally.usecases.apart import Apart, at_once

log = get_logger(__name__)

Counters = Iterable[Mapping[str, Any]]


def add_breakdown(sources: Sources, facts: Facts, counted: Count, apart: Apart = at_once) -> list[Difference]:
    """Gives a recount the breakdown that its poll declares; or says on what its groups and the recount do not agree."""
    declared = facts.definition.get("breakdown")
    if declared is None:
        return []
    try:
        cells = sources.cohort_cells(facts.poll_id)
    except CohortsLost:
        log.error(
            "the poll's secret is destroyed: its declared breakdown cannot be counted", poll_id=facts.poll_id
        )
        return [Difference("breakdown", "declared", "secret destroyed")]
    cohorts, strangers = gather(declared["by"], cells, sources.cohort_counters(facts.poll_id))
    found = compare(cohorts, strangers, counted)
    if not found:
        key = ("breakdown", facts.poll_id)
        counted.breakdown = apart(key, breakdown, facts.questions, cohorts, declared)
    return found


def gather(by: list[str], cells: Mapping[str, Mapping[str, str]], counters: Counters) -> tuple[Cohorts, int]:
    """The counters by group, and how many there are of tags that stand for none. Without a tag all is unknown."""
    groups = {tag: tuple(cell[dimension] for dimension in by) for tag, cell in cells.items()}
    groups[""] = (UNKNOWN,) * len(by)
    voters: dict[Group, int] = {}
    hours: dict[Group, dict[str, int]] = {}
    kept: dict[Group, dict[Key, int]] = {}
    keys: dict[Key, Key] = {}  # one of each for all groups: a city counts a million and a half
    strangers = 0
    for one in counters:
        group = groups.get(one["cohort"])
        if group is None:
            strangers += 1
        elif one["question"]:
            key = one["question"], one["name"]
            _add(kept.setdefault(group, {}), keys.setdefault(key, key), one["n"])
        elif one["name"]:
            _add(hours.setdefault(group, {}), one["name"], one["n"])
        else:
            _add(voters, group, one["n"])
    return Cohorts(by, _values(by, voters), voters, hours, kept), strangers


def _add(sums: dict[Any, int], name: Any, number: int) -> None:
    sums[name] = sums.get(name, 0) + number


def _values(by: list[str], voters: Iterable[Group]) -> dict[str, tuple[str, ...]]:
    """What each dimension can have, in the order of tables; unknown also where it should not be, if somebody is."""
    met = {dimension: {group[place] for group in voters} for place, dimension in enumerate(by)}
    return {
        dimension: tuple(dict.fromkeys((*values_of(dimension), *sorted(met[dimension])))) for dimension in by
    }


def compare(cohorts: Cohorts, strangers: int, counted: Count) -> list[Difference]:
    """Everything on which the sums over all groups and the recount do not agree. Sums only: no group's figures."""
    found = [Difference("breakdown: unknown cohorts", 0, strangers)] if strangers else []
    voters = sum(cohorts.voters.values())
    if voters != counted.entries:
        found.append(Difference("breakdown: voters", voters, counted.entries))
    by_hour = {group: sum(hours.values()) for group, hours in cohorts.hours.items()}
    if by_hour != {group: n for group, n in cohorts.voters.items() if n}:
        found.append(Difference("breakdown: hours", sum(by_hour.values()), voters))
    totals = cohorts.totals()
    for key in sorted(totals.keys() | counted.counters.keys()):
        summed, recounted = totals.get(key, 0), counted.counters.get(key, 0)
        if summed != recounted:
            found.append(Difference(":".join(("breakdown", *key)), summed, recounted))
    return found
