"""Strict marshmallow schemas whose complaints are codes, not sentences.

    class NewThing(Schema):
        title = Text(required=True, validate=Length(min=1, max=200))
        opens_at = Utc(required=True)

A refused value never appears in a complaint: ``{"pointer": "/title", "code": "length", "params": {"max": 200}}``.
"""

import re
import unicodedata
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import marshmallow
from marshmallow import fields, validate
from typing_extensions import override

from services.common.errors import InvalidInput
from services.common.ids import format_utc, is_id, parse_utc

MAX_INT = 2**53 - 1

Messages = dict[str, str | list[Any] | dict[Any, Any]]


class Code(str):  # noqa: SLOT000 - it has params
    """A complaint: its text is the code, its ``params`` what a sentence about it needs."""

    params: dict[str, Any]

    def __new__(cls, code: str, **params: Any) -> "Code":
        made = super().__new__(cls, code)
        made.params = {key: value for key, value in params.items() if value is not None}
        return made

    @override
    def format(self, *args: Any, **kwargs: Any) -> "Code":
        """Marshmallow fills its messages with the refused value; a code has no place for it."""
        return self


def complain(code: str, **params: Any) -> marshmallow.ValidationError:
    """Give a validator what it raises: a code and what a sentence about it needs."""
    return marshmallow.ValidationError(Code(code, **params))


class Length(validate.Length):
    @override
    def _format_error(self, value: Any, message: str) -> str:
        return Code("length", min=self.min, max=self.max, equal=self.equal)


class Range(validate.Range):
    @override
    def _format_error(self, value: Any, message: str) -> str:
        return Code("range", min=self.min, max=self.max)


class OneOf(validate.OneOf):
    @override
    def _format_error(self, value: Any) -> str:
        return Code("choice", choices=list(self.choices))


class Pattern(validate.Regexp):
    """The whole text must match: `$` alone would let a line end pass."""

    @override
    def __call__(self, value: Any) -> Any:
        if not self.regex.fullmatch(value):
            raise marshmallow.ValidationError(self._format_error(value))
        return value

    @override
    def _format_error(self, value: Any) -> str:
        return Code("pattern")


class Schema(marshmallow.Schema):
    """Base of every payload: unknown fields are refused and complaints are codes."""

    class Meta:  # noqa: D106 - marshmallow's word
        unknown = marshmallow.RAISE

    error_messages: dict[str, str] = {  # noqa: RUF012 - marshmallow's own form
        "unknown": Code("unknown_field"),
        "type": Code("invalid"),
    }

    @override
    def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:
        """A key that a mapping lacks is not there: marshmallow would take the mapping's own `values` or `items` for it."""
        return obj.get(attr, default) if isinstance(obj, dict) else super().get_attribute(obj, attr, default)

    @override
    def on_bind_field(self, _field_name: str, field_obj: fields.Field[Any]) -> None:
        _speak_codes(field_obj)


def _speak_codes(field: fields.Field[Any]) -> None:
    field.error_messages = {key: _code(key, text) for key, text in field.error_messages.items()}
    field.validators = [_coded(validator) for validator in field.validators]
    for inner in ("inner", "key_field", "value_field"):
        if isinstance(getattr(field, inner, None), fields.Field):
            _speak_codes(getattr(field, inner))


def _code(key: str, text: Any) -> Code:
    return text if isinstance(text, Code) else Code("invalid" if key in ("type", "validator_failed") else key)


def _coded(validator: Any) -> Any:
    """Marshmallow's own validators with our way of complaining; any other is left as it is."""
    if type(validator) is validate.Length:
        return Length(min=validator.min, max=validator.max, equal=validator.equal)
    if type(validator) is validate.Range:
        return Range(
            validator.min,
            validator.max,
            min_inclusive=validator.min_inclusive,
            max_inclusive=validator.max_inclusive,
        )
    if type(validator) is validate.OneOf:
        return OneOf(validator.choices, validator.labels)
    if type(validator) is validate.Regexp:
        return Pattern(validator.regex)
    return validator


class Utc(fields.Field[datetime]):
    """A point in time: RFC 3339 with an offset on the wire, an aware UTC ``datetime`` inside."""

    default_error_messages: Messages = {"invalid": "not an RFC 3339 time with an offset"}  # noqa: RUF012 - marshmallow's own form

    @override
    def _serialize(self, value: Any, *_rest: Any, **_options: Any) -> str | None:
        return None if value is None else format_utc(value)

    @override
    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> datetime:
        try:
            return parse_utc(value)
        except (ValueError, TypeError, OverflowError):
            raise self.make_error("invalid") from None


class Int(fields.Integer):
    """A whole number within 53 bits; ``"5"``, ``5.0`` and ``true`` are not numbers."""

    default_error_messages: Messages = {"invalid": "not a whole number"}  # noqa: RUF012 - marshmallow's own form

    def _validated(self, value: Any) -> int:
        if type(value) is not int or not -MAX_INT <= value <= MAX_INT:
            raise self.make_error("invalid")
        return value


class Flag(fields.Boolean):
    """``true`` or ``false``, nothing that looks like it."""

    @override
    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> bool:
        if type(value) is not bool:
            raise self.make_error("invalid", input=None)
        return value


_LINE_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_TEXT_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


class Text(fields.String):
    """One line that people write: NFC, trimmed, no control characters."""

    controls = _LINE_CONTROLS
    default_error_messages: Messages = {"characters": "control characters"}  # noqa: RUF012 - marshmallow's own form

    @override
    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        text = self._tidy(super()._deserialize(value, attr, data, **kwargs))
        if self.controls.search(text):
            raise self.make_error("characters")
        return unicodedata.normalize("NFC", text)

    def _tidy(self, text: str) -> str:
        return text.strip()


class LongText(Text):
    """Several lines that people write; line ends become line feeds."""

    controls = _TEXT_CONTROLS

    def _tidy(self, text: str) -> str:
        return text.replace("\r\n", "\n").strip()


class Id(fields.String):
    """An identifier made by :func:`services.common.ids.new_id`."""

    default_error_messages: Messages = {"invalid": "not an identifier"}  # noqa: RUF012 - marshmallow's own form

    @override
    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        if not is_id(value):
            raise self.make_error("invalid")
        return str(value)


def load(schema: marshmallow.Schema, data: Any) -> Any:
    """The loaded data; :class:`InvalidInput` with every complaint otherwise."""
    try:
        return schema.load(data)
    except marshmallow.ValidationError as refused:
        raise InvalidInput(errors=list(complaints(refused.messages))) from None


def complaints(messages: Any, pointer: str = "") -> Iterator[dict[str, Any]]:
    """Marshmallow's nested messages as a flat list with JSON pointers (RFC 6901)."""
    if isinstance(messages, dict):
        for key, inner in messages.items():
            yield from complaints(inner, pointer if key == "_schema" else f"{pointer}/{_segment(key)}")
    elif isinstance(messages, list):
        for message in messages:
            yield from complaints(message, pointer)
    else:
        code = messages if isinstance(messages, Code) else Code("invalid")
        yield {"pointer": pointer, "code": str(code), "params": code.params}


def _segment(key: Any) -> str:
    return str(key)[:100].replace("~", "~0").replace("/", "~1")
