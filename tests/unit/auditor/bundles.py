"""Makes whole bundles as docs/record.md has them, with test keys; every part can be tampered with before it is written.

Results come from the platform's own counting, so that the auditor's is compared with another one.
"""

import gzip
import io
import json
import tarfile
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from auditor.formats import canonical, cosignatures, merkle, tiles
from auditor.formats.encodings import b64, b64u
from auditor.formats.notes import COSIGNATURE_V1, Note, Signer
from services.polls.contract import ballot_rules
from services.polls.contract.kinds import share
from tests.unit.auditor.logs import TestLog, key

HOST = "vote.example"
POLL = "poll-1234567890abcdefg"
LOG_SEED, RESULT_SEED, RECEIPT_SEED = 11, 12, 13
WITNESS_SEEDS = (21, 22, 23)

QUESTIONS: list[dict[str, Any]] = [
    {
        "id": "q1",
        "kind": "choice",
        "title": "버스 유턴장에 노선도를 확대 부착할까요?",
        "required": True,
        "min": 1,
        "max": 2,
        "options": [{"id": f"o{n}", "label": f"보기 {n}"} for n in range(1, 5)],
    },
    {"id": "q2", "kind": "yes_no", "title": "찬성하십니까?", "required": False, "options": []},
    {
        "id": "q3",
        "kind": "score",
        "title": "만족도",
        "required": False,
        "options": [{"id": "a", "label": "가"}, {"id": "b", "label": "나"}],
    },
    {"id": "q4", "kind": "text", "title": "의견", "required": False, "options": []},
]


def answers_of(n: int) -> dict[str, Any]:
    """Ballot number n: plain, valid, and of every kind."""
    found: dict[str, Any] = {"q1": ["o1", "o3"] if n % 7 == 0 else [f"o{n % 4 + 1}"]}
    if n % 3:
        found["q2"] = ("yes", "no", "abstain")[n % 5 % 3]
    if n % 4 == 1:
        found["q3"] = {"a": n % 5 + 1, "b": 5 - n % 3}
    if n % 10 == 2:
        found["q4"] = {"sha256": b64u(sha256(b"salt and text %d" % n).digest())}
    return found


def leaf(answers: Mapping[str, Any], n: int, poll: str = POLL) -> bytes:
    return canonical.dumps({"answers": answers, "ballot_id": f"ballot-{n:015d}", "poll": poll, "v": 1})


def city_leaf(kind: str, body: Any, poll: str = POLL) -> bytes:
    return canonical.dumps({"at": "2026-11-22T00:00:00Z", "body": body, "kind": kind, "poll": poll, "v": 1})


def public(seed: int) -> bytes:
    return key(seed).public_key().public_bytes_raw()


