"""Base64 in its two alphabets. One text for one value: whatever could be written otherwise is refused."""

import base64
import binascii


def b64(data: bytes) -> str:
    """Standard base64 with padding (RFC 4648 section 4), as signed notes use it."""
    return base64.b64encode(data).decode("ascii")


def unb64(text: str) -> bytes:
    """The reverse of `b64`. Raises ValueError."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("not base64") from None
    if b64(data) != text:
        raise ValueError("not canonical base64")
    return data


def b64u(data: bytes) -> str:
    """base64url without padding (RFC 4648 section 5), as the JSON documents of the record use it."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def unb64u(text: str) -> bytes:
    """The reverse of `b64u`. Raises ValueError."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("not base64url") from None
    if b64u(data) != text:
        raise ValueError("not canonical base64url")
    return data
