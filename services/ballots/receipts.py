"""Receipts: the signed promise that a ballot will be in the log."""

from collections.abc import Mapping
from typing import Any

from services.ballots.domain import Recorded
from services.common.crypto import Signer
from services.common.encodings import b64u, canonical_json
from services.common.ids import format_utc

VERSION = 1


class ReceiptSigner:
    """Signs with the newest key, and a repeated receipt with the key of its first time: it comes out the very same."""

    def __init__(self, signers: Mapping[str, Signer], newest: str) -> None:
        self._signers = dict(signers)
        self.key_id = newest

    def receipt(self, recorded: Recorded, include_within: int) -> dict[str, Any]:
        """The receipt as in `ReceiptSchema`, each time the same for the same ballot.

        `include_within` seconds after the end of its minute the ballot is promised to be in the log.
        """
        key_id = recorded.key_id if recorded.key_id in self._signers else self.key_id
        body = {
            "v": VERSION,
            "poll_id": recorded.poll_id,
            "ballot_id": recorded.ballot_id,
            "leaf_hash": b64u(recorded.leaf_hash),
            "recorded_at": format_utc(recorded.recorded_at),
            "include_within": include_within,
            "key_id": key_id,
        }
        return {**body, "signature": b64u(self._signers[key_id].sign(canonical_json(body)))}
