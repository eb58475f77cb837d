"""Whose logs a witness looks after: the keys it trusts for an origin."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from auditor.formats import notes
from auditor.formats.encodings import unb64, unb64u
from auditor.formats.notes import ED25519, MalformedKey, VerifierKey


@dataclass(frozen=True, slots=True)
class Rule:
    """A public key for one origin, or, where the origin ends in `*`, for every origin that has one more path element there."""

    origin: str
    public_key: bytes

    def admits(self, origin: str) -> bool:
        if not self.origin.endswith("*"):
            return origin == self.origin
        stem = self.origin[:-1]
        return origin.startswith(stem) and bool(origin[len(stem) :]) and "/" not in origin[len(stem) :]


class Trust:
    """Answers which keys may sign the checkpoints of an origin."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(rules)

    def keys(self, origin: str) -> list[VerifierKey]:
        """No keys: an unknown log."""
        if not notes.is_name(origin):
            return []
        return [VerifierKey(origin, ED25519, rule.public_key) for rule in self.rules if rule.admits(origin)]


def parse_rule(text: str) -> Rule:
    """`ORIGIN=KEY` with 32 bytes in base64 or base64url (`vote.example/log/*=…`), or a log's vkey. Raises MalformedKey."""
    origin, equals, key = text.strip().partition("=")
    if not equals:  # a vkey has none: its base64 is of 33 bytes
        found = notes.parse_vkey(text.strip())
        return Rule(found.name, found.public_key)
    if not notes.is_name(origin) or "*" in origin[:-1]:
        raise MalformedKey(f"not an origin: {origin}")
    return Rule(origin, parse_public_key(key))


def parse_public_key(text: str) -> bytes:
    """32 bytes in either base64, with or without padding. Raises MalformedKey."""
    for decode, form in ((unb64u, text.rstrip("=")), (unb64, text)):
        try:
            key = decode(form)
        except ValueError:
            continue
        if len(key) == 32:
            return key
    raise MalformedKey("a public key has 32 bytes in base64")


def parse_rules(lines: Sequence[str]) -> list[Rule]:
    """A rule a line; empty lines and lines that begin with `#` do not count. Raises MalformedKey."""
    return [parse_rule(line) for line in lines if line.strip() and not line.lstrip().startswith("#")]
