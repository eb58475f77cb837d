"""Polls and their parts in the shapes of the contract's schemas."""

from dataclasses import asdict
from typing import Any

import orjson

from services.common.ids import format_utc
from services.polls import eligibility
from services.polls.domain.definition import timestamp
from services.polls.domain.poll import Change, Poll
from services.polls.domain.roll import NONE, RollUpload

_AS_THEY_ARE = [
    "id",
    "kind",
    "state",
    "title",
    "purpose",
    "notice",
    "reference_url",
    "image",
    "organization",
    "results",
    "identity",
    "revoting",
    "witnesses",
    "language",
    "breakdown",
    "roll_size",
    "definition_hash",
    "certified",
]
_SUMMARY = ["id", "kind", "state", "title", "image", "organization", "results"]


def poll_view(poll: Poll) -> dict[str, Any]:
    """`PollSchema`."""
    return {name: getattr(poll, name) for name in _AS_THEY_ARE} | {
        "opens_at": timestamp(poll.opens_at),
        "closes_at": timestamp(poll.closes_at),
        "created_at": format_utc(poll.created_at),
        "updated_at": format_utc(poll.updated_at),
        "eligibility": eligibility.public(poll.eligibility),
        "evidence": eligibility.evidence(poll.eligibility),
        "questions": list(poll.questions),
    }


def summary_view(poll: Poll) -> dict[str, Any]:
    """`PollSummarySchema`."""
    return {name: getattr(poll, name) for name in _SUMMARY} | {
        "opens_at": timestamp(poll.opens_at),
        "closes_at": timestamp(poll.closes_at),
        "question_count": len(poll.questions),
    }


def definition_view(poll: Poll) -> dict[str, Any]:
    """`DefinitionSchema`; only for a poll that has opened."""
    document = orjson.loads(poll.definition or "{}")
    return {
        "poll_id": poll.id,
        "state": poll.state,
        "definition": document,
        "definition_hash": poll.definition_hash,
        "opened_at": timestamp(poll.opened_at),
        "closes_at": timestamp(poll.closes_at),
        "results": poll.results,
        "roll_size": document["roll_size"],
    }


def change_view(change: Change) -> dict[str, Any]:
    """`ChangeSchema`."""
    return asdict(change) | {"at": format_utc(change.at)}


def roll_view(upload: RollUpload | None) -> dict[str, Any]:
    """`RollStatusSchema`."""
    if upload is None:
        upload = RollUpload(0, "", "", NONE)
    shown = asdict(upload)
    del shown["number"], shown["poll_id"]
    lists = {name: list(shown[name]) for name in ("duplicate_lines", "rejected")}
    return shown | lists | {"upload_id": upload.upload_id or None}
