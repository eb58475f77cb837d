"""Whether ballot ids repeat, for any number of ballots in bounded memory.

Each id is reduced to 16 bytes by a hash with a key that is drawn anew each time, so that nobody can prepare two ids that
meet. The hashes are sorted into 256 heaps by their first byte, and heaps that grow too large together move to temporary
files; in the end one heap after another is looked through. That takes 24 bytes a ballot in memory up to `HELD`, on disk
beyond, and 1/256 of all hashes at once.
"""

import secrets
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType

HELD = 32 * 1024 * 1024
"""Bytes in memory before the heaps move to files: about 1.4 million ids."""
_HEAPS = 256
_HASH = 16
_RECORD = _HASH + 8


class UniqueIds:
    """Takes ids with their index; a context manager, because there may be files."""

    def __init__(self, held: int = HELD) -> None:
        self._key = secrets.token_bytes(32)
        self._heaps = [bytearray() for _ in range(_HEAPS)]
        self._left = self._room = held
        self._folder: TemporaryDirectory[str] | None = None

    def __enter__(self) -> "UniqueIds":
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        if self._folder is not None:
            self._folder.cleanup()

    def add(self, index: int, ballot_id: bytes) -> None:
        digest = blake2b(ballot_id, digest_size=_HASH, key=self._key).digest()
        self._heaps[digest[0]] += digest + index.to_bytes(8, "big")
        self._left -= _RECORD
        if self._left <= 0:
            self._spill()

    def _spill(self) -> None:
        if self._folder is None:
            self._folder = TemporaryDirectory(prefix="mvoting-recount-")
        for number, heap in enumerate(self._heaps):
            with self._file(number).open("ab") as file:
                file.write(heap)
            heap.clear()
        self._left = self._room

    def _file(self, number: int) -> Path:
        return Path(self._folder.name if self._folder else ".") / f"{number:02x}"

    def repeated(self) -> list[tuple[int, int]]:
        """Pairs of indices with the same id: the first one with it, and each further one."""
        return [pair for number in range(_HEAPS) for pair in self._repeated_in(number)]

    def _repeated_in(self, number: int) -> list[tuple[int, int]]:
        heap = bytes(self._heaps[number])
        if self._folder is not None:
            heap = self._file(number).read_bytes() + heap
        digests = {heap[place : place + _HASH] for place in range(0, len(heap), _RECORD)}
        if len(digests) * _RECORD == len(heap):
            return []
        first: dict[bytes, int] = {}
        pairs = []
        for place in range(0, len(heap), _RECORD):
            index = int.from_bytes(heap[place + _HASH : place + _RECORD], "big")
            known = first.setdefault(heap[place : place + _HASH], index)
            pairs += [(known, index)] if known != index else []
        return pairs
