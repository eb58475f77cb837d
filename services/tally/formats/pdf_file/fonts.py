"""The fonts of the sheet, and text that they can show."""

import unicodedata
from functools import cache
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

REGULAR, BOLD = "NanumSquareR", "NanumSquareB"
FOLDER = Path(__file__).resolve().parents[1] / "fonts"
BOX = "□"
"""Stands for a character that the fonts lack."""
ELLIPSIS = "…"
_JOINERS = frozenset("\u200b\u200c\u200d\u2060\ufe0e\ufe0f")


@cache
def _characters() -> frozenset[int]:
    """What the fonts can show; makes them known to reportlab."""
    fonts = [TTFont(name, str(FOLDER / f"{name}.ttf")) for name in (REGULAR, BOLD)]
    for font in fonts:
        pdfmetrics.registerFont(font)
    return frozenset(fonts[0].face.charToGlyph) & frozenset(fonts[1].face.charToGlyph)


def readable(text: str) -> str:
    """One line of the text in what the fonts have: boxes for other characters, nothing for marks and controls that only
    change how others look.

    Right-to-left scripts are not in the fonts, so nothing has to be turned around.
    """
    shown, found = _characters(), []
    for each in unicodedata.normalize("NFC", text):
        kind = unicodedata.category(each)
        if kind in ("Zs", "Zl", "Zp") or each in "\n\r\t\v\f":
            found.append(" ")
        elif kind in ("Cc", "Cf", "Cs") or each in _JOINERS or "\U0001f3fb" <= each <= "\U0001f3ff":
            continue
        elif ord(each) in shown:
            found.append(each)
        elif kind[0] != "M":
            found.append(BOX)
    return " ".join("".join(found).split())


def width(text: str, font: str, size: float) -> float:
    """In points, of readable text."""
    _characters()
    return float(pdfmetrics.stringWidth(text, font, size))


def lines(text: str, font: str, size: float, room: float, most: int) -> list[str]:
    """The text broken between words, or within one that is wider than a line; at most so many lines, the last with an ellipsis
    when there is more.
    """
    found: list[str] = []
    rest = readable(text)
    while rest and len(found) < most:
        n = fitting(rest, font, size, room)
        if n < len(rest):
            space = rest.rfind(" ", 1, n + 1)
            n = space if space > n // 2 else n
        found.append(rest[:n].rstrip())
        rest = rest[n:].lstrip()
    if rest:
        found[-1] = cut(f"{found[-1]}{ELLIPSIS}{rest}", font, size, room)
    return found or [""]


def fitting(text: str, font: str, size: float, room: float) -> int:
    """How many characters fit, at least one."""
    taken = 0.0
    for n, each in enumerate(text):
        taken += width(each, font, size)
        if taken > room:
            return max(1, n)
    return len(text)


def cut(text: str, font: str, size: float, room: float) -> str:
    """The text, or as much of it as leaves room for an ellipsis."""
    text = readable(text)
    if width(text, font, size) <= room:
        return text
    kept = fitting(text, font, size, room - width(ELLIPSIS, font, size))
    return text[:kept].rstrip(f" {ELLIPSIS}") + ELLIPSIS
