"""What somebody kept from before: checkpoints that they had seen, and receipts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from auditor.formats import checkpoints, merkle
from auditor.formats.encodings import unb64u
from auditor.formats.merkle import Accumulator
from auditor.record import Record
from auditor.recount.findings import Findings
from auditor.recount.trusting import Keys


@dataclass(frozen=True, slots=True)
class Kept:
    """Signed notes of the log's checkpoints, and receipts as JSON objects."""

    checkpoints: Sequence[bytes] = ()
    receipts: Sequence[Mapping[str, Any]] = ()


class Earlier:
    """Checks, as the leaves pass by, what somebody kept from before."""

    def __init__(self, record: Record, keys: Keys, kept: Kept, findings: Findings) -> None:
        self._findings = findings
        self._roots: dict[int, bytes] = {}
        self._wanted: dict[int, list[bytes]] = {}
        self._receipts = {str(receipt.get("leaf_hash")): False for receipt in kept.receipts}
        self._hashes = _hashes(self._receipts)
        for data in kept.checkpoints:
            try:
                _, old = checkpoints.open_checkpoint(data, record.origin, keys.log_keys(record.origin))
            except ValueError as error:
                findings.differs("earlier_not_signed", why=str(error))
                continue
            self._wanted.setdefault(old.size, []).append(old.root)
        self._roots[0] = merkle.EMPTY_ROOT

    def pass_by(self, tree: Accumulator, hashes: Sequence[bytes]) -> None:
        """Adds the leaves to the tree, with a stop at every size that was seen before."""
        start, begin = 0, tree.size
        for size in sorted(self._wanted):
            if begin < size <= begin + len(hashes):
                tree.extend(hashes[start : size - begin])
                start = size - begin
                self._roots[size] = tree.root()
        tree.extend(hashes[start:] if start else hashes)
        if self._hashes:
            for found in self._hashes.keys() & set(hashes):
                self._receipts[self._hashes[found]] = True

    def finish(self, size: int) -> None:
        for old, roots in sorted(self._wanted.items()):
            for root in roots:
                right = self._roots.get(old) == root
                self._findings.check(right, "earlier_continued", "earlier_not_continued", size=old, now=size)
        for name, found in self._receipts.items():
            self._findings.check(found, "receipt_in_log", "receipt_not_in_log", leaf_hash=name)


def _hashes(names: Mapping[str, object]) -> dict[bytes, str]:
    found = {}
    for name in names:
        try:
            found[unb64u(name)] = name
        except ValueError:
            continue
    return found
