"""A whole recount: from a source to findings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from auditor.deciding import seed_of
from auditor.formats import checkpoints, cosignatures, merkle, notes
from auditor.formats.checkpoints import Checkpoint
from auditor.formats.merkle import Accumulator
from auditor.formats.notes import Note
from auditor.kinds import kinds
from auditor.record import Record, Source
from auditor.record.served import split
from auditor.recount.breakdowns import check_breakdown
from auditor.recount.city import City, check_city
from auditor.recount.counting import MALFORMED, Count
from auditor.recount.earlier import Earlier, Kept
from auditor.recount.findings import Findings
from auditor.recount.outcomes import check_outcomes
from auditor.recount.progress import Progress
from auditor.recount.results import check_signature, compare, read_result, roll_size
from auditor.recount.served_tiles import ServedTiles
from auditor.recount.sources import check_sources
from auditor.recount.trusting import Keys, Pinned
from auditor.recount.unique import UniqueIds


@dataclass
class Recount:
    """What came out. `definition` is empty where there is none that can be trusted."""

    poll_id: str = ""
    checkpoint: Checkpoint | None = None
    definition: Mapping[str, Any] = field(default_factory=dict)
    questions: Sequence[Mapping[str, Any]] = ()
    outcomes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    ballots: int = 0
    findings: Findings = field(default_factory=Findings)


def recount(source: Source, pinned: Pinned, kept: Kept, progress: Progress) -> Recount:
    """Checks and counts everything. Raises Unreadable, Unreachable when the record cannot be read to its end."""
    record = source.record()
    found = Recount(poll_id=record.poll_id)
    findings = found.findings
    keys = Keys(record, pinned, findings)
    opened = _open(record, keys, findings)
    city = check_city(record, keys, findings)
    found.definition = city.definition or {}
    if opened is None:
        return found
    note, found.checkpoint = opened
    _witnesses(note, keys, pinned.needed or needed(city), findings)
    _sealed(city, note, findings)
    result = read_result(record, city, findings)
    if result is not None:
        check_signature(result, keys, findings)
        _final(result, note, findings)
    with UniqueIds() as unique:
        count = Count(record.poll_id, _questions(city, findings), unique)
        reading = _Reading(source, count, Earlier(record, keys, kept, findings), findings)
        reading.read(found.checkpoint, progress)
    found.ballots = count.ballots
    try:
        found.questions = [profile.result() for profile in count.profiles.values()]
        if city.definition is not None and count.profiles and result is not None:
            _compare(found, found.checkpoint, result, count, city)
    except MALFORMED as error:
        findings.differs("not_compared", why=type(error).__name__)
    return found


def _compare(
    found: Recount, checkpoint: Checkpoint, result: Mapping[str, Any], count: Count, city: City
) -> None:
    """Everything that the result says, against what was counted."""
    findings = found.findings
    compare(result, count, city, found.poll_id, findings)
    check_breakdown(result, count, city, findings)
    entered = check_sources(result, city, found.poll_id, findings)
    seed = seed_of(found.poll_id, checkpoint)
    found.outcomes = check_outcomes(result, count, seed, roll_size(city), entered, findings)


def _open(record: Record, keys: Keys, findings: Findings) -> tuple[Note, Checkpoint] | None:
    try:
        found = checkpoints.open_checkpoint(record.checkpoint, record.origin, keys.log_keys(record.origin))
    except ValueError as error:
        findings.differs("checkpoint_not_signed", why=str(error))
        return None
    findings.holds("checkpoint_signed", origin=record.origin, size=found[1].size)
    return found


def needed(city: City) -> int:
    """How many witnesses the frozen definition asks for."""
    asked = (city.definition or {}).get("witnesses", 0)
    return asked if type(asked) is int else 0


def _witnesses(note: Note, keys: Keys, wanted: int, findings: Findings) -> None:
    agreed = []
    for key in keys.witnesses:
        try:
            time_ = cosignatures.verify(note, key)
        except notes.NotSigned as error:
            findings.differs("cosignature_wrong", why=str(error))
            continue
        agreed += [key.name] if time_ is not None else []
    if not wanted and not agreed:
        findings.note("witnesses_none")
        return
    findings.check(
        len(agreed) >= wanted,
        "witnesses_agree",
        "witnesses_too_few",
        agreed=len(agreed),
        needed=wanted,
        names=agreed,
    )


def same_tree(signed: object, note: Note) -> bool:
    """Whether a checkpoint that is quoted elsewhere is this one, whoever else signed it."""
    return isinstance(signed, str) and signed.startswith(note.text + "\n")


def _sealed(city: City, note: Note, findings: Findings) -> None:
    sealed = [body.get("checkpoint") for body in city.bodies("poll_sealed")]
    if not sealed:
        findings.differs("seal_missing")
        return
    findings.check(all(same_tree(each, note) for each in sealed), "seal_agrees", "seal_differs")


def _final(result: Mapping[str, Any], note: Note, findings: Findings) -> None:
    findings.check(
        same_tree(result.get("checkpoint"), note), "result_checkpoint", "result_checkpoint_differs"
    )
    findings.check(result.get("state") == "final", "result_final", "result_not_final")


def _questions(city: City, findings: Findings) -> list[Mapping[str, Any]]:
    """The definition's questions; nothing where one of them cannot be counted."""
    listed = (city.definition or {}).get("questions", [])
    unknown = sorted({str(question.get("kind")) for question in listed} - kinds().keys())
    for kind in unknown:
        findings.unchecked("kind_unknown", kind=kind)
    return [] if unknown else list(listed)


class _Reading:
    """Reads every leaf once: into the tree, and into the count."""

    def __init__(self, source: Source, count: Count, earlier: Earlier, findings: Findings) -> None:
        self._source = source
        self._count = count
        self._earlier = earlier
        self._served = ServedTiles(source)
        self._findings = findings

    def read(self, checkpoint: Checkpoint, progress: Progress) -> None:
        tree = Accumulator()
        for tile, data in self._source.bundles(checkpoint.size):
            leaves = split(data, tile)
            hashes = [merkle.leaf_hash(leaf) for leaf in leaves]
            self._served.compare(tile, hashes)
            self._earlier.pass_by(tree, hashes)
            self._count.add(leaves)
            progress(tree.size, checkpoint.size)
        self._count.finish()
        right = tree.root() == checkpoint.root
        self._findings.check(right, "tree_agrees", "tree_differs", size=tree.size)
        self._served.finish(checkpoint.size, self._findings)
        self._earlier.finish(tree.size)
        _troubles(self._count, self._findings)


def _troubles(count: Count, findings: Findings) -> None:
    if not count.troubles and count.profiles:
        findings.holds("leaves_right", ballots=count.ballots)
    for code, trouble in sorted(count.troubles.items()):
        if count.profiles or code != "invalid_ballot":
            findings.differs(f"leaves_{code}", leaves=trouble.leaves, places=trouble.places)
