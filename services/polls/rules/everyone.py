"""`{"rule": "everyone"}`: anyone with a phone, member or not."""

from collections.abc import Sequence
from typing import Any

from services.polls.contract.kinds import Problem
from services.polls.rules import Context, Decision, Readiness, RuleTree, Voter, only_known_fields

NAME = "everyone"
EVIDENCE = ()
COSTLY = False


def check_definition(rule: RuleTree) -> list[Problem]:
    return only_known_fields(rule)


def check_ready(rule: RuleTree, readiness: Readiness) -> list[Problem]:
    return []


def public(rule: RuleTree) -> dict[str, Any]:
    return {"rule": NAME}


def secure(rule: RuleTree, before: RuleTree | None) -> dict[str, Any]:
    return {"rule": NAME}


def decide(context: Context, rule: RuleTree, voters: Sequence[Voter]) -> list[Decision]:
    return [None] * len(voters)