@dataclass
class Bundle:
    """A poll's record to be. Fields may be changed before `write`; functions named `make_…` may be replaced."""

    questions: list[dict[str, Any]] = field(default_factory=lambda: deepcopy(QUESTIONS))
    leaves: list[bytes] = field(default_factory=lambda: [leaf(answers_of(n), n) for n in range(700)])
    witnesses: int = 2
    witness_seeds: Sequence[int] = WITNESS_SEEDS
    roll_size: int | None = 1000
    in_parts: bool = False
    change_result: Callable[[dict[str, Any]], None] = lambda _: None
    change_city: Callable[[list[bytes]], list[bytes]] = lambda leaves: leaves
    change_log: Callable[[TestLog], None] = lambda _: None
    change_files: Callable[[dict[str, bytes]], None] = lambda _: None

    def definition(self) -> dict[str, Any]:
        return {
            "v": 1,
            "id": POLL,
            "title": "정책투표",
            "questions": self.questions,
            "roll_size": self.roll_size,
            "witnesses": self.witnesses,
        }

    def log(self) -> TestLog:
        made = TestLog(f"{HOST}/log/{POLL}", self.leaves, LOG_SEED)
        self.change_log(made)
        return made

    def result(self, log: TestLog) -> bytes:
        """The signed result of the leaves as they were cast."""
        counters: dict[str, dict[str, int]] = {}
        for each in log.leaves:
            for question, name, n in ballot_rules.count_ballot(self.questions, json.loads(each)["answers"]):
                own = counters.setdefault(question, {})
                own[name] = own.get(name, 0) + n
        found: dict[str, Any] = {
            "poll_id": POLL,
            "state": "final",
            "results": "after_close",
            "questions": ballot_rules.summarise(self.questions, counters),
            "voters": log.size,
            "as_of": log.size,
            "definition_hash": self.hash(),
            "checkpoint": log.note().encode().decode(),
            "counted_at": "2026-11-22T00:01:00Z",
        }
        if self.roll_size:
            found["turnout"] = {"roll": self.roll_size, "share": share(log.size, self.roll_size)}
        self.change_result(found)
        value = b64u(key(RESULT_SEED).sign(canonical.dumps(found)))
        return canonical.dumps({**found, "signature": {"key_id": "tally-result-1", "value": value}})

    def hash(self) -> str:
        return sha256(canonical.dumps(self.definition())).hexdigest()

    def city_leaves(self, log: TestLog, result: bytes) -> list[bytes]:
        other = "another-poll-890abcdef"
        text = canonical.dumps(self.definition()).decode()
        opened: list[bytes] = []
        if self.in_parts:
            texts = [text[n : n + 100] for n in range(0, len(text), 100)]
            named = {"definition_hash": self.hash()}
            opened = [
                city_leaf("definition_part", {**named, "number": n, "of": len(texts), "text": each})
                for n, each in enumerate(texts, 1)
            ][::-1]
            opened.append(city_leaf("poll_opened", {**named, "parts": len(texts)}))
        else:
            opened.append(
                city_leaf("poll_opened", {"definition": self.definition(), "definition_hash": self.hash()})
            )
        roll = (
            [city_leaf("roll", {"size": self.roll_size, "commitment": "00" * 32})] if self.roll_size else []
        )
        leaves = [
            city_leaf("roll", {"size": 1, "commitment": "00" * 32}, other),
            *opened,
            *roll,
            city_leaf("change", {"number": 1, "what": "opened", "old": None, "new": None, "reason": None}),
            city_leaf("change", {"number": 2, "what": "closed", "old": None, "new": None, "reason": None}),
            city_leaf("poll_sealed", {"checkpoint": log.note().encode().decode()}),
            *self._result_leaves(result),
            city_leaf(
                "change", {"number": 1, "what": "opened", "old": None, "new": None, "reason": None}, other
            ),
        ]
        return self.change_city(leaves)

    def _result_leaves(self, result: bytes) -> list[bytes]:
        if not self.in_parts:
            return [city_leaf("result", json.loads(result))]
        named = {"result_hash": sha256(result).hexdigest()}
        texts = [result.decode()[n : n + 300] for n in range(0, len(result.decode()), 300)]
        parts = [
            city_leaf("result_part", {**named, "number": n, "of": len(texts), "text": each})
            for n, each in enumerate(texts, 1)
        ]
        return [*parts, city_leaf("result", {**named, "parts": len(texts)})]

    def cosigned(self, note: Note) -> bytes:
        made = [
            cosignatures.cosign(Signer(f"witness.example/{seed}", key(seed)), note.text, 1_700_000_000)
            for seed in self.witness_seeds
        ]
        return Note(note.text, (*note.signatures, *made)).encode()

    def keys(self) -> list[dict[str, Any]]:
        named = {"log": LOG_SEED, "result": RESULT_SEED, "receipt": RECEIPT_SEED}
        services = {"log": "ballots-log-1", "result": "tally-result-1", "receipt": "ballots-receipt-1"}
        return [
            {"id": services[use], "use": use, "algorithm": "Ed25519", "public_key": b64u(public(seed))}
            for use, seed in named.items()
        ]

    def vkeys(self) -> list[str]:
        return [
            Signer(f"witness.example/{seed}", key(seed)).key(COSIGNATURE_V1).vkey() for seed in WITNESS_SEEDS
        ]

    def city(self, log: TestLog, result: bytes) -> TestLog:
        return TestLog(f"{HOST}/log/city", self.city_leaves(log, result), LOG_SEED)

    def files(self) -> dict[str, bytes]:
        """Every file by name, in order."""
        log = self.log()
        result = self.result(log)
        city = self.city(log, result)
        own = [n for n, each in enumerate(city.leaves) if POLL.encode() in each]
        entries = [
            {
                "index": n,
                "leaf": city.leaves[n].decode(),
                "proof": [b64(each) for each in merkle.inclusion_proof(n, city.size, city.node)],
            }
            for n in own
        ]
        head = {
            "v": 1,
            "poll_id": POLL,
            "origin": log.origin,
            "city_origin": city.origin,
            "keys": self.keys(),
            "witnesses": self.vkeys(),
        }
        found = {
            "record.json": json.dumps(head).encode(),
            "result.json": result,
            f"log/{POLL}/checkpoint": self.cosigned(log.note()),
            "city.json": json.dumps(
                {"checkpoint": self.cosigned(city.note()).decode(), "entries": entries}
            ).encode(),
        }
        for tile in tiles.bundles(log.size):
            found[f"log/{POLL}/{tile.path()}"] = log.tile(tile)
        self.change_files(found)
        return found

    def write(self, path: Path) -> Path:
        with gzip.open(path, "wb", compresslevel=1) as file:
            file.write(tar(self.files()))
        return path


def tar(files: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return stream.getvalue()
