"""Tally with one certified poll, for the benchmark of exports."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.ballots import contract as ballots
from services.common.crypto import Signer, Verifier
from services.common.database import Database
from services.common.encodings import canonical_json, sha256
from services.migrate import migrate
from services.polls import contract as polls
from services.polls.contract import ballot_rules
from services.tally import contract
from services.tally.domain import Count, Facts
from services.tally.formats import formats
from services.tally.settings import TallySettings
from services.tally.sources import Sources
from services.tally.storage import TallyStore
from services.tally.usecases import exports
from services.tally.usecases.outcomes import new_profiles
from services.tally.usecases.recounting import sign
from services.tally.usecases.results import document

Ask = Callable[[str, int, int | None], dict[str, Any]]
POLL = "poll-1"
PAGE = int(TallySettings.page.default or 0)


def counted(folder: Path, size: int, questions: list[dict[str, Any]], sample: list[dict[str, Any]]) -> Ask:
    """How a part of a file is asked for. The log has `size` entries: those of the sample again and again."""
    definition = {
        "id": POLL,
        "title": "2026년 시민참여예산 사업 선정",
        "organization": "seoul",
        "questions": questions,
    }
    facts = Facts(POLL, "published", "live", definition, sha256(canonical_json(definition)).hex(), 2 * size)
    store = opened(folder)
    signer = Signer("tally-result-1", Ed25519PrivateKey.generate())
    certify(store, facts, sign(signer, final(facts, questions, sample, size)))
    sources = Sources(log_of(sample, size), PAGE)
    keys = Verifier({signer.key_id: signer.public_key})
    formats()  # loaded with the first export of a process, some 0.2 seconds

    def ask(form: str, part: int, as_of: int | None) -> dict[str, Any]:
        wanted = {
            "poll_id": POLL,
            "format": form,
            "part": part,
            "as_of": as_of,
            "address": "https://vote.example",
        }
        call = contract.EXPORT_RESULTS
        answer: dict[str, Any] = call.dump(exports.export(store, sources, keys, **call.load(wanted)))
        return answer

    return ask


def opened(folder: Path) -> TallyStore:
    url = f"sqlite:///{folder / 'tally.sqlite'}"
    migrate("tally", url)
    return TallyStore(Database(url))


def certify(store: TallyStore, facts: Facts, text: str) -> None:
    with store.write() as tx:
        tx.begin(facts)
        tx.settle(facts.poll_id, [], text)
        tx.commit()


def final(
    facts: Facts, questions: list[dict[str, Any]], sample: list[dict[str, Any]], size: int
) -> dict[str, Any]:
    """The result of the whole log, counted from the sample."""
    whole, rest = divmod(size, len(sample))
    count = Count(entries=size, profiles=new_profiles(questions), seed=b"s" * 32)
    for n, answers in enumerate(sample):
        times = whole + (n < rest)
        count.add((q, name, i * times) for q, name, i in ballot_rules.count_ballot(questions, answers))
        for question, profile in count.profiles.items():
            profile.add(answers[question], times)
    checkpoint = f"vote.example/log/{POLL}\n{size}\n{'A' * 43}=\n\n— vote.example/log/{POLL} AAAA\n"
    return document(facts, "final", count, {"counted_at": "2026-11-22T05:30:00Z", "checkpoint": checkpoint})


def log_of(sample: list[dict[str, Any]], size: int) -> Callable[..., dict[str, Any]]:
    """Ballots and polls, as far as an export asks them."""
    leaves = [
        canonical_json(
            {"v": ballots.LEAF_VERSION, "poll": POLL, "ballot_id": f"ballot-{n:015d}", "answers": answers}
        ).decode()
        for n, answers in enumerate(sample)
    ]

    def ask(call: Any, **asked: Any) -> dict[str, Any]:
        if call is polls.GET_DEFINITION:
            return {"opened_at": "2026-08-05T00:00:00Z", "closes_at": "2026-08-31T14:59:59Z"}
        assert call is ballots.GET_ENTRIES
        end = min(asked["start"] + asked["limit"], size)
        return {"entries": [leaves[n % len(leaves)] for n in range(asked["start"], end)]}

    return ask
