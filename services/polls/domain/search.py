"""One form for what is searched and what is searched for, so that every database finds the same."""

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from services.polls.domain.poll import question_options

LONGEST = 60_000


def normal_form(text: str) -> str:
    """NFC, case folded, runs of white space as one space."""
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())
    return " ".join(folded.split())


def search_text(title: str, purpose: str, questions: Iterable[Mapping[str, Any]]) -> str:
    """What a search looks through: title, purpose, questions and options; a line each, so that no match spans two."""
    asked = list(questions)
    labels = [option["label"] for _, option in question_options(asked)]
    parts = [title, purpose, *(question["title"] for question in asked), *labels]
    return "\n".join(normal_form(part) for part in parts)[:LONGEST]
