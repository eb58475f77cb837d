"""What the platform's own operator could do with all keys: rewrite a poll's whole record and sign it again."""

import gzip
import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

from auditor.formats import canonical, merkle, tiles
from auditor.formats.encodings import b64, b64u
from auditor.formats.notes import Signer
from services.common.crypto import KeyFolder
from services.polls.contract import ballot_rules
from services.tally.contract.counting.ties import Context, seed_of
from services.tally.contract.rules import method, rules
from tests.unit.auditor.bundles import tar
from tests.unit.auditor.logs import TestLog


def unpack(bundle: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(bundle))) as archive:
        return {member.name: archive.extractfile(member).read() for member in archive}  # type: ignore[union-attr]


def leaves_of(files: dict[str, bytes]) -> list[bytes]:
    found: list[bytes] = []
    for name, data in files.items():
        if "/tile/entries/" in name:
            width = int(name.rpartition(".p/")[2]) if ".p/" in name else tiles.WIDTH
            found += tiles.entries(data, width)
    return found


class Forger:
    """Holds the real keys of a stack."""

    def __init__(self, home: Path) -> None:
        self._log_key = KeyFolder(home / "keys", "ballots").signer("log").private_key
        self._result_key = KeyFolder(home / "keys", "tally").signer("result")

    def rewrite(
        self, bundle: bytes, city_leaves: list[bytes], change: Callable[[list[bytes]], list[bytes]]
    ) -> bytes:
        """The same poll with other ballots: tree rebuilt, counted again, sealed again, everything signed again."""
        files = unpack(bundle)
        head = json.loads(files["record.json"])
        poll_id = head["poll_id"]
        log = self._log(head["origin"], change(leaves_of(files)))
        note = log.note().encode().decode()
        result = self._result(json.loads(files["result.json"]), city_leaves, poll_id, log, note)
        city = self._log(
            head["city_origin"], [self._city_leaf(each, poll_id, note, result) for each in city_leaves]
        )
        entries = [
            {
                "index": n,
                "leaf": leaf.decode(),
                "proof": [b64(p) for p in merkle.inclusion_proof(n, city.size, city.node)],
            }
            for n, leaf in enumerate(city.leaves)
            if json.loads(leaf)["poll"] == poll_id
        ]
        forged = {
            "record.json": files["record.json"],
            "result.json": canonical.dumps(result),
            f"log/{poll_id}/checkpoint": note.encode(),
            "city.json": json.dumps(
                {"checkpoint": city.note().encode().decode(), "entries": entries}
            ).encode(),
        }
        forged |= {f"log/{poll_id}/{tile.path()}": log.tile(tile) for tile in tiles.bundles(log.size)}
        return gzip.compress(tar(forged))

    def _log(self, origin: str, leaves: list[bytes]) -> TestLog:
        log = TestLog(origin, leaves)
        log.signer = Signer(origin, self._log_key)
        return log

    def _city_leaf(self, leaf: bytes, poll_id: str, note: str, result: dict) -> bytes:
        value = json.loads(leaf)
        if value["poll"] == poll_id and value["kind"] == "poll_sealed":
            value["body"] = {"checkpoint": note}
        if value["poll"] == poll_id and value["kind"] == "result":
            value["body"] = result
        return canonical.dumps(value)

    def _result(self, result: dict, city_leaves: list[bytes], poll_id: str, log: TestLog, note: str) -> dict:
        opened = next(
            value
            for value in map(json.loads, city_leaves)
            if (value["kind"], value["poll"]) == ("poll_opened", poll_id)
        )
        questions = opened["body"]["definition"]["questions"]
        counters: dict[str, dict[str, int]] = {}
        for each in log.leaves:
            for question, name, n in ballot_rules.count_ballot(questions, json.loads(each)["answers"]):
                own = counters.setdefault(question, {})
                own[name] = own.get(name, 0) + n
        forged = {name: value for name, value in result.items() if name != "signature"}
        counted = zip(questions, ballot_rules.summarise(questions, counters), strict=True)
        forged |= {"questions": [self._with_outcome(*each, log, poll_id) for each in counted]}
        forged |= {"voters": log.size, "as_of": log.size, "checkpoint": note}
        value = b64u(self._result_key.sign(canonical.dumps(forged)))
        return {**forged, "signature": {"key_id": self._result_key.key_id, "value": value}}

    def _with_outcome(self, question: dict, counted: dict, log: TestLog, poll_id: str) -> dict:
        if not question.get("counting"):
            return counted
        rule = rules()[question["counting"]["rule"]]
        profile = rule.profile(question)
        for leaf in log.leaves:
            answer = json.loads(leaf)["answers"].get(question["id"])
            if answer is not None:
                profile.add(answer)
        context = Context(seed_of(poll_id, log.size, log.root()))
        outcome = rule.count(question, profile, context).as_json()
        return {**counted, "counting": method(question), "outcome": outcome}


def whole_city(get: Callable[[str], bytes]) -> list[bytes]:
    """Every leaf of the city's log as it is served."""
    size = int(get("/log/city/checkpoint").decode().split("\n")[1])
    return [
        leaf
        for tile in tiles.bundles(size)
        for leaf in tiles.entries(get(f"/log/city/{tile.path()}"), tile.width)
    ]
