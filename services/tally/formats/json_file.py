"""The result itself as canonical JSON: of a final one, the document that was signed, signature included."""

from services.common.encodings import canonical_json
from services.tally.contract import MEDIA_TYPES
from services.tally.formats import Export

NAME = "json"
MEDIA_TYPE = MEDIA_TYPES[NAME]
NEEDS_PERIOD = False


def make(export: Export) -> bytes:
    """The same whatever the language: it holds ids, not labels."""
    return canonical_json(dict(export.result)) + b"\n"
