"""What counting rules share: the case to decide, tie orders, thresholds, and seats for the best scores. Exact, no floats."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from hashlib import sha256
from math import ceil, floor
from typing import Any

from auditor.formats import canonical
from auditor.formats.checkpoints import Checkpoint
from auditor.formats.encodings import b64
from auditor.kinds import Question, option_ids
from auditor.recount.counting import Profile

Score = int | Fraction
Scores = Mapping[str, Score]
YES_NO = ["no", "yes", "abstain"]
"""The answers of a motion as options; a motion that ties is lost."""


class NotDecided(Exception):
    """The outcome depends on something that this program does not know how to follow; the message says what."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What a rule comes to: the chosen options, and what the rule compares of each; no scores where it compares none."""

    selected: Sequence[str]
    scores: Scores


@dataclass(frozen=True, slots=True)
class Case:
    """A question, its counting method as the definition has it, and its ballots. `seed` is for draws; `sources`: scores by option that
    were entered beside the ballots, by the source's name.
    """

    question: Question
    profile: Profile
    seed: bytes
    roll_size: int | None
    sources: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def counting(self) -> Mapping[str, Any]:
        return dict(self.question["counting"])

    @property
    def options(self) -> list[str]:
        """In the order that ties go by."""
        return YES_NO if self.question["kind"] == "yes_no" else option_ids(self.question)

    def parameters(self, **defaults: Any) -> dict[str, Any]:
        """The method's parameters, with these where it gives none. Raises NotDecided for others."""
        known = {"ties": "listed", **defaults}
        given = {name: value for name, value in self.counting.items() if name != "rule"}
        unknown = sorted(given.keys() - known.keys())
        if unknown:
            raise NotDecided(f"parameter {unknown[0]}")
        found = known | given
        if found["ties"] not in ("listed", "draw"):
            raise NotDecided(f"ties {found['ties']}")
        return found

    def ballots(self) -> Iterator[tuple[Any, int]]:
        """The different answers, and how many ballots gave each."""
        if self.profile.answers is None:
            raise NotDecided("the ballots were not kept")
        for text, ballots in self.profile.answers.items():
            yield canonical.loads(text), ballots

    def in_order(self, tied: Iterable[str], method: str) -> list[str]:
        """Options that are equal otherwise, the best placed first: as listed, or by lots drawn from the seed."""
        listed = sorted(tied, key=self.options.index)
        return listed if method == "listed" else sorted(listed, key=self._lot)

    def _lot(self, option: str) -> bytes:
        text = f"mvoting draw v1\n{self.seed.hex()}\n{self.question['id']}\n{option}"
        return sha256(text.encode()).digest()


def without_exclusive(case: Case) -> tuple[Case, Counter[str]]:
    """The case as rules see it: without exclusive options ("none of these"), a ballot for one naming nothing. And the votes for these."""
    alone = [option["id"] for option in case.question["options"] if option.get("exclusive")]
    votes = Counter(dict.fromkeys(alone, 0))
    if not alone:
        return case, votes
    rest = [option for option in case.question["options"] if option["id"] not in alone]
    profile = Profile({**case.question, "options": rest}, whole=True)
    for answer, ballots in case.ballots():
        named = [option for option in answer if option in alone]
        votes.update(dict.fromkeys(named, ballots))
        profile.add(type(answer)() if named else answer, ballots)
    return replace(case, question=profile.question, profile=profile), votes


def seed_of(poll_id: str, checkpoint: Checkpoint) -> bytes:
    """What draws go by: it is not known before the last ballot is in the log."""
    return sha256(f"{poll_id}\n{checkpoint.size}\n{b64(checkpoint.root)}\n".encode()).digest()


def share(written: Any) -> Fraction:
    """`"1/3"` or `"50%"`. Raises NotDecided."""
    fraction = re.fullmatch(r"(\d+)/(\d+)", str(written))
    percent = re.fullmatch(r"(\d+(?:\.\d+)?) ?%", str(written))
    if fraction and int(fraction[2]):
        return Fraction(int(fraction[1]), int(fraction[2]))
    if percent:
        return Fraction(percent[1]) / 100
    raise NotDecided(f"a share of {written}")


def least(case: Case, value: Mapping[str, Any]) -> int:
    """The smallest number of votes or ballots that meets a threshold. Raises NotDecided."""
    for name in ("votes", "score", "ballots"):
        if name in value:
            return int(value[name])
    answered = case.profile.answered
    abstained = case.profile.counters["abstain"] if case.question["kind"] == "yes_no" else 0
    wholes = {"answered": answered, "decided": answered - abstained, "roll": case.roll_size}
    whole = wholes.get(value.get("of", "answered"))
    if value.get("of", "answered") not in wholes or not value.keys() & {"at_least", "more_than"}:
        raise NotDecided(f"threshold {dict(value)}")
    if whole is None:
        return answered + 1  # a share of a roll that does not exist is never met
    if "at_least" in value:
        return ceil(share(value["at_least"]) * whole)
    return floor(share(value["more_than"]) * whole) + 1


def elect(
    case: Case, scores: Scores, votes: Mapping[str, int], method: Mapping[str, Any], wanted: Mapping[str, int]
) -> Decided:
    """The best scores get the seats, among options with enough votes, if there are enough ballots, and of those that anybody
    wants: `wanted` says how many do, or anything else that is 0 if nobody does.
    """
    candidates = [
        option
        for option in case.options
        if wanted[option] and (option != "abstain" or case.question["kind"] != "yes_no")
    ]
    if not quorum_met(case, method):
        candidates = []
    elif method.get("threshold") is not None:
        needed = least(case, method["threshold"])
        candidates = [option for option in candidates if votes[option] >= needed]
    return Decided(best(case, candidates, scores, method), scores)


def quorum_met(case: Case, method: Mapping[str, Any]) -> bool:
    return method.get("quorum") is None or case.profile.answered >= least(case, method["quorum"])


def best(case: Case, candidates: Sequence[str], scores: Scores, method: Mapping[str, Any]) -> list[str]:
    """So many candidates as there are seats: higher scores first, equal ones in the order of ties."""
    placed = [
        option
        for score in sorted({scores[option] for option in candidates}, reverse=True)
        for option in case.in_order((one for one in candidates if scores[one] == score), method["ties"])
    ]
    return placed[: method["winners"]]


def points(case: Case) -> dict[str, int]:
    """The points of each option where ballots give points: counters are `option=points`."""
    found = dict.fromkeys(case.options, 0)
    for name, ballots in case.profile.counters.items():
        option, _, given = name.rpartition("=")
        if option in found:
            found[option] += int(given) * ballots
    return found
