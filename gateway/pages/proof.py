"""What pages say of the public record: how far a ballot has come, and which witnesses agree."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import segno
from markupsafe import Markup

from gateway import formats
from services.common.tlog.checkpoint import Checkpoint, cosigned_at
from services.common.tlog.note import BadNote, Key, Note

MINUTE = timedelta(minutes=1)
RECEIPT_FIELDS = (
    "v",
    "poll_id",
    "ballot_id",
    "leaf_hash",
    "recorded_at",
    "include_within",
    "key_id",
    "signature",
)


@dataclass(frozen=True)
class Signed:
    """A checkpoint: `size` entries, their `root`, and who of the witnesses has cosigned it."""

    origin: str
    size: int
    root: str
    agreed: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()


@dataclass(frozen=True)
class Progress:
    """How far a recorded ballot has come. `due`: until when it is promised to be in the public record."""

    due: datetime
    now: datetime
    index: int | None = None
    signed: Signed | None = None
    witnesses: int = field(default=0)

    @property
    def included(self) -> bool:
        """Whether a published checkpoint covers it."""
        return self.signed is not None

    @property
    def witnessed(self) -> bool:
        """Whether anybody outside has confirmed that checkpoint."""
        return self.signed is not None and bool(self.signed.agreed)

    @property
    def late(self) -> bool:
        """Whether the promise is broken, as far as this server can see."""
        return not self.included and self.now > self.due


def progress(found: Mapping[str, Any], vkeys: Iterable[str], now: datetime | None = None) -> Progress:
    """Of an answer of GET_STATUS for a recorded ballot."""
    receipt, known = found["receipt"], list(vkeys)
    due = formats.parse_time(receipt["recorded_at"]) + MINUTE + timedelta(seconds=receipt["include_within"])
    signed = read_signed(found["checkpoint"], known) if "checkpoint" in found else None
    return Progress(due, now or datetime.now(UTC), found.get("index"), signed, len(known))


def read_signed(checkpoint: str, vkeys: Iterable[str]) -> Signed | None:
    """What a checkpoint says, and who of these witnesses has cosigned it; None for what is no checkpoint."""
    try:
        note = Note.parse(checkpoint)
        said = Checkpoint.parse(note.text)
        witnesses = [Key.parse(vkey) for vkey in vkeys]
    except BadNote:
        return None
    agreed = tuple(key.name for key in witnesses if has_cosigned(note, key))
    silent = tuple(key.name for key in witnesses if key.name not in agreed)
    return Signed(said.origin, said.size, said.text.split("\n")[2], agreed, silent)


def has_cosigned(note: Note, witness: Key) -> bool:
    return any(cosigned_at(note.text, line, witness) is not None for line in note.lines)


def check_address(receipt: Mapping[str, Any], site: str = "") -> str:
    """The address of the check page with the receipt in its fragment, which browsers never send."""
    return f"{site}/check#{'.'.join(str(receipt[name]) for name in RECEIPT_FIELDS)}"


def qr_code(address: str) -> Markup:
    """An SVG picture of the address (ISO/IEC 18004), with error correction for a print that is folded or smudged."""
    drawn = segno.make_qr(address, error="m")
    return Markup(drawn.svg_inline(border=4, omitsize=True, svgclass="qr", lineclass=None, light="#ffffff"))  # noqa: S704 - segno's own picture
