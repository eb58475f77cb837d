"""Compares what voters were told with the public record. Pure: give it both, get every contradiction as a sentence."""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.common.encodings import b64u, sha256
from tests.chaos.journal import UNKNOWN, Story

HONEST = {UNKNOWN, 201, 202, 409, 503}
"""What a gateway may say to a good ballot whatever is broken behind it."""
MOST_PROBLEMS = 20


@dataclass(frozen=True)
class Record:
    """The poll's public record after its end. `dead`: dead letters of the intake queue."""

    poll_id: str
    leaves: Sequence[str]
    size: int
    sealed: bool
    results: Mapping[str, Any]
    dead: int = 0


@dataclass(frozen=True)
class Verdict:
    """`problems` empty: every promise was kept."""

    problems: list[str]
    figures: dict[str, int]

    def __str__(self) -> str:
        return ", ".join(f"{name} {number}" for name, number in self.figures.items())


def check(
    stories: Mapping[str, Story], record: Record, *, dead: int = 0, honest: set[int] | None = None
) -> Verdict:
    """`dead` is how many dead letters the scenario must have caused; `honest` replaces the allowed statuses."""
    entries = [json.loads(leaf) for leaf in record.leaves]
    times = Counter(entry["ballot_id"] for entry in entries)
    voters = {story.voter for story in stories.values() if times[story.ballot_id]}
    problems = [
        *_log(record, entries, dead),
        *(p for number, leaf in enumerate(record.leaves) for p in _entry(number, leaf, record, stories)),
        *(p for story in stories.values() for p in _story(story, times[story.ballot_id], voters)),
        *(p for story in stories.values() for p in _answers(story, honest or HONEST)),
        *_voters(stories, times),
        *_results(record, entries),
    ]
    return Verdict(problems[:MOST_PROBLEMS], _figures(stories, times, len(entries)))


def _figures(stories: Mapping[str, Story], times: Counter[str], size: int) -> dict[str, int]:
    statuses = Counter(status for story in stories.values() for status in story.statuses)
    return {
        "ballots": len(stories),
        "201": statuses[201],
        "202": statuses[202],
        "503": statuses[503],
        "unknown": statuses[UNKNOWN],
        "refused": sum(statuses[s] for s in statuses if 400 <= s < 500),
        "in the log": size,
        "lost": sum(story.recorded and not times[story.ballot_id] for story in stories.values()),
        "doubled": sum(number > 1 for number in times.values()),
    }


def _log(record: Record, entries: Sequence[Any], dead: int) -> list[str]:
    problems = []
    if not record.sealed:
        problems.append("the log is not sealed")
    if len(entries) != record.size:
        problems.append(f"the log says {record.size} entries and gives {len(entries)}: a gap")
    if record.dead != dead:
        problems.append(f"{record.dead} dead letters instead of {dead}")
    return problems


def _entry(number: int, leaf: str, record: Record, stories: Mapping[str, Story]) -> list[str]:
    entry = json.loads(leaf)
    story = stories.get(entry["ballot_id"])
    if story is None:
        return [f"entry {number} was never submitted"]
    problems = []
    if entry["poll"] != record.poll_id:
        problems.append(f"entry {number} is of another poll")
    if entry["answers"] != story.answers:
        problems.append(f"entry {number} is not what its voter chose")
    if story.leaf_hashes and story.leaf_hashes != {leaf_hash(leaf)}:
        problems.append(f"entry {number} is not what its receipt says")
    return problems


def leaf_hash(leaf: str) -> str:
    """As receipts have it (RFC 6962)."""
    return b64u(sha256(b"\x00" + leaf.encode()))


def _story(story: Story, times: int, voters: set[str]) -> list[str]:
    """A ballot for which 202 was told may only be missing when the same voter's other ballot was first."""
    if times > 1:
        return [f"ballot {story.ballot_id} is in the log {times} times"]
    if story.recorded and not times:
        return [f"ballot {story.ballot_id} got a receipt and is not in the log"]
    if story.promised and not times and story.voter not in voters:
        return [f"ballot {story.ballot_id} was accepted and is not in the log"]
    if story.only_refused and times:
        return [f"ballot {story.ballot_id} was only refused and is in the log"]
    return []


def _answers(story: Story, honest: set[int]) -> list[str]:
    return [
        f"ballot {story.ballot_id} was answered {status} ({', '.join(sorted(story.codes))})"
        for status in story.statuses
        if status not in honest
    ]


def _voters(stories: Mapping[str, Story], times: Counter[str]) -> list[str]:
    counted: defaultdict[str, int] = defaultdict(int)
    for story in stories.values():
        counted[story.voter] += times[story.ballot_id]
    return [f"voter {voter} is counted {number} times" for voter, number in counted.items() if number > 1]


def _results(record: Record, entries: Sequence[Any]) -> list[str]:
    """The published counts against a recount of our own: how often each option stands in the log."""
    if record.results.get("state") != "final":
        return [f"the result is {record.results.get('state')}, not final"]
    problems = []
    if record.results["voters"] != len(entries):
        problems.append(f"the result counts {record.results['voters']} voters, the log {len(entries)}")
    for question in record.results["questions"]:
        recount = Counter(option for entry in entries for option in entry["answers"].get(question["id"], ()))
        published = {option["id"]: option["count"] for option in question["options"]}
        if published != {option: recount[option] for option in published}:
            problems.append(f"the counts of {question['id']} are not a recount of the log")
    return problems
