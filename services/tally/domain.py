"""What may be seen, and what a recount says."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

Key = tuple[str, str]
"""Question id and the name of one of its counters."""
Entered = Mapping[str, Any]


class Visibility(Enum):
    """What anyone may see of a poll's results."""

    EMBARGOED = "embargoed"
    LIVE = "live"
    FINAL = "final"


def visibility(results: str, state: str, certified: bool | None) -> Visibility:
    """The one embargo gate: whoever shows, exports or hints at a result asks it.

    `results` is the poll's mode, `state` the poll's state, `certified` whether the final recount agreed with the live
    counters (nothing before there was one).  Final is only what was certified.  Anything unknown is embargoed.
    """
    if certified is True and state in _RELEASED.get(results, ()):
        return Visibility.FINAL
    if results == "live" and state in ("open", "closed", "published"):
        return Visibility.LIVE
    return Visibility.EMBARGOED


_RELEASED = {
    "live": ("closed", "published"),
    "after_close": ("closed", "published"),
    "after_publish": ("published",),
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What polls says of a poll. The definition is frozen; `state` moves on; `roll_size` only where there is a roll."""

    poll_id: str
    state: str
    results: str
    definition: Mapping[str, Any]
    definition_hash: str
    roll_size: int | None

    @property
    def questions(self) -> list[Mapping[str, Any]]:
        return list(self.definition["questions"])


@dataclass(frozen=True, slots=True)
class Poll:
    """A poll as tally has counted it: the first `applied` entries of its log. `final` is the signed result's text."""

    facts: Facts
    applied: int
    sealed_size: int | None
    certified: bool | None
    final: str | None = field(repr=False)

    @property
    def poll_id(self) -> str:
        return self.facts.poll_id

    @property
    def visibility(self) -> Visibility:
        return visibility(self.facts.results, self.facts.state, self.certified)


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing on which the recount and the live counting disagree. Numbers; or hashes of definitions and trees."""

    what: str
    live: int | str
    recounted: int | str

    def as_json(self) -> dict[str, Any]:
        return {"what": self.what, "live": self.live, "recounted": self.recounted}


@dataclass
class Count:
    """A count in progress: how many entries, how many of them could not be read as ballots, and the counters.

    `profiles`, of a recount, by question id: what the question's counting rule needs besides (`Profile` in the contract).
    `seed`, of a whole recount: what draws are made from; `sources`: the entered scores, as polls' `EnteredSchema`, by question id;
    `breakdown`: the counts by groups of voters as they may be told, where the poll declares it.
    """

    entries: int = 0
    unreadable: int = 0
    counters: dict[Key, int] = field(default_factory=dict)
    profiles: dict[str, Any] = field(default_factory=dict)
    seed: bytes | None = None
    sources: Mapping[str, list[Entered]] = field(default_factory=dict)
    breakdown: Mapping[str, Any] | None = None

    def add(self, increments: Iterable[tuple[str, str, int]], ballots: int = 1) -> None:
        """Adds what each of so many equal ballots counts."""
        for question, name, n in increments:
            self.counters[question, name] = self.counters.get((question, name), 0) + n * ballots

    def add_to_profiles(self, answers: Mapping[str, Any], ballots: int = 1) -> None:
        """Adds the answers of so many equal ballots; blank ones are left out."""
        for question, profile in self.profiles.items():
            if answers.get(question) is not None:
                profile.add(answers[question], ballots)


def differences(live_entries: int, live: Mapping[Key, int], recount: Count) -> list[Difference]:
    """Everything on which the two do not agree; nothing when the result may be certified."""
    found = []
    if live_entries != recount.entries:
        found.append(Difference("voters", live_entries, recount.entries))
    if recount.unreadable:
        found.append(Difference("unreadable entries", 0, recount.unreadable))
    for key in sorted(live.keys() | recount.counters.keys()):
        counted, recounted = live.get(key, 0), recount.counters.get(key, 0)
        if counted != recounted:
            found.append(Difference(":".join(key), counted, recounted))
    return found


def by_question(counters: Mapping[Key, int]) -> dict[str, dict[str, int]]:
    """Each question's counters by name."""
    found: dict[str, dict[str, int]] = {}
    for (question, name), n in counters.items():
        found.setdefault(question, {})[name] = n
    return found
