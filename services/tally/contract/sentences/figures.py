"""Figures and names as they stand in sentences: thousands, money, decimals of exact fractions, units, Korean particles.

Each has a format of its own for `str.format`: nothing, a unit (`unit`), English one and many (`vote|votes`), a Korean particle
in its two forms (`이/가`), or a unit and a particle (`unit 으로/로`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import floor

_HANGUL, _LAST_HANGUL, _FINALS, _RIEUL = 0xAC00, 0xD7A3, 28, 8
_WITH_FINAL, _WITH_RIEUL = "013678LMNRlmn", "178LRl"
_OPEN = "2459AEIOUBCDFGHJKPQSTVWXYZaeiouy%"
_ASIDE = re.compile(r"\s*(\([^()]*\)|\[[^\[\]]*\])\s*$")
_LETTER = re.compile(r"(?<![A-Za-z])[a-z]$")
"""One Latin letter by itself, which is spoken by its name."""
_NOT_SPOKEN = re.compile(r"[^\w%]+$")
DECIMALS, MOST_DECIMALS = 2, 12


def particle(word: str, forms: str) -> str:
    """The form of a particle (`은/는`, with a final consonant first) that follows this word; both where nobody can tell,
    as `은(는)`. What stands in brackets at the end is not spoken (National Institute of Korean Language), nor are quotes.
    """
    closed, opened = forms.split("/")
    last = _last_sound(word)
    if _HANGUL <= ord(last) <= _LAST_HANGUL:
        final = (ord(last) - _HANGUL) % _FINALS
        return opened if final == 0 or (final == _RIEUL and closed == "으로") else closed
    if last in _WITH_FINAL:
        return opened if closed == "으로" and last in _WITH_RIEUL else closed
    return opened if last in _OPEN else f"{closed}({opened})"


def _last_sound(word: str) -> str:
    spoken = word
    while (shorter := _ASIDE.sub("", spoken)) != spoken and shorter.strip():
        spoken = shorter
    spoken = _NOT_SPOKEN.sub("", spoken) or " "
    return spoken[-1].upper() if _LETTER.search(spoken) else spoken[-1]


def decimal(value: int | Fraction, most: int = DECIMALS) -> str:
    """With thousands, and at most so many decimals, half away from zero; small numbers keep two digits that say something."""
    exact = Fraction(value)
    if exact.denominator == 1:
        return f"{exact.numerator:,}"
    while exact and abs(exact) * 10**most < 1 and most < MOST_DECIMALS:
        most += 1
    scaled = int(abs(exact) * 10**most + Fraction(1, 2))
    whole, rest = divmod(scaled, 10**most)
    decimals = f"{rest:0{most}d}".rstrip("0")
    return f"{'-' if exact < 0 else ''}{whole:,}" + (f".{decimals}" if decimals else "")


@dataclass(frozen=True, slots=True)
class Told:
    """A word or a figure of a sentence. `one` and `many`: what stands for it with the rule's unit, or nothing."""

    text: str
    value: Fraction | None = None
    unit: tuple[str, str] | None = None

    def __format__(self, spec: str) -> str:
        name, _, rest = spec.partition(" ")
        text = self.text
        if name == "unit":
            text, name = self._counted(*(self.unit or ("", ""))), rest
        if "|" in name:
            return self._counted(*(f"{{}} {word}" for word in spec.split("|")))
        return text + particle(text, name) if name else text

    def _counted(self, one: str, many: str) -> str:
        pattern = one if self.value == 1 else many
        return pattern.format(self.text) if pattern else self.text


@dataclass(frozen=True, slots=True)
class Currency:
    """How money is written: `₩{}`; `myriads` groups it by ten thousands, as Korean says large sums: `1억 2,000만원`."""

    pattern: str = "{}"
    decimals: int = 0
    myriads: bool = False

    def told(self, value: int | Fraction) -> Told:
        exact = Fraction(value)
        in_myriads = self.myriads and abs(exact) >= MYRIAD
        text = myriads(floor(exact + HALF)) if in_myriads else decimal(exact, self.decimals)
        return Told(self.pattern.format(text), exact)


MYRIAD, HALF = 10_000, Fraction(1, 2)


def myriads(value: int) -> str:
    """`1억 2,345만 6,789`: every unit of it."""
    parts, rest = [], abs(value)
    for size, unit in ((10**12, "조"), (10**8, "억"), (MYRIAD, "만"), (1, "")):
        count, rest = divmod(rest, size)
        parts += [f"{count:,}{unit}"] if count else []
    return f"{'-' if value < 0 else ''}{' '.join(parts)}"


CURRENCIES: Mapping[str, Mapping[str | None, Currency]] = {
    "ko": {"KRW": Currency("{}원", myriads=True), None: Currency("{}", DECIMALS)},
    "en": {"KRW": Currency("₩{}"), None: Currency("{}", DECIMALS)},
}
