"""Writing down a page from the top. Without a canvas the pen only finds out how far it would come."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import segno
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from services.tally.formats.pdf_file import fonts

WIDTH, HEIGHT = A4
MARGIN = 45.0
ROOM = WIDTH - 2 * MARGIN
INK, SOFT, LINE, PALE = "#1b222c", "#4a5563", "#cfd6de", "#e8ecf1"
STRONG, BAR = "#17498f", "#9db6d8"
LEADING = 1.35


@dataclass
class Pen:
    """`y`: how far down the page is written, from its lower edge, in points. `scale`: of all sizes."""

    canvas: Canvas | None
    y: float
    scale: float = 1.0

    def size(self, points: float) -> float:
        return points * self.scale

    def down(self, points: float) -> None:
        """Leaves room, in points at full size."""
        self.y -= self.size(points)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        *,
        font: str = fonts.REGULAR,
        color: str = INK,
        right: bool = False,
    ) -> None:
        """One line, from here or up to here. `size` is final."""
        if self.canvas is None:
            return
        self.canvas.setFillColor(HexColor(color))
        self.canvas.setFont(font, size)
        (self.canvas.drawRightString if right else self.canvas.drawString)(x, y, fonts.readable(text))

    def paragraph(
        self,
        text: str,
        points: float,
        *,
        font: str = fonts.REGULAR,
        color: str = INK,
        most: int = 2,
        room: float = ROOM,
    ) -> None:
        """Wrapped text below what stands there."""
        size = self.size(points)
        for line in fonts.lines(text, font, size, room, most):
            self.y -= size * LEADING
            self.text(MARGIN, self.y + size * (LEADING - 1), line, size, font=font, color=color)

    def rectangle(self, x: float, y: float, width: float, height: float, color: str) -> None:
        if self.canvas is None or width <= 0:
            return
        self.canvas.setFillColor(HexColor(color))
        self.canvas.rect(x, y, width, height, stroke=0, fill=1)

    def rule(self, y: float, color: str = LINE, thickness: float = 0.6) -> None:
        """A line from margin to margin."""
        self.rectangle(MARGIN, y, ROOM, thickness, color)

    def stacked(self, x: float, y: float, width: float, height: float, parts: Sequence[Fraction]) -> None:
        """A bar of these parts of its width, each apart from the next, on the whole of it in pale."""
        self.rectangle(x, y, width, height, PALE)
        left = x
        for part in parts:
            taken = float(part) * width
            self.rectangle(left, y, max(taken - min(0.8, taken / 4), 0.0), height, STRONG)
            left += taken

    def code(self, x: float, y: float, side: float, text: str) -> None:
        """A QR code (ISO/IEC 18004) in a square; its own four modules of margin are part of it."""
        if self.canvas is None:
            return
        rows = segno.make(text, error="m", micro=False).matrix
        module = side / (len(rows) + 8)
        for n, row in enumerate(rows, start=1):
            at = y + side - (n + 4) * module
            for start, length in runs(row):
                self.rectangle(x + (start + 4) * module, at, length * module, module * 1.02, INK)


def runs(row: Sequence[int]) -> list[tuple[int, int]]:
    """Where dark modules begin, and how many follow each other."""
    found: list[tuple[int, int]] = []
    for n, dark in enumerate(row):
        if dark and found and sum(found[-1]) == n:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        elif dark:
            found.append((n, 1))
    return found
