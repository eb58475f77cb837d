"""The ballot pass: polls' signed word that one pseudonymous voter may cast one ballot in one poll.

Passes are signed together: polls signs the root of a Merkle tree (RFC 6962) over the passes of one batch, and each pass
carries that signature and its inclusion path (docs/decisions/0011-passes-are-signed-together.md). A pass is four parts
in base64url, joined by dots: the payload in canonical JSON; index and size of the tree, four bytes each; the path,
lowest sibling first; the Ed25519 signature over `SIGNED_FOR`, the size in four bytes, and the root.

A pass names no person: the pseudonym is HMAC-SHA256 of the phone's tag under the poll's own secret.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import orjson

from services.common.encodings import b64u, canonical_json, unb64u
from services.common.tlog import merkle

VERSION = 2
SIGNED_FOR = b"mvoting ballot passes v2\n"
"""Stands before what is signed, so that the signature can mean nothing else."""
LARGEST_TREE = 2**16
_NUMBER_BYTES = 4


@dataclass(frozen=True, slots=True)
class BallotPass:
    """`issued_at`: microseconds since the Unix epoch, by polls' database clock. `key_id`: the signing key.

    `cohort`: the tag of the voter's cell (`breakdown.py`); empty, and not in the payload, where the poll has no breakdown.
    """

    poll: str
    pseudonym: str
    channel: str
    issued_at: int
    key_id: str
    cohort: str = ""
    v: int = VERSION

    @property
    def payload(self) -> dict[str, str | int]:
        named = {name: getattr(self, name) for name in self.__slots__}
        if not self.cohort:
            del named["cohort"]
        return named


@dataclass(frozen=True, slots=True)
class Signed:
    """What a pass's signature has to be checked against."""

    message: bytes
    signature: bytes


class MalformedPass(ValueError):
    """The text is not a pass of a known version."""


def issue(ballot_passes: Sequence[BallotPass], sign: Callable[[bytes], bytes]) -> list[str]:
    """The texts of these passes, signed together; `sign` gives an Ed25519 signature by the key that they name."""
    if not ballot_passes:
        return []
    payloads = [canonical_json(one.payload) for one in ballot_passes]
    tree = merkle.levels([merkle.leaf_hash(payload) for payload in payloads])
    size = len(payloads)
    signature = b64u(sign(_message(size, tree[-1][0])))
    return [
        f"{b64u(payload)}.{b64u(_number(index) + _number(size))}."
        f"{b64u(b''.join(merkle.inclusion_path(tree, index)))}.{signature}"
        for index, payload in enumerate(payloads)
    ]


def decode(text: str) -> tuple[BallotPass, Signed]:
    """The pass and what its signature, which is not yet verified, has to fit. Raises MalformedPass."""
    try:
        payload, place, path, signature = map(unb64u, text.split("."))
        found = orjson.loads(payload)
        if found["v"] != VERSION:
            raise MalformedPass("unknown version")
        return BallotPass(**found), Signed(_signed_message(payload, place, path), signature)
    except (ValueError, TypeError, KeyError) as error:
        raise MalformedPass("not a ballot pass") from error


def _signed_message(payload: bytes, place: bytes, path: bytes) -> bytes:
    if len(place) != 2 * _NUMBER_BYTES or len(path) % merkle.HASH_BYTES:
        raise MalformedPass("no place in a tree")
    index, size = (int.from_bytes(place[at : at + _NUMBER_BYTES]) for at in (0, _NUMBER_BYTES))
    siblings = [path[at : at + merkle.HASH_BYTES] for at in range(0, len(path), merkle.HASH_BYTES)]
    root = merkle.root_of_path(merkle.leaf_hash(payload), index, size, siblings)
    if root is None or size > LARGEST_TREE:
        raise MalformedPass("no path to a root")
    return _message(size, root)


def _message(size: int, root: bytes) -> bytes:
    return SIGNED_FOR + _number(size) + root


def _number(value: int) -> bytes:
    return value.to_bytes(_NUMBER_BYTES)
