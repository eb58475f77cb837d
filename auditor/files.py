"""Writing files so that after a crash there is the old content or the new one, never a part."""

import os
from pathlib import Path

TEMPORARY = ".new"


def write_whole(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Replaces the file: written beside it, synced, renamed, and the folder synced. One writer a path. Raises OSError."""
    draft = path.with_name(path.name + TEMPORARY)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Makes the names in a folder last."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
