"""What a process remembers between two batches, within bounds. It is never written anywhere."""

import hmac
import secrets
from collections import OrderedDict
from collections.abc import Hashable
from typing import Any


class Memory:
    """A bounded, least-recently-used map with a key of its own, so that a secret need not be kept to be known again."""

    def __init__(self, most: int = 50_000) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._key = secrets.token_bytes(32)

    def fingerprint(self, secret: str) -> bytes:
        """Tells equal secrets apart from others in this process only."""
        return hmac.digest(self._key, secret.encode(), "sha256")

    def recall(self, key: Hashable) -> Any:
        """What was remembered under the key, or nothing."""
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def remember(self, key: Hashable, value: Any) -> None:
        self._kept[key] = value
        self._kept.move_to_end(key)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)
