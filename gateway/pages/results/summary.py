"""What came out, in one line a question: for the poll's own page once the result is final."""

from typing import Any

from starlette.requests import Request

from gateway.context import gateway
from gateway.pages import polls
from gateway.pages.results.explanations import speech_of
from services.common.errors import DomainError


async def final_lines(request: Request, poll: dict[str, Any]) -> list[dict[str, str]]:
    """Questions with an outcome and what was chosen; none while there is no final result, and none while tally cannot be asked."""
    if not poll["certified"] or not polls.has_results(poll):
        return []
    try:
        result = await gateway(request).live.results(poll["id"])
    except DomainError:
        return []
    return lines(poll, result, request.state.language) if result["state"] == "final" else []


def lines(poll: dict[str, Any], result: dict[str, Any], language: str) -> list[dict[str, str]]:
    questions = {question["id"]: question for question in poll["questions"]}
    return [
        {
            "title": questions[own["id"]]["title"],
            "summary": speech_of(questions[own["id"]], own, language).summary(own["outcome"]),
        }
        for own in result["questions"]
        if "outcome" in own and own["id"] in questions
    ]
