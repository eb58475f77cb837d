"""Projects of a budget vote from a file into a question of a draft."""

from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from gateway.auth import actor
from gateway.context import gateway
from gateway.errors import NotFound
from gateway.uploads.project_files import ProjectFile, read_projects
from services.polls import contract as polls

Question = Mapping[str, Any]
MOST_LINES_TOLD = 1_000
RULES_WITH_BUDGET = ("greedy", "equal_shares")


async def load_projects(request: Request, poll_id: str, question_id: str, file: BinaryIO) -> dict[str, Any]:
    """Replaces the options of a draft's question by the file's projects, and its budget where the file says one; tells what
    was taken. Nothing changes when the file cannot be used. Raises InvalidInput, NotFound, and GET_POLL's and UPDATE_POLL's errors.
    """
    gw = gateway(request)
    found = await run_in_threadpool(read_projects, file)
    who = actor(request)
    poll = await gw.bus.call(polls.GET_POLL, poll_id=poll_id, actor=who)
    changed = with_projects(poll["questions"], question_id, found)
    await gw.bus.call(polls.UPDATE_POLL, poll_id=poll_id, actor=who, patch={"questions": changed})
    gw.definitions.forget(poll_id)
    return told(found)


def with_projects(
    questions: Sequence[Question], question_id: str, found: ProjectFile
) -> list[dict[str, Any]]:
    """The questions, this one with the file's projects. A picture stays with its option's id. Raises NotFound."""
    if all(question["id"] != question_id for question in questions):
        raise NotFound
    return [
        replaced(question, found) if question["id"] == question_id else dict(question)
        for question in questions
    ]


def replaced(question: Question, found: ProjectFile) -> dict[str, Any]:
    pictures = {option["id"]: option["image"] for option in question["options"] if option.get("image")}
    options = [
        {**option, "image": pictures[option["id"]]} if option["id"] in pictures else option
        for option in found.options
    ]
    made = {**question, "options": options}
    return with_budget(made, found.budget) if found.budget else made


def with_budget(question: dict[str, Any], budget: int) -> dict[str, Any]:
    """The question with this money to give out: what a voter can spend, or what the counting rule spends."""
    if question["kind"] == "knapsack":
        question["budget"] = budget
    counting = question.get("counting") or {}
    spends = counting.get("rule") in RULES_WITH_BUDGET and question["kind"] != "knapsack"
    if spends or "budget" in counting:
        question["counting"] = {**counting, "budget": budget}
    return question


def told(found: ProjectFile) -> dict[str, Any]:
    """`ProjectsLoadedSchema`."""
    return {
        "accepted": len(found.options),
        "duplicates": len(found.duplicates),
        "duplicate_lines": [
            {"line": line, "first_line": first} for line, first in found.duplicates[:MOST_LINES_TOLD]
        ],
        "rejected": [{"line": line, "reason": reason} for line, reason in found.rejected[:MOST_LINES_TOLD]],
        "budget": found.budget,
    }
