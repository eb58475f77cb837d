"""How wide text is, and where it breaks: SVG does neither. Widths are estimates that are rather too large than too small."""

import unicodedata

FULL, NARROW, SPACE, DIGIT, UPPER, LOWER = 1.0, 0.36, 0.32, 0.6, 0.74, 0.6
_THIN = frozenset(" .,:;!|'‘’“”()[]ilj·-")
ELLIPSIS = "…"


def width(text: str, size: float) -> float:
    """Of one line in the unit of `size`; Korean syllables and other full-width characters count as a whole square."""
    return size * sum(map(_part, text))


def _part(character: str) -> float:
    if unicodedata.combining(character):
        return 0.0
    if unicodedata.east_asian_width(character) in "WFA" and character not in _THIN:
        return FULL
    if character in _THIN:
        return SPACE if character == " " else NARROW
    if character.isdigit():
        return DIGIT
    return UPPER if character.isupper() else LOWER


def shortened(text: str, room: float, size: float) -> str:
    """The text, or as much of its beginning as there is room for, with an ellipsis."""
    if width(text, size) <= room:
        return text
    cut = text
    while cut and width(cut + ELLIPSIS, size) > room:
        cut = cut[:-1]
    return cut.rstrip() + ELLIPSIS


def wrapped(text: str, room: float, size: float, most: int = 2) -> list[str]:
    """At most `most` lines that fit into `room`, broken between words, inside one only where it alone is too long; what is
    left over ends with an ellipsis.
    """
    lines: list[str] = []
    rest = " ".join(text.split())
    while rest and len(lines) < most - 1:
        line = _line(rest, room, size)
        lines.append(line)
        rest = rest[len(line) :].lstrip()
    return [*lines, shortened(rest, room, size)] if rest else lines or [""]


def _line(text: str, room: float, size: float) -> str:
    if width(text, size) <= room:
        return text
    fitting = 0.0
    for end, character in enumerate(text):
        fitting += size * _part(character)
        if fitting > room:
            cut = text[: max(1, end)]
            space = text.rfind(" ", 0, len(cut) + 1)
            return text[:space] if space > 0 else cut
    return text
