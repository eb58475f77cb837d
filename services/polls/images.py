"""Pictures on polls and options: checked, turned upright, scaled, stripped of everything but their pixels.

What is stored is never a byte of what was uploaded: it is decoded and encoded again as WebP, so neither metadata
(place, camera, time) nor anything hidden in the file survives. The name is the SHA-256 of the content.
"""

import io
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

from services.common.encodings import sha256
from services.polls.contract.errors import InvalidImage

FORMATS = ("JPEG", "PNG", "WEBP")
CONTENT_TYPE = "image/webp"
QUALITY = 85


@dataclass(frozen=True, slots=True)
class ImageLimits:
    """`bytes` of the upload, `pixels` before decoding, `side`: longer sides are scaled down to it."""

    bytes: int = 10 * 1024 * 1024
    pixels: int = 40_000_000
    side: int = 1_600


@dataclass(frozen=True, slots=True)
class Picture:
    """Ready to be stored."""

    name: str
    content: bytes
    width: int
    height: int


def prepare(upload: bytes, limits: ImageLimits) -> Picture:
    """Raises `InvalidImage`. Takes up to a second of CPU: keep it off the event loop."""
    if len(upload) > limits.bytes:
        raise InvalidImage(reason="bytes", limit=limits.bytes)
    image = _scaled(_decoded(upload, limits), limits.side)
    content = _encoded(image)
    return Picture(f"{sha256(content).hex()}.webp", content, image.width, image.height)


def _decoded(upload: bytes, limits: ImageLimits) -> Image.Image:
    """The size is read from the header and judged before any pixel is decoded."""
    try:
        with Image.open(io.BytesIO(upload), formats=FORMATS) as image:
            _judge_size(image, limits)
            image.draft("RGB", (limits.side, limits.side))
            image.load()
            return _plain(ImageOps.exif_transpose(image))
    except InvalidImage:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise InvalidImage(reason="pixels", limit=limits.pixels) from None
    except UnidentifiedImageError:
        raise InvalidImage(reason="format") from None
    except Exception:  # noqa: BLE001 - decoders raise anything at all for a damaged file, and all of it means that
        raise InvalidImage(reason="damaged") from None


def _judge_size(image: Image.Image, limits: ImageLimits) -> None:
    if image.width * image.height > limits.pixels:
        raise InvalidImage(reason="pixels", limit=limits.pixels)


def _plain(image: Image.Image) -> Image.Image:
    """Pixels only, in one of two modes."""
    transparent = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    return image.convert("RGBA" if transparent else "RGB")


def _scaled(image: Image.Image, side: int) -> Image.Image:
    if max(image.size) > side:
        image.thumbnail((side, side), Image.Resampling.LANCZOS)
    return image


def _encoded(image: Image.Image) -> bytes:
    """A fresh picture with the same pixels, because Pillow's writers copy what they find in `info`."""
    bare = Image.new(image.mode, image.size)
    bare.paste(image)
    output = io.BytesIO()
    bare.save(output, "WEBP", quality=QUALITY, method=4)
    return output.getvalue()
