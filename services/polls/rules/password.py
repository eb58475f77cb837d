"""`{"rule": "password", "password": …}`: those who know the poll's password.

Only an argon2id hash of it is kept (RFC 9106; with the 19 MiB and 2 passes of OWASP's password storage cheat sheet). A voter has few tries, counted in the database. Once a password has proved right, this process knows it again by a
keyed fingerprint, so that ten thousand voters with the same right password cost one argon2 run, not ten thousand.
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from services.common.errors import DomainError, InvalidInput, Unavailable
from services.polls.contract.errors import EvidenceNeeded, TooManyTries, WrongPassword
from services.polls.contract.kinds import Problem
from services.polls.rules import Context, Decision, Readiness, RuleTree, Voter, only_known_fields

NAME = "password"
EVIDENCE = ("password",)
COSTLY = True

SHORTEST, LONGEST = 4, 100
LEARNT_AT_ONCE = 4
"""Argon2 runs for one batch. More unknown passwords than that at a time are asked to try again."""

_NOT_TEXT = re.compile("[\ud800-\udfff]")
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def check_definition(rule: RuleTree) -> list[Problem]:
    problems = only_known_fields(rule, "password")
    if rule.get("password") is None:
        return problems
    if not isinstance(rule["password"], str):
        return [*problems, Problem("/password", "invalid")]
    if _NOT_TEXT.search(rule["password"]):
        return [*problems, Problem("/password", "invalid")]
    if not SHORTEST <= len(normal(rule["password"])) <= LONGEST:
        problems.append(Problem("/password", "length", {"min": SHORTEST, "max": LONGEST}))
    return problems


def check_ready(rule: RuleTree, readiness: Readiness) -> list[Problem]:
    return [] if rule.get("hash") else [Problem("/password", "required")]


def public(rule: RuleTree) -> dict[str, Any]:
    return {"rule": NAME}


def secure(rule: RuleTree, before: RuleTree | None) -> dict[str, Any]:
    """Without a new password the one set before stays."""
    given = rule.get("password")
    kept = _HASHER.hash(normal(given)) if given is not None else (before or {}).get("hash")
    return {"rule": NAME, "hash": kept} if kept else {"rule": NAME}


def normal(password: str) -> str:
    """The same however a phone's keyboard composes it."""
    return unicodedata.normalize("NFC", password).strip()


def decide(context: Context, rule: RuleTree, voters: Sequence[Voter]) -> list[Decision]:
    """At most one transaction before and one after the argon2 runs, whatever the number of voters."""
    decisions: list[Decision] = [unusable(voter.evidence.get("password")) for voter in voters]
    judge = _Judge(context, rule["hash"])
    prints = {n: judge.read(voter) for n, voter in enumerate(voters) if decisions[n] is None}
    judge.choose_what_to_learn(prints.values())
    heard = [n for n, found in prints.items() if judge.can_hear(found)]
    for n in prints.keys() - set(heard):
        decisions[n] = Unavailable()
    for n, decision in zip(heard, judge.hear([(voters[n], prints[n]) for n in heard]), strict=True):
        decisions[n] = decision
    return decisions


def unusable(given: Any) -> DomainError | None:
    """Why what the voter gave cannot be a guess at all."""
    if given is None or given == "":
        return EvidenceNeeded(field="password")
    if not isinstance(given, str) or len(given) > 4 * LONGEST or _NOT_TEXT.search(given):
        return InvalidInput([{"pointer": "/evidence/password", "code": "invalid", "params": {}}])
    return None


class _Judge:
    """Tells right from wrong for one batch. `None` is not known yet."""

    def __init__(self, context: Context, encoded: str) -> None:
        self._context, self._encoded = context, encoded
        self._memory = context.tools.memory
        self._texts: dict[bytes, str] = {}
        self._learning: set[bytes] = set()

    def read(self, voter: Voter) -> bytes:
        text = normal(voter.evidence["password"])
        fingerprint = self._memory.fingerprint(text)
        self._texts[fingerprint] = text
        return fingerprint

    def known(self, fingerprint: bytes) -> bool | None:
        verdict: bool | None = self._memory.recall((self._encoded, fingerprint))
        return verdict

    def choose_what_to_learn(self, fingerprints: Any) -> None:
        new = [one for one in dict.fromkeys(fingerprints) if self.known(one) is None]
        self._learning = set(new[:LEARNT_AT_ONCE])

    def can_hear(self, fingerprint: bytes) -> bool:
        return fingerprint in self._learning or self.known(fingerprint) is not None

    def hear(self, guesses: Sequence[tuple[Voter, bytes]]) -> list[Decision]:
        """Counts every guess before it is judged, so that no race gives anyone an extra one."""
        if not guesses:
            return []
        store, limits = self._context.tools.store, self._context.tools.limits
        asked = [(voter.pseudonym, self.known(one)) for voter, one in guesses]
        counted = store.count_guesses(self._context.poll_id, asked, limits)
        self._learn({one for (_, one), got in zip(guesses, counted, strict=True) if got.retry_after is None})
        decisions: list[Decision] = []
        proved = []
        for (voter, one), (_, before), got in zip(guesses, asked, counted, strict=True):
            right = got.retry_after is None and bool(self.known(one))
            decisions.append(_verdict(right, got.retry_after, got.tries_left))
            if right and before is None:
                proved.append(voter.pseudonym)
        if proved:
            store.forget_guesses(self._context.poll_id, proved)
        return decisions

    def _learn(self, admitted: set[bytes]) -> None:
        new = sorted(self._learning & admitted)
        verdicts = self._context.tools.in_threads(self._verify, [self._texts[one] for one in new])
        for one, right in zip(new, verdicts, strict=True):
            self._memory.remember((self._encoded, one), right)

    def _verify(self, text: str) -> bool:
        try:
            return _HASHER.verify(self._encoded, text)
        except (Argon2Error, InvalidHashError):
            return False


def _verdict(right: bool, retry_after: int | None, tries_left: int) -> Decision:
    if retry_after is not None:
        return TooManyTries(retry_after=retry_after)
    return None if right else WrongPassword(tries_left=tries_left)
