"""Signed notes (C2SP signed-note): text that is signed by one or more named keys, and how such keys are written."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from auditor.formats.encodings import b64, unb64

ED25519 = 0x01
"""Signature type: Ed25519 over the note's text."""
COSIGNATURE_V1 = 0x04
"""Signature type: a witness's Ed25519 signature with its time (tlog-cosignature)."""
LONGEST = 256 * 1024
"""Bytes of a note: room for the 16 signatures that every reader has to accept, of the longest kind there is."""
MOST_SIGNATURES = 100
_MARK = "— "


class MalformedNote(ValueError):
    """The bytes are no signed note."""


class NotSigned(ValueError):
    """No trusted key has signed the note, or the signature of a trusted key is wrong."""


class MalformedKey(ValueError):
    """The text is no verifier key."""


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: who signed, which of their keys (4 bytes), and what comes after the key id."""

    name: str
    key_id: bytes
    value: bytes

    def line(self) -> str:
        """The line as it stands in the note, with its newline."""
        return f"{_MARK}{self.name} {b64(self.key_id + self.value)}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A note's text, which ends in a newline, and its signatures, which nobody has checked yet."""

    text: str
    signatures: tuple[Signature, ...]

    def encode(self) -> bytes:
        return (self.text + "\n" + "".join(signature.line() for signature in self.signatures)).encode()


def parse(data: bytes) -> Note:
    """Reads a note. Raises MalformedNote. The text means nothing before `verify`."""
    try:
        whole = data[: LONGEST + 1].decode()
    except UnicodeDecodeError:
        raise MalformedNote("not UTF-8") from None
    if len(data) > LONGEST or any(character < " " and character != "\n" for character in whole):
        raise MalformedNote("too long, or with control characters")
    text, blank, lines = whole.rpartition("\n\n")
    if not blank or not lines.endswith("\n"):
        raise MalformedNote("no signatures after an empty line")
    found = lines[:-1].split("\n")
    if len(found) > MOST_SIGNATURES:
        raise MalformedNote("too many signatures")
    return Note(text + "\n", tuple(_signature(line) for line in found))


def parse_signatures(data: bytes) -> tuple[Signature, ...]:
    """Signature lines alone, as a witness answers them. Raises MalformedNote."""
    return parse(b"\n\n" + data).signatures


def _signature(line: str) -> Signature:
    name, _, value = line.removeprefix(_MARK).partition(" ")
    try:
        raw = unb64(value)
    except ValueError:
        raise MalformedNote("a signature is not base64") from None
    if not line.startswith(_MARK) or not is_name(name) or len(raw) < 5:
        raise MalformedNote("a signature line is not one")
    return Signature(name, raw[:4], raw[4:])


def is_name(name: str) -> bool:
    """Whether a key may be called so."""
    return bool(name) and "+" not in name and not any(character.isspace() for character in name)


def key_id(name: str, signature_type: int, public_key: bytes) -> bytes:
    """The first 4 bytes of SHA-256(name, newline, type, key), by which a signature names its key."""
    return sha256(name.encode() + b"\n" + bytes([signature_type]) + public_key).digest()[:4]


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A named Ed25519 public key (32 bytes) and the type of signature that it checks."""

    name: str
    signature_type: int
    public_key: bytes

    @property
    def key_id(self) -> bytes:
        return key_id(self.name, self.signature_type, self.public_key)

    def vkey(self) -> str:
        """The key as text: `name+hash+base64(type, key)`."""
        return f"{self.name}+{self.key_id.hex()}+{b64(bytes([self.signature_type]) + self.public_key)}"

    def made(self, signature: Signature) -> bool:
        """Whether the signature says that it is of this key."""
        return signature.name == self.name and signature.key_id == self.key_id

    def is_right(self, signature: bytes, message: bytes) -> bool:
        """Whether these are 64 bytes with which this key signed this message."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, message)
        except InvalidSignature:
            return False
        return True


def parse_vkey(text: str) -> VerifierKey:
    """Reads a verifier key. Raises MalformedKey, also where the hash in it is not the key's."""
    name, _, rest = text.partition("+")
    said, _, encoded = rest.partition("+")
    try:
        raw = unb64(encoded)
    except ValueError:
        raise MalformedKey("the key is not base64") from None
    if not is_name(name) or len(raw) != 33 or raw[0] not in (ED25519, COSIGNATURE_V1):
        raise MalformedKey("no Ed25519 key of a known signature type with a name")
    key = VerifierKey(name, raw[0], raw[1:])
    if key.key_id.hex() != said:
        raise MalformedKey("the hash is not this key's")
    return key


def plain(key: VerifierKey, text: str, signature: Signature) -> bool:
    """Checks a signature of type ED25519."""
    return key.is_right(signature.value, text.encode())


def verify(note: Note, keys: Iterable[VerifierKey]) -> list[VerifierKey]:
    """The keys of type ED25519 that signed the note; signatures of other keys are passed over. Raises NotSigned when there
    is none, or when one that says it is of such a key is wrong.
    """
    signers = []
    for key in keys:
        said = [signature for signature in note.signatures if key.made(signature)]
        if not all(plain(key, note.text, signature) for signature in said):
            raise NotSigned(f"the signature of {key.name} is wrong")
        signers += [key] if said else []
    if not signers:
        raise NotSigned("no trusted key has signed")
    return signers


@dataclass(frozen=True)
class Signer:
    """A named private key. It is never printed."""

    name: str
    private_key: Ed25519PrivateKey

    def key(self, signature_type: int = ED25519) -> VerifierKey:
        return VerifierKey(self.name, signature_type, self.private_key.public_key().public_bytes_raw())

    def sign(self, text: str) -> Signature:
        """A signature of type ED25519 over this text."""
        return Signature(self.name, self.key().key_id, self.private_key.sign(text.encode()))
