"""The result itself as canonical JSON: of a final one, the document that was signed, signature included."""

from collections.abc import Mapping
from typing import Any

from services.common.encodings import canonical_json

NAME = "json"
MEDIA_TYPE = "application/json"


def make(definition: Mapping[str, Any], result: Mapping[str, Any], language: str) -> bytes:
    """The same whatever the language: it holds ids, not labels."""
    return canonical_json(dict(result)) + b"\n"
