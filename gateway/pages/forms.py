"""Reading what was posted or asked: text that any database can take."""

import re
from collections.abc import Mapping
from typing import Any

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


def text(form: Mapping[str, Any], name: str, most: int = 100_000) -> str:
    """A field's text without control characters, cut to `most`; a file or a missing field is empty."""
    value = form.get(name, "")
    return _CONTROLS.sub("", value)[:most] if isinstance(value, str) else ""


def identifier(form: Mapping[str, Any], name: str) -> str:
    """A field that must be an identifier of ours; empty when it is none."""
    value = text(form, name)
    return value if is_identifier(value) else ""


def is_identifier(value: str) -> bool:
    return bool(_NAME.fullmatch(value))
