"""What binds whoever enters scores before anybody sees them."""

from collections.abc import Mapping

from services.common.encodings import canonical_json, sha256


def scores_commitment(poll_id: str, question: str, source: str, scores: Mapping[str, str], salt: str) -> str:
    """The hex SHA-256 that the change log has of a source's scores, as `source_schemas.py` says. The salt keeps small numbers from
    being found by trying.
    """
    body = {"poll_id": poll_id, "question": question, "source": source, "scores": dict(scores), "salt": salt}
    return sha256(canonical_json(body)).hex()
