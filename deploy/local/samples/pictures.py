"""Small drawn pictures for sample polls, so that none needs a licence."""

import io
from collections.abc import Callable, Sequence

from PIL import Image, ImageDraw

Colour = tuple[int, int, int]
Draw = ImageDraw.ImageDraw

WIDTH, HEIGHT = 960, 600
SKY, GROUND, INK = (226, 238, 247), (196, 214, 190), (38, 56, 84)
WINDOW = (250, 246, 226)


def building(number: int) -> bytes:
    """One of five houses, as PNG."""
    shapes: Sequence[Callable[[Draw], None]] = (_hanok, _terraces, _library, _warehouse, _tower)
    image, draw = _paper(SKY)
    draw.rectangle((0, 470, WIDTH, HEIGHT), fill=GROUND)
    shapes[number % len(shapes)](draw)
    return _png(image)


def banner() -> bytes:
    """A phone with a card on its screen, as PNG."""
    image, draw = _paper((232, 240, 250))
    draw.rounded_rectangle((390, 60, 570, 540), 28, fill=INK)
    draw.rounded_rectangle((404, 92, 556, 508), 10, fill=(248, 250, 253))
    draw.rounded_rectangle((416, 120, 544, 204), 10, fill=(44, 104, 196))
    draw.rectangle((428, 176, 490, 184), fill=WINDOW)
    for top in (230, 290, 350, 410):
        draw.rounded_rectangle((416, top, 544, top + 44), 8, fill=(222, 231, 243))
    for left, colour in ((120, (44, 104, 196)), (700, (226, 148, 62))):
        draw.ellipse((left, 220, left + 150, 370), fill=colour)
    return _png(image)


def _paper(colour: Colour) -> tuple[Image.Image, Draw]:
    image = Image.new("RGB", (WIDTH, HEIGHT), colour)
    return image, ImageDraw.Draw(image)


def _png(image: Image.Image) -> bytes:
    kept = io.BytesIO()
    image.save(kept, "PNG", optimize=True)
    return kept.getvalue()


def _windows(draw: Draw, box: tuple[int, int, int, int], columns: int, rows: int) -> None:
    left, top, right, bottom = box
    wide, high = (right - left) // columns, (bottom - top) // rows
    for column in range(columns):
        for row in range(rows):
            x, y = left + column * wide, top + row * high
            draw.rectangle((x + 8, y + 8, x + wide - 8, y + high - 8), fill=WINDOW)


def _hanok(draw: Draw) -> None:
    draw.rectangle((260, 330, 700, 480), fill=(236, 222, 198))
    draw.polygon([(200, 340), (290, 230), (670, 230), (760, 340), (720, 318), (240, 318)], fill=INK)
    _windows(draw, (280, 350, 680, 470), 5, 1)


def _terraces(draw: Draw) -> None:
    for step, colour in enumerate([(168, 128, 96), (188, 150, 116), (208, 174, 140)]):
        draw.rectangle((200 + 70 * step, 400 - 90 * step, 760 - 70 * step, 480 - 90 * step), fill=colour)
        _windows(draw, (220 + 70 * step, 405 - 90 * step, 740 - 70 * step, 475 - 90 * step), 8 - 2 * step, 1)
        draw.rectangle(
            (200 + 70 * step, 392 - 90 * step, 760 - 70 * step, 400 - 90 * step), fill=(96, 148, 92)
        )


def _library(draw: Draw) -> None:
    draw.polygon([(220, 300), (480, 170), (740, 300)], fill=(86, 108, 140))
    draw.rectangle((240, 300, 720, 480), fill=(214, 222, 232))
    for left in range(270, 700, 80):
        draw.rectangle((left, 320, left + 34, 480), fill=(150, 168, 190))


def _warehouse(draw: Draw) -> None:
    for left in (190, 390, 590):
        draw.polygon([(left, 320), (left + 60, 230), (left + 190, 320)], fill=(134, 70, 58))
        draw.rectangle((left, 320, left + 190, 480), fill=(170, 92, 76))
    _windows(draw, (200, 340, 780, 440), 9, 1)


def _tower(draw: Draw) -> None:
    draw.rectangle((390, 100, 570, 480), fill=(112, 150, 168))
    _windows(draw, (396, 110, 564, 400), 3, 6)
    draw.rectangle((270, 360, 690, 480), fill=(82, 118, 138))
    _windows(draw, (280, 380, 680, 460), 7, 1)
