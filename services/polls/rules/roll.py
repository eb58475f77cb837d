"""`{"rule": "roll"}`: those whose phone number stands on the poll's voter roll (선거인명부).

The roll holds keyed hashes under the poll's own roll secret, so rolls of two polls cannot be compared and no phone
can be read out of one.
"""

from collections.abc import Sequence
from typing import Any

from services.polls.contract.errors import NotEligible
from services.polls.contract.kinds import Problem
from services.polls.domain.roll import roll_hash
from services.polls.rules import Context, Decision, Readiness, RuleTree, Voter, only_known_fields

NAME = "roll"
EVIDENCE = ()
COSTLY = False


def check_definition(rule: RuleTree) -> list[Problem]:
    return only_known_fields(rule)


def check_ready(rule: RuleTree, readiness: Readiness) -> list[Problem]:
    return [] if readiness.roll_size else [Problem("/rule", "roll_missing")]


def public(rule: RuleTree) -> dict[str, Any]:
    return {"rule": NAME}


def secure(rule: RuleTree, before: RuleTree | None) -> dict[str, Any]:
    return {"rule": NAME}


def decide(context: Context, rule: RuleTree, voters: Sequence[Voter]) -> list[Decision]:
    """One query for all voters."""
    hashes = [roll_hash(context.roll_secret, voter.tag) for voter in voters]
    found = context.tools.store.on_roll(context.roll, hashes) if context.roll is not None else set()
    return [None if one in found else NotEligible(rule=NAME) for one in hashes]
