"""The form of a poll's leaves: `{"answers":{…},"ballot_id":"…","poll":"…","v":1}` as canonical JSON."""

import re
from typing import Any

from auditor.formats import canonical

BALLOT_ID = re.compile(rb"[A-Za-z0-9_-]{16,64}")
_HEAD = b'{"answers":'
_MIDDLE = b',"ballot_id":"'


class LeafForm:
    """Takes leaves of one poll apart.

    The names of a leaf stand in one order, and what is behind the answers has one form. So the leaf is canonical exactly if its
    answers are, and those of equal ballots need to be parsed only once.
    """

    def __init__(self, poll_id: str) -> None:
        self._poll_id = poll_id
        self._tail = b'","poll":' + canonical.dumps(poll_id) + b',"v":1}'

    def take_apart(self, leaf: bytes) -> tuple[bytes, bytes] | None:
        """Ballot id, and the answers' text, which is still to be parsed; None for what has another form."""
        if not (leaf.startswith(_HEAD) and leaf.endswith(self._tail)):
            return None
        cut = leaf.rfind(_MIDDLE)
        ballot_id = leaf[cut + len(_MIDDLE) : -len(self._tail)]
        if cut < 0 or not BALLOT_ID.fullmatch(ballot_id):
            return None
        return ballot_id, leaf[len(_HEAD) : cut]

    def trouble(self, leaf: bytes) -> str:
        """What is wrong with a leaf of another form, as a code."""
        try:
            value: Any = canonical.loads(leaf)
        except canonical.NotCanonical:
            return "not_canonical"
        if not isinstance(value, dict) or sorted(value) != ["answers", "ballot_id", "poll", "v"]:
            return "wrong_fields"
        return "wrong_poll" if value["poll"] != self._poll_id else "wrong_value"
