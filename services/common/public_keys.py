"""How every service tells its public keys."""

from marshmallow import fields

from services.common.schemas import Schema


class PublicKeySchema(Schema):
    """An Ed25519 public key: 32 bytes, base64url. `valid_from` and `valid_until` may be null."""

    id = fields.String(required=True)
    use = fields.String(required=True)
    algorithm = fields.String(required=True)
    public_key = fields.String(required=True)
    valid_from = fields.String(allow_none=True, load_default=None)
    valid_until = fields.String(allow_none=True, load_default=None)


class PublicKeysSchema(Schema):
    keys = fields.List(fields.Nested(PublicKeySchema), required=True)
