"""Names of files that are downloaded."""

import re
import unicodedata
from urllib.parse import quote

LONGEST = 60
_FORBIDDEN = re.compile(r'[\\/:*?"<>|%]+')
"""What no file system takes, and the percent sign, which some browsers decode once too often (RFC 6266, appendix D)."""


def attachment(filename: str, title: str = "") -> str:
    """A Content-Disposition header (RFC 6266): `filename`, which is ASCII, and for everybody who can read it, so nearly all,
    the same with the poll's title before it, in UTF-8 (RFC 8187).
    """
    plain = f'attachment; filename="{filename}"'
    name = readable(title)
    return f"{plain}; filename*=UTF-8''{quote(f'{name} {filename}', safe='')}" if name else plain


def readable(title: str) -> str:
    """A title as part of a file's name: one line, nothing that a file system refuses, and not too long.

    Control and formatting characters are left out: a right-to-left override could make a file look like one of another kind.
    """
    kept = "".join(
        " " if unicodedata.category(each)[0] == "Z" or each in "\n\r\t" else each
        for each in unicodedata.normalize("NFC", title)
        if unicodedata.category(each)[0] != "C" or each in "\n\r\t"
    )
    return " ".join(_FORBIDDEN.sub(" ", kept).split())[:LONGEST].strip(" .")
