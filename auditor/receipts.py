"""`python -m auditor receipt`: whether a receipt is genuine and its promise was kept."""

import json
import random
import sys
import time
from argparse import Namespace
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from auditor.fetching import Site, Unreachable
from auditor.formats import canonical, checkpoints, cosignatures, merkle, notes, tiles
from auditor.formats.checkpoints import Checkpoint
from auditor.formats.encodings import unb64u
from auditor.formats.notes import MalformedKey, Note
from auditor.formats.tiles import Tile, TileReader
from auditor.record import CityPart, Record, Unreadable, read_keys
from auditor.record.addresses import is_address, poll_of
from auditor.record.bundle import BundleSource
from auditor.record.served import split, unverified
from auditor.recount.command import add_common, pinned
from auditor.recount.findings import Findings
from auditor.recount.page import findings_lines
from auditor.recount.trusting import Keys
from auditor.texts import language_of, say

FIELDS = {
    "v": int,
    "poll_id": str,
    "ballot_id": str,
    "leaf_hash": str,
    "recorded_at": str,
    "include_within": int,
    "key_id": str,
    "signature": str,
}
DECOYS = 7
"""Other leaves whose tiles are fetched as well, so that the server does not learn which ballot is looked for."""
ALL_TILES = 64
"""Up to so many tiles of leaf hashes are simply all fetched."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt that has the right form. `leaf_hash`: 32 bytes; `deadline`: until when the leaf had to be in the log."""

    document: Mapping[str, Any]
    poll_id: str
    leaf_hash: bytes
    deadline: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """Where a leaf is and what proves it; `index` None: the whole log was searched and it is not there."""

    index: int | None
    proof: Sequence[bytes] = ()


def parse(data: bytes) -> Receipt:
    """Reads a receipt. Raises ValueError."""
    found = canonical.read(data)
    if (
        not isinstance(found, dict)
        or {name: type(found.get(name)) for name in FIELDS} != FIELDS
        or found["v"] != 1
    ):
        raise ValueError("a field is missing or has another type")
    leaf_hash = unb64u(found["leaf_hash"])
    minute = datetime.fromisoformat(found["recorded_at"])
    if (
        len(leaf_hash) != 32
        or minute.tzinfo is None
        or minute.second
        or not 0 <= found["include_within"] <= 10**6
    ):
        raise ValueError("leaf_hash, recorded_at or include_within is no such thing")
    deadline = minute.astimezone(UTC) + timedelta(minutes=1, seconds=found["include_within"])
    return Receipt(found, found["poll_id"], leaf_hash, deadline)


