"""Whether the end of a log, as ballots signed it, is the end of exactly the entries that were counted."""

from collections.abc import Iterable

from services.common.tlog.checkpoint import Checkpoint
from services.common.tlog.note import ED25519, BadNote, Key, Note
from services.tally.domain import Difference


def compare_with_checkpoint(
    poll_id: str, checkpoint: str | None, keys: Iterable[bytes], entries: int, root: bytes
) -> list[Difference]:
    """Everything on which the final checkpoint and the recount disagree; nothing when it stands for what was counted.

    `checkpoint` is a signed note (C2SP signed-note), `keys` the raw public keys of ballots' log key, `root` the Merkle root
    (RFC 6962) over the entries as they were read.
    """
    try:
        note = Note.parse(checkpoint or "")
        told = Checkpoint.parse(note.text)
    except BadNote:
        return [Difference("checkpoint", "unreadable", entries)]
    found = []
    if not note.signed_by([Key(told.origin, ED25519, key) for key in keys]):
        found.append(Difference("checkpoint signature", "not by the log", entries))
    if not told.origin.endswith(f"/log/{poll_id}"):
        found.append(Difference("checkpoint origin", told.origin, poll_id))
    if told.size != entries:
        found.append(Difference("checkpoint size", told.size, entries))
    if told.root != root:
        found.append(Difference("checkpoint root", told.root.hex(), root.hex()))
    return found
