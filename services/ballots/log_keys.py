"""The key that checkpoints are signed with, and the older ones that still count."""

from collections.abc import Mapping

from services.common.crypto import Signer
from services.common.tlog.checkpoint import Checkpoint
from services.common.tlog.note import ED25519, Key, Note


class LogSigner:
    """Signs with the newest key under the name of the log's origin."""

    def __init__(self, signers: Mapping[str, Signer], newest: str) -> None:
        self._signers, self._newest = dict(signers), newest

    def sign(self, checkpoint: Checkpoint) -> Note:
        """The same checkpoint gives the same note (RFC 8032)."""
        signer = self._signers[self._newest]
        return checkpoint.sign(signer.public_key, signer.sign)

    def has_signed(self, note: Note, origin: str) -> bool:
        """Whether one of our keys signed it for this log."""
        return note.signed_by(Key(origin, ED25519, one.public_key) for one in self._signers.values())
