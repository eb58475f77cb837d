"""The public logs (docs/record.md): one a poll, named by its id, and the city's, named `city`.

Binary is base64 (RFC 4648 section 4), hashes of leaves base64url as in receipts. What is read of a log is what stands
under its newest published checkpoint; entries of a poll's log are withheld by whoever asks while its results are.
"""

from marshmallow import fields, validate

from services.common.errors import DomainError
from services.common.schemas import Flag, Int, Schema

CITY = "city"
"""Id of the city log."""
TILE_WIDTH = 256
"""Hashes in a full tile, leaves in a full entry bundle."""


class LogNotFound(DomainError):
    """There is no such log, or nothing of it is published yet."""

    code = "log_not_found"


class TileNotFound(DomainError):
    """No such tile or bundle, or none of this width, stands under the published checkpoint."""

    code = "tile_not_found"


class LogStateSchema(Schema):
    """`size` entries are in the poll's log; `sealed`: none will ever be added, and that is published.

    `checkpoint`: once sealed, the final checkpoint as the log signed it, without cosignatures. `witnessed`: whether as many of our
    witnesses have cosigned it as the poll's definition asks for.
    """

    size = Int(required=True)
    sealed = Flag(required=True)
    checkpoint = fields.String(required=True, allow_none=True)
    witnessed = Flag(required=True)


class EntriesRequestSchema(Schema):
    """Entries from `start` on; fewer than `limit` may come where they are long."""

    poll_id = fields.String(required=True)
    start = Int(required=True, validate=validate.Range(min=0))
    limit = Int(load_default=1000, validate=validate.Range(min=1, max=5_000))


class EntriesSchema(Schema):
    """Leaves `start`, `start`+1, … in order: each the canonical JSON text of `{v, poll, ballot_id, answers}`."""

    entries = fields.List(fields.String(), required=True)
    size = Int(required=True)
    sealed = Flag(required=True)


class LogEventSchema(Schema):
    """The log of the poll has `size` entries now."""

    poll_id = fields.String(required=True)
    size = Int(required=True)


class WitnessesOfLogSchema(Schema):
    """`needed`: how many must cosign the final checkpoint; `agreed`: names of those that have cosigned the newest."""

    needed = Int(required=True)
    agreed = fields.List(fields.String(), required=True)


class SealingSchema(Schema):
    """How the end of a poll's log stands, and what keeps it from coming.

    `sealed` as in `LogStateSchema`; `dead_letters`: how many lie among the casts, which keep any log from being sealed;
    `refused`: why the log is neither sequenced nor signed, null where it is.
    """

    sealed = Flag(required=True)
    dead_letters = Int(required=True)
    witnesses = fields.Nested(WitnessesOfLogSchema, required=True)
    refused = fields.String(required=True, allow_none=True)


class LogIdSchema(Schema):
    """One log: a poll's id, or `city`."""

    log_id = fields.String(required=True, validate=validate.Length(min=1, max=64))


class CheckpointSchema(Schema):
    """The newest published checkpoint: a signed note with the cosignatures that were collected for it.

    `sealed`: it is the final one. Raises `LogNotFound`.
    """

    checkpoint = fields.String(required=True)
    size = Int(required=True)
    sealed = Flag(required=True)


class TileRequestSchema(Schema):
    """A Merkle tile (C2SP tlog-tiles): its first `width` hashes; 256 is a full one."""

    log_id = fields.String(required=True, validate=validate.Length(min=1, max=64))
    level = Int(required=True, validate=validate.Range(min=0, max=63))
    index = Int(required=True, validate=validate.Range(min=0))
    width = Int(load_default=TILE_WIDTH, validate=validate.Range(min=1, max=TILE_WIDTH))


class TileSchema(Schema):
    """`width` hashes of 32 bytes, base64."""

    tile = fields.String(required=True)


class BundleRequestSchema(Schema):
    """An entry bundle (C2SP tlog-tiles): the first `width` entries of it."""

    log_id = fields.String(required=True, validate=validate.Length(min=1, max=64))
    index = Int(required=True, validate=validate.Range(min=0))
    width = Int(load_default=TILE_WIDTH, validate=validate.Range(min=1, max=TILE_WIDTH))


class BundleSchema(Schema):
    """Each entry as its length (two bytes, big endian) and its leaf, one after the other, base64."""

    bundle = fields.String(required=True)


class LookupSchema(Schema):
    """`prefix`: one to four lower-case hex digits with which a leaf hash begins."""

    log_id = fields.String(required=True, validate=validate.Length(min=1, max=64))
    prefix = fields.String(required=True, validate=validate.Regexp(r"^[0-9a-f]{1,4}\Z"))


class FoundLeavesSchema(Schema):
    """Every leaf under the published checkpoint of `size` whose hash begins so: `[index, leaf hash base64url]`."""

    size = Int(required=True)
    entries = fields.List(fields.List(fields.Raw()), required=True)


class CityEntrySchema(Schema):
    """A leaf of the city log, its place, and its inclusion proof (base64 hashes) under the checkpoint told with it."""

    index = Int(required=True)
    leaf = fields.String(required=True)
    proof = fields.List(fields.String(), required=True)


class CityRecordSchema(Schema):
    """What the city log says of a poll, under its published checkpoint (a signed note with its cosignatures)."""

    checkpoint = fields.String(required=True)
    entries = fields.List(fields.Nested(CityEntrySchema), required=True)


class LogsRequestSchema(Schema):
    """Logs in the order of their ids, from behind `after` on."""

    after = fields.String(load_default="", validate=validate.Length(max=64))
    limit = Int(load_default=1000, validate=validate.Range(min=1, max=5_000))


class LogSchema(Schema):
    """`origin` is the first line of its checkpoints and the name of their key; `size` as published."""

    log_id = fields.String(required=True)
    origin = fields.String(required=True)
    size = Int(required=True)
    sealed = Flag(required=True)


class LogsSchema(Schema):
    """Logs of which something is published."""

    logs = fields.List(fields.Nested(LogSchema), required=True)


class WitnessSchema(Schema):
    """`vkey`: name, key hash and key as C2SP signed-note says."""

    name = fields.String(required=True)
    vkey = fields.String(required=True)


class WitnessesSchema(Schema):
    """Those that are asked for cosignatures."""

    witnesses = fields.List(fields.Nested(WitnessSchema), required=True)
