"""Sentences for people, from the catalogues in `locales`: Korean first, English beside it."""

import json
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

LANGUAGES = ("ko", "en")


def language_of(environment: Mapping[str, str] | None = None) -> str:
    """What the environment asks for: English where it says so, else Korean."""
    found = os.environ if environment is None else environment
    wanted = found.get("LC_ALL") or found.get("LC_MESSAGES") or found.get("LANG") or ""
    return "en" if wanted.startswith("en") else "ko"


@cache
def catalogue(language: str) -> dict[str, str]:
    path = Path(__file__).parent / "locales" / f"{language}.json"
    return dict(json.loads(path.read_text(encoding="utf-8")))


def say(language: str, code: str, **params: Any) -> str:
    """The sentence with its figures; lists are joined by commas, numbers grouped by thousands."""
    return catalogue(language)[code].format_map({name: _shown(value) for name, value in params.items()})


def _shown(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(_shown(each) for each in value)
    return f"{value:,}" if type(value) is int else str(value)
