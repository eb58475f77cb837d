"""File formats of exported results: one file a format, found by itself.

To add one, write `<format>_file.py` here, its name into the contract's `FORMATS`, and its test.
"""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Protocol, cast


class Format(Protocol):
    """What a format's module offers.

    NAME: as in the contract, and the file name's ending. MEDIA_TYPE: for the Content-Type header.
    """

    NAME: str
    MEDIA_TYPE: str

    def make(self, definition: Mapping[str, Any], result: Mapping[str, Any], language: str) -> bytes:
        """The file's content. `definition` is the frozen one, `result` as in `ResultsSchema` and not embargoed."""


@cache
def formats() -> dict[str, Format]:
    """All formats by name."""
    names = [module.name for module in iter_modules(__path__) if module.name.endswith("_file")]
    return {
        module.NAME: cast("Format", module)
        for module in (import_module(f"{__name__}.{name}") for name in names)
    }
