"""What becomes of uploaded image files."""

import contextlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from services.polls.contract.errors import InvalidImage
from services.polls.images import ImageLimits, prepare
from tests.unit.polls.pictures import bomb, picture, turned_with_metadata

LIMITS = ImageLimits(bytes=200_000, pixels=1_000_000, side=400)


def reopened(content):
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def reason(upload, limits=LIMITS):
    with pytest.raises(InvalidImage) as refused:
        prepare(upload, limits)
    return refused.value.params["reason"]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_three_formats_become_webp_under_the_name_of_their_content(kind):
    made = prepare(picture(kind), LIMITS)
    assert (made.width, made.height) == (40, 20)
    assert reopened(made.content).format == "WEBP"
    assert made.name == prepare(picture(kind), LIMITS).name
    assert len(made.name) == 64 + len(".webp")


def test_metadata_is_gone_and_the_picture_stands_upright():
    original = turned_with_metadata()
    assert b"SecretCamera" in original
    made = prepare(original, LIMITS)
    assert (made.width, made.height) == (20, 40)
    image = reopened(made.content)
    assert not image.getexif()
    assert "exif" not in image.info
    assert b"SecretCamera" not in made.content
    assert b"hidden words" not in made.content
    red, _, blue = image.convert("RGB").getpixel((10, 5))
    assert red > 200
    assert blue < 60


def test_long_sides_are_scaled_down():
    made = prepare(picture("PNG", (900, 300)), LIMITS)
    assert (made.width, made.height) == (400, 133)


def test_transparency_stays():
    image = Image.new("RGBA", (8, 8), (255, 0, 0, 0))
    output = io.BytesIO()
    image.save(output, "PNG")
    assert reopened(prepare(output.getvalue(), LIMITS).content).convert("RGBA").getpixel((4, 4))[3] == 0


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
def test_every_mode_of_pixels_is_read(mode):
    image = (
        Image.new("L", (16, 16), 120).convert("RGB").convert(mode)
        if mode != "I;16"
        else Image.new(mode, (16, 16))
    )
    output = io.BytesIO()
    image.save(output, "JPEG" if mode == "CMYK" else "PNG")
    assert prepare(output.getvalue(), LIMITS).width == 16


def test_other_formats_are_refused_whatever_their_name():
    assert reason(picture("GIF")) == "format"
    assert reason(picture("BMP")) == "format"
    assert reason(b"<svg xmlns='http://www.w3.org/2000/svg'/>") == "format"
    assert reason(b"") == "format"


def test_a_truncated_file_is_damaged():
    whole = picture("JPEG", (300, 300))
    assert reason(whole[: len(whole) // 2]) == "damaged"
    png = picture("PNG", (300, 300))
    assert reason(png[:-40]) == "damaged"


def test_a_bomb_is_refused_before_it_is_decoded():
    assert len(bomb()) < 1000
    assert reason(bomb()) == "pixels"
    assert reason(bomb(10_000, 9_500)) == "pixels"
    assert reason(bomb(1001, 1000)) == "pixels"


def test_too_many_bytes():
    assert reason(b"\xff" * (LIMITS.bytes + 1)) == "bytes"


@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"RIFF\x20\0\0\0WEBPVP8 "]),
)
def test_junk_is_refused_and_nothing_else_happens(junk, start):
    assert reason(start + junk) in ("format", "damaged", "pixels")


@given(st.integers(0, 2000), st.integers(0, 255))
def test_a_flipped_byte_never_raises_anything_else(place, value):
    data = bytearray(picture("PNG", (60, 60)))
    data[place % len(data)] = value
    with contextlib.suppress(InvalidImage):
        assert prepare(bytes(data), LIMITS).width
