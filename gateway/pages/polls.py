"""What several pages say of a poll."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request

from gateway import auth, formats
from gateway.context import gateway
from gateway.pages.organizations import organizations

Poll = Mapping[str, Any]
SHOWN_IN = {
    "live": ("open", "closed", "published"),
    "after_close": ("closed", "published"),
    "after_publish": ("published",),
}


async def poll_of(request: Request) -> dict[str, Any]:
    """The poll that the address names. Raises PollNotFound."""
    found: dict[str, Any] = await gateway(request).definitions.get(
        request.path_params["poll_id"], actor=auth.actor(request)
    )
    return found


async def organization_of(request: Request, poll: Poll) -> str:
    known: str = poll["organization"]
    return (await organizations(request)).get(known, known)


def is_votable(poll: Poll, now: datetime | None = None) -> bool:
    """Whether to show the ballot. Whether it counts is judged by polls' database clock when it is cast."""
    closes_at = poll["closes_at"]
    return poll["state"] == "open" and (
        closes_at is None or formats.parse_time(closes_at) > (now or datetime.now(UTC))
    )


def has_results(poll: Poll) -> bool:
    """Whether to link to the result; what it says is decided by tally alone."""
    return poll["state"] in SHOWN_IN[poll["results"]]


def who(poll: Poll, gettext: Callable[[str], str]) -> dict[str, Any]:
    """Who may vote, in words, and how many are on the voter roll where that decides."""
    decides = "roll" in rule_names(poll["eligibility"])
    return {"text": rule_text(poll["eligibility"], gettext), "count": poll["roll_size"] if decides else None}


def rule_names(rule: Mapping[str, Any]) -> set[str]:
    """The single rules in a tree."""
    parts = [*rule.get("any", []), *rule.get("all", [])]
    return {name for part in parts for name in rule_names(part)} | {str(rule.get("rule"))}


def rule_text(rule: Mapping[str, Any], gettext: Callable[[str], str]) -> str:
    if "any" in rule:
        return gettext(", or ").join(rule_text(part, gettext) for part in rule["any"])
    if "all" in rule:
        return gettext(", and also ").join(rule_text(part, gettext) for part in rule["all"])
    named = {
        "everyone": gettext("everyone"),
        "roll": gettext("people on the voter roll"),
        "password": gettext("people who know the password"),
    }
    return named.get(rule.get("rule", ""), gettext("people whom the organisation has named"))
