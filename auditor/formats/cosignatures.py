"""Cosignatures (C2SP tlog-cosignature, `cosignature/v1`): a witness says that, at a time, this was the largest tree that it
had seen of a log, consistent with all that it had seen before. Ed25519 only.
"""

from auditor.formats import notes
from auditor.formats.notes import COSIGNATURE_V1, Note, Signature, Signer, VerifierKey

LONGEST_TIME = 2**63 - 1


def message(text: str, time: int) -> bytes:
    """What a witness signs: `time` in seconds since the epoch."""
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def cosign(signer: Signer, text: str, time: int) -> Signature:
    """The signature line's content for a checkpoint's note text."""
    signed = signer.private_key.sign(message(text, time))
    return Signature(signer.name, signer.key(COSIGNATURE_V1).key_id, time.to_bytes(8, "big") + signed)


def time_of(key: VerifierKey, text: str, signature: Signature) -> int | None:
    """When this witness cosigned this text, in seconds since the epoch; None if this signature does not show it."""
    if key.signature_type != COSIGNATURE_V1 or not key.made(signature) or len(signature.value) != 72:
        return None
    time = int.from_bytes(signature.value[:8], "big")
    if time > LONGEST_TIME or not key.is_right(signature.value[8:], message(text, time)):
        return None
    return time


def verify(note: Note, key: VerifierKey) -> int | None:
    """When this witness last cosigned the note, None if never. Raises NotSigned for a cosignature that says it is this
    witness's and is wrong.
    """
    said = [signature for signature in note.signatures if key.made(signature)]
    times = [time_of(key, note.text, signature) for signature in said]
    right = [time for time in times if time is not None]
    if len(right) != len(said):
        raise notes.NotSigned(f"the cosignature of {key.name} is wrong")
    return max(right, default=None)
