"""Taking ballots in: the hot path.

Everything that needs no database comes first, then one transaction for the whole batch, then the receipts.  What is
not committed is not promised; what is committed is found again by a repeated batch, which gets the same receipts.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from prometheus_client import Counter, Histogram

from services.ballots import contract, leaves
from services.ballots.domain import Ballot, Book, PollFacts, Recorded, Verdict, WrittenText
from services.ballots.known_polls import KnownPolls
from services.ballots.receipts import ReceiptSigner
from services.ballots.storage import BallotStore
from services.common.contract import instance, outcome_error, outcome_ok
from services.common.errors import DomainError, InvalidInput, Unavailable
from services.common.ids import format_utc
from services.common.schemas import load
from services.common.telemetry.metrics import ITEMS, SECONDS, measured
from services.common.tlog.merkle import leaf_hash
from services.polls.contract import ballot_rules, passes

RECORDED = Counter("ballots_recorded_total", "Ballots recorded, each once")
DUPLICATE = Counter(
    "ballots_duplicate_total", "Casts that repeated a recorded ballot and got its receipt again"
)
REJECTED = Counter("ballots_rejected_total", "Casts that were refused", ["reason"])
BATCH_ITEMS = Histogram("ballot_batch_items", "Casts in one batch", buckets=ITEMS)
BATCH_SECONDS = Histogram(
    "ballot_batch_seconds", "Time from a batch's arrival to its answer", buckets=SECONDS
)

_BALLOT_ID = re.compile(r"[A-Za-z0-9_-]{16,64}")
_FIELDS = {"poll_id", "ballot_id", "answers", "ballot_pass"}

Outcome = dict[str, Any]
Examined = Ballot | DomainError


def cast(
    items: Sequence[Any], *, store: BallotStore, polls: KnownPolls, receipts: ReceiptSigner
) -> list[Outcome]:
    """Records the good ones of these casts in one transaction and answers all in their order.

    Idempotent: a cast that comes again gets the receipt of its first time.  Raises `Unavailable` when the database or
    something that must be asked is away; then nothing was answered and the whole batch has to come again.
    """
    with measured(BATCH_SECONDS):
        BATCH_ITEMS.observe(len(items))
        examined = [examine(item, polls) for item in items]
        ballots = [one for one in examined if isinstance(one, Ballot)]
        new, known = record(ballots, store, receipts.key_id) if ballots else (0, [])
        book = Book(known)
        outcomes = [answer(one, book, receipts, store) for one in examined]
    DUPLICATE.inc(max(0, sum("ok" in outcome for outcome in outcomes) - new))
    return outcomes


def examine(item: Any, polls: KnownPolls) -> Examined:
    """The ballot that this item is, or why it is none."""
    try:
        check_shape(item)
        ballot_pass = check_pass(item, polls)
        facts, canonical = check_answers(item, ballot_pass, polls)
        answers, texts = recorded_form(facts, canonical)
    except Unavailable:
        raise
    except DomainError as refusal:
        return refusal
    leaf = leaves.ballot_leaf(item["poll_id"], item["ballot_id"], answers)
    if len(leaf) > leaves.LONGEST:
        return InvalidInput(errors=[{"pointer": "/answers", "code": "too_long", "params": {}}])
    return Ballot(
        poll_id=item["poll_id"],
        ballot_id=item["ballot_id"],
        pseudonym=ballot_pass.pseudonym,
        channel=ballot_pass.channel,
        leaf=leaf.decode(),
        leaf_hash=leaf_hash(leaf),
        texts=texts,
        cohort=ballot_pass.cohort if facts.broken_down else None,
    )


def check_shape(item: Any) -> None:
    """What `CastSchema` says, quicker. Raises `InvalidInput` as the schema does."""
    well_formed = (
        isinstance(item, dict)
        and item.keys() == _FIELDS
        and isinstance(item["poll_id"], str)
        and isinstance(item["ballot_pass"], str)
        and isinstance(item["answers"], dict)
        and isinstance(item["ballot_id"], str)
        and _BALLOT_ID.fullmatch(item["ballot_id"]) is not None
    )
    if not well_formed:
        load(instance(contract.CastSchema), item)
        raise InvalidInput(errors=[{"pointer": "", "code": "invalid", "params": {}}])


def check_pass(item: Mapping[str, Any], polls: KnownPolls) -> passes.BallotPass:
    """Raises `InvalidPass` for what polls did not sign for this poll."""
    try:
        ballot_pass, signed = passes.decode(item["ballot_pass"])
    except passes.MalformedPass:
        raise contract.InvalidPass from None
    if ballot_pass.poll != item["poll_id"] or not polls.verify_pass(ballot_pass.key_id, signed):
        raise contract.InvalidPass
    return ballot_pass


def check_answers(
    item: Mapping[str, Any], ballot_pass: passes.BallotPass, polls: KnownPolls
) -> tuple[PollFacts, dict[str, Any]]:
    """The poll, and the answers in canonical form. Raises `PollUnknown`, `PollNotOpen`, `InvalidInput`."""
    facts = polls.facts(item["poll_id"])
    if not facts.admits(ballot_pass.issued_at):
        facts = polls.doubted(item["poll_id"])
    if not facts.admits(ballot_pass.issued_at):
        raise contract.PollNotOpen(state=facts.state)
    problems = ballot_rules.check_ballot(facts.questions, item["answers"])
    if problems:
        raise InvalidInput(
            errors=[{"pointer": f"/answers{p.pointer}", "code": p.code, "params": p.params} for p in problems]
        )
    return facts, ballot_rules.canonical_answers(facts.questions, item["answers"])


def recorded_form(
    facts: PollFacts, answers: dict[str, Any]
) -> tuple[dict[str, Any], tuple[WrittenText, ...]]:
    """The answers as they stand in the leaf, and what was written and stands there as a salted hash only."""
    texts = tuple(leaves.salted(name, answers[name]) for name in facts.hashed if name in answers)
    hashes = {each.question: leaves.recorded_form(each) for each in texts}
    return ({**answers, **hashes} if texts else answers), texts


def record(ballots: Sequence[Ballot], store: BallotStore, key_id: str) -> tuple[int, list[Recorded]]:
    """Records what may be recorded; returns how many are new, and all that is recorded of these voters and under these ids."""
    with store.write() as tx:
        sealed = tx.enter({one.poll_id for one in ballots})
        open_ones = [one for one in ballots if one.poll_id not in sealed]
        new = tx.record(open_ones, tx.now(), key_id) if open_ones else []
        known = tx.recorded(ballots) if len(new) < len(ballots) else new
        tx.commit()
    RECORDED.inc(len(new))
    return len(new), known


def answer(one: Examined, book: Book, receipts: ReceiptSigner, store: BallotStore) -> Outcome:
    """The outcome for the voter."""
    if isinstance(one, DomainError):
        return refuse(one)
    verdict, recorded = book.judge(one)
    if verdict is Verdict.RECORDED and recorded is not None:
        return outcome_ok(receipts.receipt(recorded, store.include_within(one.poll_id)))
    return refuse(refusal(verdict, recorded))


def refusal(verdict: Verdict, recorded: Recorded | None) -> DomainError:
    """A ballot that is neither recorded nor in conflict was not taken because its poll is sealed."""
    if recorded is not None:
        return contract.AlreadyVoted(recorded_at=format_utc(recorded.recorded_at))
    return contract.BallotIdTaken() if verdict is Verdict.ID_TAKEN else contract.PollNotOpen(state="closed")


def refuse(error: DomainError) -> Outcome:
    """The outcome of a refused cast, counted."""
    REJECTED.labels(error.code).inc()
    return outcome_error(error)
