"""Passwords of the stack's own servers, each in a file."""

import secrets
from pathlib import Path


def keep_password(path: Path) -> str:
    """The password in this file, made at first use; readable by its owner only."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(24))
    return path.read_text()
