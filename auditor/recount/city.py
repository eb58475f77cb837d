"""What the city's log says of the poll: its frozen definition, its changes, its seal and its result."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from auditor.formats import canonical, checkpoints, merkle
from auditor.formats.checkpoints import Checkpoint
from auditor.record import CityEntry, Record
from auditor.recount.findings import Findings
from auditor.recount.trusting import Keys


@dataclass
class City:
    """The poll's entries by kind, in the order of the log, each with its index."""

    definition: dict[str, Any] | None = None
    definition_hash: str = ""
    entries: dict[str, list[Any]] = field(default_factory=dict)

    def bodies(self, kind: str) -> list[Any]:
        return self.entries.get(kind, [])


def check_city(record: Record, keys: Keys, findings: Findings) -> City:
    """Verifies the city's checkpoint and that the entries are under it; then reads them."""
    city = City()
    checkpoint = _checkpoint(record, keys, findings)
    if checkpoint is None:
        return city
    missing = [entry.index for entry in record.city.entries if not _included(entry, checkpoint)]
    whole = record.city.root is not None
    holds = not missing and (not whole or record.city.root == checkpoint.root)
    good = "city_whole" if whole else "city_included"
    findings.check(holds, good, "city_not_included", entries=len(record.city.entries), places=missing[:5])
    if not whole:
        findings.note("city_not_whole")
    for entry in sorted(record.city.entries, key=lambda entry: entry.index):
        _read(entry, record.poll_id, city, findings)
    _definition(city, record.poll_id, findings)
    _changes(city, findings)
    return city


def _checkpoint(record: Record, keys: Keys, findings: Findings) -> Checkpoint | None:
    origin = record.city_origin
    try:
        _, found = checkpoints.open_checkpoint(record.city.checkpoint, origin, keys.log_keys(origin))
    except ValueError as error:
        findings.differs("city_not_signed", why=str(error))
        return None
    findings.holds("city_signed", origin=origin, size=found.size)
    return found


def _included(entry: CityEntry, checkpoint: Checkpoint) -> bool:
    if entry.proof is None:
        return True
    leaf = merkle.leaf_hash(entry.leaf)
    return merkle.root_from_inclusion(leaf, entry.index, checkpoint.size, entry.proof) == checkpoint.root


def _read(entry: CityEntry, poll_id: str, city: City, findings: Findings) -> None:
    try:
        leaf = canonical.loads(entry.leaf)
        kind, body, right = leaf["kind"], leaf["body"], leaf["poll"] == poll_id and leaf["v"] == 1
    except (canonical.NotCanonical, KeyError, TypeError):
        findings.differs("city_entry_malformed", index=entry.index)
        return
    if not right or not isinstance(kind, str) or not isinstance(body, dict):
        findings.differs("city_entry_malformed", index=entry.index)
        return
    city.entries.setdefault(kind, []).append(body)


def document(
    bodies: Iterable[Any], parts: Iterable[Any], name: str, hash_name: str
) -> tuple[bytes, str] | None:
    """A document of one entry, or put together from its parts, and the hash that it goes by; None if that is not possible."""
    body = next(iter(bodies), None)
    if not isinstance(body, Mapping):
        return None
    if "parts" not in body:
        whole = body.get(name) if name else body
        try:
            text = canonical.dumps(whole)
        except canonical.NotCanonical:
            return None
        return text, str(body.get(hash_name, "")) if name else sha256(text).hexdigest()
    said = str(body.get(hash_name, ""))
    own = [part for part in parts if isinstance(part, Mapping) and part.get(hash_name) == said]
    texts = {part.get("number"): str(part.get("text")) for part in own}
    numbers = range(1, body["parts"] + 1) if type(body["parts"]) is int else range(0)
    if len(numbers) > len(texts) or not all(n in texts for n in numbers):
        return None
    return "".join(texts[n] for n in numbers).encode(), said


def _definition(city: City, poll_id: str, findings: Findings) -> None:
    opened = city.bodies("poll_opened")
    if len(opened) > 1:
        findings.differs("opened_twice", times=len(opened))
    found = document(opened, city.bodies("definition_part"), "definition", "definition_hash")
    if found is None:
        findings.differs("definition_missing")
        return
    text, said = found
    city.definition_hash = sha256(text).hexdigest()
    if not findings.check(city.definition_hash == said, "definition_hash", "definition_altered", hash=said):
        return
    try:
        value = canonical.loads(text)
    except canonical.NotCanonical:
        value = None
    if not isinstance(value, dict) or value.get("id") != poll_id or not are_questions(value.get("questions")):
        findings.differs("definition_malformed")
        return
    city.definition = value


def _changes(city: City, findings: Findings) -> None:
    """The change log is numbered without a gap from 1."""
    numbers = [body.get("number") for body in city.bodies("change")]
    holds = sorted(number for number in numbers if type(number) is int) == list(range(1, len(numbers) + 1))
    findings.check(holds, "changes_gapless", "changes_gap", changes=len(numbers))


def are_questions(listed: Any) -> bool:
    """Whether these are questions of the form that counting relies on, each with an id of its own."""
    if not isinstance(listed, list) or not all(_is_question(question) for question in listed):
        return False
    return len({question["id"] for question in listed}) == len(listed)


def _is_question(question: Any) -> bool:
    if not isinstance(question, dict) or not isinstance(question.get("counting") or {}, dict):
        return False
    texts = all(isinstance(question.get(name), str) for name in ("id", "kind", "title"))
    limits = all(question.get(name) is None or type(question[name]) is int for name in ("min", "max"))
    return texts and limits and _are_options(question.get("options"))


def _are_options(options: Any) -> bool:
    if not isinstance(options, list) or not all(isinstance(option, dict) for option in options):
        return False
    named = all(isinstance(option.get(name), str) for option in options for name in ("id", "label"))
    return named and len({option["id"] for option in options}) == len(options)