class ServedLog:
    """A poll's log at a server."""

    def __init__(self, address: str, poll_id: str) -> None:
        self._site = Site(address)
        self._log = f"/log/{poll_id}"
        self._poll_id = poll_id

    def record(self) -> Record:
        """Keys and checkpoint; nothing of the city's log. Raises Unreadable, Unreachable."""
        keys = canonical.read(self._site.get("/api/v1/keys"))
        checkpoint = self._site.get(f"{self._log}/checkpoint", notes.LONGEST)
        witnesses = keys.get("witnesses", []) if isinstance(keys, dict) else []
        return Record(
            poll_id=self._poll_id,
            origin=unverified(checkpoint).origin,
            city_origin="",
            keys=read_keys(keys),
            witnesses=[str(each) for each in witnesses],
            checkpoint=checkpoint,
            city=CityPart(b"", ()),
        )

    def find(self, leaf: bytes, size: int) -> Place:
        """Looks for a leaf hash without telling which: by all tiles of a small log, else by the beginning of the hash and
        with decoys. Raises Unreachable, MalformedTile.
        """
        reader = TileReader(size, lambda tile: self._site.get(f"{self._log}/{tile.path()}"))
        if size <= ALL_TILES * tiles.WIDTH:
            found = [n for n in range(size) if reader.node(0, n) == leaf]
        else:
            found = self._look_up(leaf, size, reader)
        if not found:
            return Place(None)
        return Place(found[0], merkle.inclusion_proof(found[0], size, reader.node))

    def _look_up(self, leaf: bytes, size: int, reader: TileReader) -> list[int]:
        """The hash's beginning is as long as leaves some hundred leaves with it; the tiles of a few others are read too."""
        digits = max(1, min(4, (size // 256).bit_length() // 4))
        listed = canonical.read(self._site.get(f"{self._log}/lookup/{leaf.hex()[:digits]}"))
        entries = listed.get("entries") if isinstance(listed, dict) else None
        try:
            indices = {int(index): unb64u(hash_) for index, hash_ in entries or []}
        except (TypeError, ValueError):
            raise Unreadable("the answer of lookup is malformed") from None
        wanted = [index for index, hash_ in indices.items() if hash_ == leaf and index < size]
        others = [index for index in indices if index not in wanted and index < size]
        looked = [*wanted, *random.SystemRandom().sample(others, min(DECOYS, len(others)))]
        for index in random.SystemRandom().sample(looked, len(looked)):
            reader.node(0, index)
        return wanted

    def close(self) -> None:
        self._site.close()


class BundledLog:
    """A poll's log in a bundle."""

    def __init__(self, path: str) -> None:
        try:
            self._source = BundleSource(Path(path).open("rb"))  # noqa: SIM115  the source closes it
        except OSError as error:
            raise Unreadable(f"{path}: {error.strerror}") from None

    def record(self) -> Record:
        return self._source.record()

    def find(self, leaf: bytes, size: int) -> Place:
        """Looks through all leaves; the proof is made of their tiles. Raises Unreadable."""
        rows: dict[Tile, bytes] = {}
        above: list[bytes] = []
        found: list[int] = []
        for tile, data in self._source.bundles(size):
            hashes = [merkle.leaf_hash(each) for each in split(data, tile)]
            found += [tile.index * tiles.WIDTH + n for n, each in enumerate(hashes) if each == leaf]
            if (found and found[0] // tiles.WIDTH == tile.index) or tile.width < tiles.WIDTH:
                rows[Tile(0, tile.index, tile.width)] = b"".join(hashes)
            if tile.width == tiles.WIDTH:
                above.append(merkle.perfect_root(hashes))
        if not found:
            return Place(None)
        return Place(found[0], merkle.inclusion_proof(found[0], size, _Nodes(rows, above).node))

    def close(self) -> None:
        self._source.close()


class _Nodes:
    """The nodes of a tree of which the roots of all full tiles are known, and the hashes of a few."""

    def __init__(self, rows: Mapping[Tile, bytes], above: Sequence[bytes]) -> None:
        self._rows = {tile.index: data for tile, data in rows.items()}
        self._above = above

    def node(self, level: int, index: int) -> bytes:
        if level >= tiles.HEIGHT:
            rise = level - tiles.HEIGHT
            return merkle.perfect_root(self._above[index << rise : (index + 1) << rise])
        tile, first = divmod(index << level, tiles.WIDTH)
        row = self._rows[tile]
        places = range(first, first + (1 << level))
        return merkle.perfect_root([row[n * tiles.HASH : (n + 1) * tiles.HASH] for n in places])


def check(receipt: Receipt, log: ServedLog | BundledLog, options: Namespace, now: float) -> Findings:
    """Everything about the receipt. Raises Unreadable, Unreachable, MalformedKey."""
    findings = Findings()
    record = log.record()
    keys = Keys(record, pinned(options), findings)
    rest = {name: value for name, value in receipt.document.items() if name != "signature"}
    named = receipt.document["key_id"]
    genuine = keys.signed("receipt", named, receipt.document["signature"], rest)
    findings.check(genuine, "receipt_signed", "receipt_not_signed", key=named)
    try:
        note, checkpoint = checkpoints.open_checkpoint(
            record.checkpoint, record.origin, keys.log_keys(record.origin)
        )
    except ValueError as error:
        findings.differs("checkpoint_not_signed", why=str(error))
        return findings
    findings.holds("checkpoint_signed", origin=record.origin, size=checkpoint.size)
    times = _times(note, keys, findings)
    if not genuine or record.poll_id != receipt.poll_id:
        return findings
    _inclusion(receipt, log, checkpoint, times, findings, now)
    findings.note("receipt_secret")
    return findings


def _times(note: Note, keys: Keys, findings: Findings) -> list[int]:
    """When trusted witnesses cosigned the checkpoint."""
    times = []
    for key in keys.witnesses:
        try:
            at = cosignatures.verify(note, key)
        except notes.NotSigned as error:
            findings.differs("cosignature_wrong", why=str(error))
            continue
        times += [] if at is None else [at]
    if times:
        findings.holds(
            "witnesses_agree", agreed=len(times), needed=0, names=[key.name for key in keys.witnesses]
        )
    return times


def _inclusion(
    receipt: Receipt,
    log: ServedLog | BundledLog,
    checkpoint: Checkpoint,
    times: list[int],
    findings: Findings,
    now: float,
) -> None:
    try:
        place = log.find(receipt.leaf_hash, checkpoint.size)
    except (tiles.MalformedTile, canonical.NotCanonical) as error:
        findings.unchecked("receipt_not_proved", why=str(error))
        return
    if place.index is not None:
        root = merkle.root_from_inclusion(receipt.leaf_hash, place.index, checkpoint.size, place.proof)
        if root == checkpoint.root:
            findings.holds("receipt_included", index=place.index, size=checkpoint.size)
        else:
            findings.differs("receipt_not_proved", why="the inclusion proof leads to another root")
        return
    _not_included(receipt, times, findings, now, final=isinstance(log, BundledLog))


def _not_included(receipt: Receipt, times: list[int], findings: Findings, now: float, *, final: bool) -> None:
    deadline = receipt.deadline.isoformat()
    proved = max(times, default=0)
    if final:
        findings.differs("receipt_sealed_without")
    elif proved > receipt.deadline.timestamp():
        said = datetime.fromtimestamp(proved, UTC).isoformat()
        findings.differs("receipt_broken", deadline=deadline, time=said)
    elif now > receipt.deadline.timestamp():
        findings.differs("receipt_broken_by_clock", deadline=deadline)
    else:
        findings.unchecked("receipt_early", deadline=deadline)


def add_to(commands: Any) -> None:
    """Adds the command to what `ArgumentParser.add_subparsers` gave."""
    parser = commands.add_parser(
        "receipt", help="check a receipt: signature, inclusion, and whether the promise was kept"
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="the receipt as JSON")
    parser.add_argument(
        "address", metavar="ADDRESS-OR-BUNDLE", help="the server (https://vote.example), or the poll's bundle"
    )
    add_common(parser)
    parser.set_defaults(run=run)


def run(options: Namespace) -> int:
    """0: genuine and in the log; 1: something is wrong; 2: it could not be checked, or not yet."""
    language = options.language or language_of()
    try:
        findings = _checked(options)
    except (Unreadable, Unreachable, MalformedKey, canonical.NotCanonical, OSError) as error:
        sys.stderr.write(say(language, "unreadable", why=str(error)) + "\n")
        return 2
    if options.json:
        document = {"exit_status": findings.exit_status, "findings": [one.as_json() for one in findings.all]}
        sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=1) + "\n")
    else:
        lines = [say(language, "receipt_title"), *findings_lines(findings, language)]
        sys.stdout.write("\n".join(lines) + "\n")
    return findings.exit_status


def _checked(options: Namespace) -> Findings:
    try:
        receipt = parse(options.file.read_bytes())
    except ValueError as error:
        findings = Findings()
        findings.differs("receipt_malformed", why=str(error))
        return findings
    log = _open(options.address, receipt)
    try:
        return check(receipt, log, options, time.time())
    finally:
        log.close()


def _open(address: str, receipt: Receipt) -> ServedLog | BundledLog:
    if not is_address(address):
        return BundledLog(address)
    if poll_of(address) not in (None, receipt.poll_id):
        raise Unreadable("the address is another poll's")
    return ServedLog(address, receipt.poll_id)
