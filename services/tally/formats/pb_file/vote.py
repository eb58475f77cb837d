"""One budget question as Pabulib sees it."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from services.polls.contract.kinds import Question
from services.tally.contract import NoBudgetQuestion
from services.tally.contract.counting.projects import KINDS, place_scale
from services.tally.formats import Export

TAKEN = frozenset(("meta", "projects", "votes", "none"))
"""First cells of a line that readers take for a section's head, and the word for an empty cell."""


@dataclass(frozen=True)
class Vote:
    """The question with its result."""

    question: Question
    result: Mapping[str, Any]

    @property
    def options(self) -> Sequence[Mapping[str, Any]]:
        return ordinary(self.question)

    @property
    def has_points(self) -> bool:
        return self.question["kind"] in ("cumulative", "score", "ranking")

    @property
    def budget(self) -> int:
        return limit(self.question) or 0

    @property
    def outcome(self) -> Mapping[str, Any]:
        """Empty where there is none."""
        return self.result.get("outcome") or {}

    @cached_property
    def ids(self) -> Mapping[str, str]:
        return project_ids(self.question)

    @cached_property
    def _counts(self) -> Mapping[str, Mapping[str, Any]]:
        return {option["id"]: option for option in self.result["options"]}

    @cached_property
    def _outcomes(self) -> Mapping[str, Mapping[str, Any]]:
        return {option["id"]: option for option in self.outcome.get("options", ())}

    def outcome_of(self, option: str) -> Mapping[str, Any] | None:
        return self._outcomes.get(option)

    def support(self, option: str) -> tuple[int, int | str]:
        """How many ballots name the option, and its points; as the rule has them where one has counted."""
        told = self.outcome_of(option)
        if told is not None:
            return told["votes"], told["score"]
        count, kind = self._counts[option], self.question["kind"]
        if kind == "cumulative":
            return count["voters"], count["count"]
        if kind == "score":
            zero = count["distribution"][0] if self.result["lowest"] == 0 else 0
            return sum(count["distribution"]) - zero, count["count"]
        if kind == "ranking":
            points = zip(count["places"], place_points(self.question), strict=False)
            return sum(count["places"]), sum(n * each for n, each in points)
        return count["count"], count["count"]


def ordinary(question: Question) -> list[Mapping[str, Any]]:
    """The options that are projects: not those that say that nothing is wanted."""
    return [option for option in question["options"] if not option.get("exclusive")]


def limit(question: Question) -> int | None:
    """The money to give out, else what a voter may spend."""
    counting: Mapping[str, Any] = question.get("counting") or {}
    found: int | None = counting.get("budget", question.get("budget"))
    return found


def is_budget_question(question: Question) -> bool:
    options = ordinary(question)
    costs = all(option.get("cost") is not None for option in options)
    return question["kind"] in KINDS and bool(options) and costs and limit(question) is not None


def asked_question(export: Export) -> Vote:
    """The question that the file is about. Raises `NoBudgetQuestion`."""
    for question, result in export.questions:
        if export.question in (None, question["id"]) and is_budget_question(question):
            return Vote(question, result)
    raise NoBudgetQuestion


def place_points(question: Question) -> list[int]:
    """Points by place of a ranking."""
    counting: Mapping[str, Any] = question.get("counting") or {}
    most = question.get("max") or len(ordinary(question))
    given = place_scale({**question, "max": most}, counting.get("points"))
    return given + [0] * (len(question["options"]) - len(given))


def project_ids(question: Question) -> dict[str, str]:
    """The id of each project in the file."""
    ids: dict[str, str] = {}
    known = {option["id"] for option in ordinary(question)}
    for option in sorted(known):
        name = option
        while name.lower() in TAKEN or (name != option and name in known):
            name += "_"
        known.add(name)
        ids[option] = name
    return ids


def one_line(text: str) -> str:
    """The text without what would end its line for any reader."""
    plain = (" " if unicodedata.category(each) in ("Cc", "Zl", "Zp") else each for each in text)
    return " ".join("".join(plain).split())
