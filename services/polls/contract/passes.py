"""The ballot pass: polls' signed word that one pseudonymous voter may cast one ballot in one poll.

Form: `<base64url(payload)>.<base64url(Ed25519 signature over the payload bytes)>` where the payload is canonical JSON.
It names no person: the pseudonym is HMAC-SHA256 of the phone's tag under the poll's own secret.
"""

from dataclasses import asdict, dataclass

import orjson

from services.common.encodings import b64u, canonical_json, unb64u

VERSION = 1


@dataclass(frozen=True, slots=True)
class BallotPass:
    """`issued_at`: microseconds since the Unix epoch, by polls' database clock. `key_id`: the signing key."""

    poll: str
    pseudonym: str
    channel: str
    issued_at: int
    key_id: str
    v: int = VERSION


class MalformedPass(ValueError):
    """The text is not a pass of a known version."""


def encode(ballot_pass: BallotPass, signature: bytes) -> str:
    return f"{b64u(payload(ballot_pass))}.{b64u(signature)}"


def payload(ballot_pass: BallotPass) -> bytes:
    """The bytes that are signed."""
    return canonical_json(asdict(ballot_pass))


def decode(text: str) -> tuple[BallotPass, bytes, bytes]:
    """Returns the pass, the signed bytes and the signature, which is not yet verified. Raises MalformedPass."""
    try:
        head, _, tail = text.partition(".")
        signed = unb64u(head)
        found = orjson.loads(signed)
        if found["v"] != VERSION:
            raise MalformedPass("unknown version")
        return BallotPass(**found), signed, unb64u(tail)
    except (ValueError, TypeError, KeyError) as error:
        raise MalformedPass("not a ballot pass") from error
