"""Freezing a poll's definition, and noticing that somebody has altered it afterwards where nobody may.

Pages show a poll's columns, rules are judged by them; what was frozen, hashed and put into the city log is the document
beside them. Whoever can write to the database could change one without the other: voters would be asked something else
than what is counted.
"""

from dataclasses import replace

import orjson

from services.common.encodings import canonical_json, sha256
from services.common.errors import Unavailable
from services.common.telemetry.logs import get_logger
from services.polls import eligibility, measures
from services.polls.domain.definition import definition
from services.polls.domain.poll import Poll

log = get_logger(__name__)


def freeze(poll: Poll) -> Poll:
    """The poll with its definition's canonical JSON and the SHA-256 of that."""
    document = _document(poll)
    return replace(poll, definition=document.decode(), definition_hash=sha256(document).hex())


def altered(poll: Poll) -> list[str]:
    """The frozen fields that are not what they were when the poll opened; nothing for a poll that never opened."""
    if poll.definition is None:
        return []
    document, frozen = _document(poll), poll.definition.encode()
    if sha256(frozen).hex() != poll.definition_hash:
        return ["definition"]
    if document == frozen:
        return []
    present = orjson.loads(document)
    return [name for name, value in orjson.loads(frozen).items() if present.get(name) != value]


def is_unaltered(poll: Poll) -> bool:
    """Whether the poll still is what it was when it opened; if not, that is told loudly."""
    names = altered(poll)
    if names:
        measures.altered_definitions.inc()
        log.error("a definition was altered after opening", poll_id=poll.id, total=len(names))
    return not names


def require_unaltered(poll: Poll) -> Poll:
    """The poll; raises `Unavailable` rather than let anybody read what was altered after opening."""
    if not is_unaltered(poll):
        raise Unavailable
    return poll


def _document(poll: Poll) -> bytes:
    roll_size = poll.roll_size if eligibility.only_by(poll.eligibility, "roll") else None
    return canonical_json(definition(poll, eligibility.public(poll.eligibility), roll_size))
