"""Which keys a recount trusts: those that were pinned, else those that came with the record, which is said."""

from collections.abc import Sequence
from dataclasses import dataclass

from auditor.formats import canonical, notes
from auditor.formats.encodings import unb64u
from auditor.formats.notes import COSIGNATURE_V1, MalformedKey, VerifierKey
from auditor.record import PublicKey, Record
from auditor.recount.findings import Findings


@dataclass(frozen=True, slots=True)
class Pinned:
    """What the person who recounts brought along. `keys`: public keys; `witnesses`: vkeys; `needed`: how many of them."""

    keys: frozenset[bytes] = frozenset()
    witnesses: tuple[str, ...] = ()
    needed: int | None = None


class Keys:
    """The keys of a record that are trusted."""

    def __init__(self, record: Record, pinned: Pinned, findings: Findings) -> None:
        self._keys = record.keys
        self._pinned = pinned.keys
        self._findings = findings
        if not pinned.keys:
            findings.note("keys_from_record")
        self.witnesses = self._witnesses(record, pinned)

    def of(self, use: str) -> list[PublicKey]:
        """The trusted keys for this use. Where keys were pinned and none of this use is among them: for logs none, for others
        those of the record, which is said.
        """
        listed = [key for key in self._keys if key.use == use]
        pinned = [key for key in listed if key.public_key in self._pinned]
        if not self._pinned or pinned or use == "log":
            return pinned if self._pinned else listed
        self._findings.note("key_not_pinned", use=use)
        return listed

    def log_keys(self, origin: str) -> list[VerifierKey]:
        return [VerifierKey(origin, notes.ED25519, key.public_key) for key in self.of("log")]

    def signed(self, use: str, key_id: object, signature: object, document: object) -> bool:
        """Whether a trusted key of this use and id signed the document's canonical JSON (base64url, Ed25519)."""
        if not isinstance(signature, str):
            return False
        try:
            value, message = unb64u(signature), canonical.dumps(document)
        except ValueError:
            return False
        named = [key for key in self.of(use) if key.id == key_id]
        return any(
            VerifierKey(key.id, notes.ED25519, key.public_key).is_right(value, message) for key in named
        )

    def _witnesses(self, record: Record, pinned: Pinned) -> list[VerifierKey]:
        if not pinned.witnesses and record.witnesses:
            self._findings.note("witnesses_from_record")
        found = []
        for vkey in pinned.witnesses or record.witnesses:
            try:
                key = notes.parse_vkey(vkey)
            except MalformedKey:
                continue
            found += [key] if key.signature_type == COSIGNATURE_V1 else []
        return distinct(found)


def distinct(keys: Sequence[VerifierKey]) -> list[VerifierKey]:
    """One of each public key: a witness that is listed under two names is still one witness."""
    return list({key.public_key: key for key in keys}.values())
