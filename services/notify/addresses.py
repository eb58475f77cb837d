"""Addresses at rest: encrypted while they are needed, recognised by a keyed hash ever after."""

from services.common.crypto import KeyRing, keyed_hash


class Addresses:
    """`hash_key` must stay the same: the hashes tell who was written to and who wants no messages."""

    def __init__(self, ring: KeyRing, hash_key: bytes) -> None:
        self._ring = ring
        self._hash_key = hash_key

    def hash(self, address: str) -> str:
        """What stands for the address once it is erased."""
        return keyed_hash(self._hash_key, address)

    def seal(self, address: str, key: str) -> str:
        """The address encrypted for the message with this key and no other."""
        return self._ring.encrypt(address.encode(), _context(key))

    def unseal(self, sealed: str, key: str) -> str:
        """The address again; raises `Undecryptable`."""
        return self._ring.decrypt(sealed, _context(key)).decode()


def _context(key: str) -> bytes:
    return f"notify.message.address:{key}".encode()
