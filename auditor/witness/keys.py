"""A witness's own key: made at the first start, readable by its owner only."""

import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from auditor.files import sync_folder, write_whole
from auditor.formats import notes
from auditor.formats.notes import COSIGNATURE_V1, Signer


class UnusableKey(Exception):
    """The key file is no Ed25519 key, or the witness had another name before."""


def own_signer(folder: Path, name: str | None) -> Signer:
    """The witness's key and name, made and kept in `key.pem` and `vkey` at the first start. Raises UnusableKey."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = _private_key(folder / "key.pem")
    public = folder / "vkey"
    known = notes.parse_vkey(public.read_text().strip()).name if public.exists() else name
    if known is None or not notes.is_name(known):
        raise UnusableKey(
            "a witness needs a name without spaces and plus signs, such as witness.example/seoul"
        )
    if name not in (None, known):
        raise UnusableKey(f"this folder's witness is {known}: another name needs another key and folder")
    signer = Signer(known, key)
    write_whole(public, (signer.key(COSIGNATURE_V1).vkey() + "\n").encode())
    return signer


def _private_key(path: Path) -> Ed25519PrivateKey:
    if not path.exists():
        _make(path)
    key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise UnusableKey(f"{path} is not an Ed25519 key")
    return key


def _make(path: Path) -> None:
    """Whole or not at all, and never over another one: written beside, then linked into place."""
    made = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(made)
            file.flush()
            os.fsync(file.fileno())
        if not path.exists():
            os.link(draft, path)
            sync_folder(path.parent)
    finally:
        draft.unlink()
