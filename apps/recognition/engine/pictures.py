"""Decoding what people upload, and encoding what the platform keeps of it.

Uploads come from phones, scanners and custody systems: every mode that Pillow reads becomes upright BGR, or
is refused with a sentence that says what to send instead. Only formats of a closed list are tried: some of
Pillow's readers start other programs.
"""

from __future__ import annotations

import io
import math
import re
import struct
import zlib
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageCms, ImageFile, ImageOps, UnidentifiedImageError

from .data import Image as Pixels
from .errors import EnrolmentRefused, RefusalCode
from .formats import RAW, foreign_format

MAX_FILE_BYTES = 40 * 1024 * 1024
MAX_PIXELS = 50_000_000
MAX_SIDE_PX = 30_000
# Larger pictures are decoded at a half, a quarter or an eighth where the format can: a face in them stays
# large enough.
DRAFT_SIDE_PX = 4096

# MPO comes with JPEG: the same reader decides.
FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "DIB", "GIF", "JPEG2000", "PPM", "AVIF")
# A second picture in these is a depth map or a preview, not another page.
ONE_PICTURE_FORMATS = ("JPEG", "MPO")
SEND_INSTEAD = "send it as JPEG or PNG"
UNREADABLE_TAG = "the picture's orientation tag cannot be read: check that it is shown upright"

# What Pillow's readers raise on damaged files.
DAMAGE = (
    OSError,
    SyntaxError,
    ValueError,
    ArithmeticError,
    LookupError,
    TypeError,
    AttributeError,
    EOFError,
    MemoryError,
    RuntimeError,  # the reader of AVIF
    struct.error,
    zlib.error,
    ImageCms.PyCMSError,
)

# A JPEG marker: neither an escaped byte, nor a restart within a scan, nor a fill byte.
JPEG_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
# Tags of a TIFF: what kind of picture it is, what zero means, and that it is a digital negative.
TIFF_KIND, TIFF_PHOTOMETRIC, TIFF_DNG = 254, 262, 50706
TIFF_REDUCED = 1
FLAT_ROWS = 16
PLAIN_END = "one edge of the picture is one plain colour: check that no part of it is missing"
CUT_OFF = "the file is cut off: it ends before the picture does"


@dataclass(frozen=True, eq=False)
class Picture:
    """An upright upload, (H, W, 3) uint8 BGR, and what its sender should know."""

    image: Pixels = field(repr=False)
    warnings: tuple[str, ...] = ()


def decode_upload(data: bytes) -> Picture:
    """The picture in ``data``, turned upright by its EXIF orientation. Raises EnrolmentRefused.

    The number of pixels is read from the header and checked before anything is decoded.
    """
    if ImageFile.LOAD_TRUNCATED_IMAGES:
        raise RuntimeError("Pillow was told to pad truncated pictures; enrolment may not run like that")
    if len(data) > MAX_FILE_BYTES:
        size = f"{len(data) / 1024**2:.0f} MB, at most {MAX_FILE_BYTES // 1024**2} MB are taken"
        raise EnrolmentRefused(RefusalCode.FILE_TOO_LARGE, f"the file has {size}")
    _refuse_by_name(data)
    _refuse_short(data)
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
            _refuse_bomb(opened)
            _refuse_raw(opened)
            _refuse_pages(opened)
            _decode(opened)
            upright, warnings = _upright(opened)
            return Picture(_negated(to_bgr(upright), opened), (*warnings, *_whole(opened)))
    except EnrolmentRefused:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise EnrolmentRefused(RefusalCode.TOO_MANY_PIXELS, _too_many()) from error
    except UnidentifiedImageError as error:
        raise EnrolmentRefused(
            RefusalCode.UNDECODABLE, f"the file is not a picture that can be read; {SEND_INSTEAD}"
        ) from error
    except DAMAGE as error:
        # Pillow's own text may quote the content of the file: not passed on.
        raise _damaged(error) from error


def encode_jpeg(image_bgr: Pixels, *, quality: int = 90) -> bytes:
    """A JPEG without metadata. Raises ValueError when the picture cannot be encoded."""
    done, encoded = cv2.imencode(".jpg", image_bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise ValueError(f"a picture of shape {image_bgr.shape} cannot be encoded")
    return encoded.tobytes()


def _refuse_by_name(data: bytes) -> None:
    """Formats that are not read are refused by their name, so that the sender knows what to do."""
    name = foreign_format(data)
    if name:
        raise _unsupported(name)


def _unsupported(name: str) -> EnrolmentRefused:
    return EnrolmentRefused(RefusalCode.UNSUPPORTED_FORMAT, f"{name} is not accepted; {SEND_INSTEAD}")


def _refuse_short(data: bytes) -> None:
    """Truncations that decoders forgive: a JPEG that ends within a scan, a WebP shorter than it says."""
    cut_jpeg = data.startswith(b"\xff\xd8") and not _jpeg_has_end(data)
    cut_riff = data.startswith(b"RIFF") and len(data) < int.from_bytes(data[4:8], "little") + 8
    if cut_jpeg or cut_riff:
        raise EnrolmentRefused(RefusalCode.TRUNCATED, CUT_OFF)


def _jpeg_has_end(data: bytes) -> bool:
    """Do the segments lead to an end marker? One in a thumbnail inside a segment does not count."""
    at = 2
    while match := JPEG_MARKER.search(data, at):
        marker = data[match.start() + 1]
        if marker == 0xD9:
            return True
        at = match.end() + int.from_bytes(data[match.end() : match.end() + 2], "big")
    return False


def _too_many() -> str:
    return f"the picture has too many pixels, at most {MAX_PIXELS // 1_000_000} million are taken"


def _refuse_bomb(opened: Image.Image) -> None:
    width, height = opened.size
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE_PX:
        raise EnrolmentRefused(RefusalCode.TOO_MANY_PIXELS, f"{_too_many()}; this one is {width} by {height}")


def _refuse_raw(opened: Image.Image) -> None:
    """A camera's raw file is often a TIFF that begins with a thumbnail: that would be enrolled."""
    tags = getattr(opened, "tag_v2", {})
    if opened.format == "TIFF" and (TIFF_DNG in tags or tags.get(TIFF_KIND, 0) & TIFF_REDUCED):
        raise _unsupported(RAW)


def _decode(opened: Image.Image) -> None:
    """Into memory; a large picture in a fraction of its size, where the format can."""
    larger = max(opened.size) / DRAFT_SIDE_PX
    if opened.format == "JPEG2000" and larger >= 2:
        opened.reduce = int(math.log2(larger))  # type: ignore[assignment, method-assign]  # its reader's way
    opened.draft("RGB", (DRAFT_SIDE_PX, DRAFT_SIDE_PX))
    opened.load()


def _negated(image: Pixels, opened: Image.Image) -> Pixels:
    """Pillow turns a TIFF whose zero is white into one whose zero is black, but not with more than 8 bits."""
    white = opened.format == "TIFF" and getattr(opened, "tag_v2", {}).get(TIFF_PHOTOMETRIC) == 0
    deep = opened.mode == "F" or opened.mode.startswith("I")
    return np.asarray(255 - image, dtype=np.uint8) if white and deep else image


def _whole(opened: Image.Image) -> tuple[str, ...]:
    """A warning about a JPEG whose last rows are one colour: what a reader makes of a part that is missing.

    As it lies in the file, where a phone held upright writes them along a side.
    """
    width, height = opened.size
    if opened.format not in ONE_PICTURE_FORMATS or height <= 2 * FLAT_ROWS:
        return ()
    end = np.asarray(opened.crop((0, height - max(FLAT_ROWS, height // 20), width, height)))
    return (PLAIN_END,) if (end == end[-1, -1]).all() else ()


def _refuse_pages(opened: Image.Image) -> None:
    pages = getattr(opened, "n_frames", 1)
    if pages > 1 and opened.format not in ONE_PICTURE_FORMATS:
        message = f"the file holds {pages} pictures; send the one that is meant as a file of its own"
        raise EnrolmentRefused(RefusalCode.SEVERAL_PAGES, message)


def _damaged(error: Exception) -> EnrolmentRefused:
    text = str(error).lower()
    if "truncated" in text or "not enough" in text or isinstance(error, EOFError):
        return EnrolmentRefused(RefusalCode.TRUNCATED, "the file is cut off: it ends before the picture does")
    return EnrolmentRefused(
        RefusalCode.UNDECODABLE, f"the picture is damaged and cannot be read; {SEND_INSTEAD}"
    )


def _upright(opened: Image.Image) -> tuple[Image.Image, tuple[str, ...]]:
    try:
        orientation = opened.getexif().get(ExifTags.Base.Orientation, 1)
        return ImageOps.exif_transpose(opened), () if orientation in range(1, 9) else (UNREADABLE_TAG,)
    except DAMAGE:
        return opened, (UNREADABLE_TAG,)


def to_bgr(picture: Image.Image) -> Pixels:
    """Any mode as (H, W, 3) uint8 BGR: transparency on white, more than 8 bits scaled to the range in use."""
    if picture.mode == "F" or picture.mode.startswith("I"):
        grey = _to_8_bits(np.asarray(picture))
        return np.repeat(grey[..., None], 3, axis=2)
    rgb = np.asarray(_to_rgb(picture), dtype=np.uint8)
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), dtype=np.uint8)


def _to_rgb(picture: Image.Image) -> Image.Image:
    if picture.mode == "RGB":
        return picture
    if picture.mode == "LAB":  # Pillow's own conversion does not know it
        lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
        converted = ImageCms.profileToProfile(picture, lab, srgb, outputMode="RGB")
        if converted is None:
            raise ValueError("LAB picture not converted")
        return converted
    # Modes with transparency that Pillow converts in one step only to their sibling.
    sibling = {"La": "LA", "RGBa": "RGBA"}.get(picture.mode)
    plain = picture.convert(sibling) if sibling else picture
    if not plain.has_transparency_data:
        return plain.convert("RGB")
    layer = plain.convert("RGBA")
    paper = Image.new("RGBA", layer.size, (255, 255, 255, 255))
    return Image.alpha_composite(paper, layer).convert("RGB")


def _to_8_bits(values: NDArray[np.generic]) -> Pixels:
    """Grey values of any range as uint8: 0 to 1 and 0 to 255 as they are, else by the range that is used.

    A 16-bit file often holds 10 or 12 bits; dividing it by 257 would give a black picture.
    """
    numbers = values.astype(np.float32)
    if not np.isfinite(numbers).all():
        raise ValueError("a grey value is not a number")
    low, high = float(numbers.min()), float(numbers.max())
    if low >= 0 and high <= 1 and not np.issubdtype(values.dtype, np.integer):
        low, high = 0.0, 1.0
    elif low >= 0 and high <= 255:
        low, high = 0.0, 255.0
    else:
        low, high = (float(v) for v in np.percentile(numbers[::4, ::4], (0.1, 99.9)))
    scaled = (numbers - low) * (255.0 / max(high - low, 1e-6))
    eight: Pixels = np.clip(scaled, 0, 255).round().astype(np.uint8)
    return eight
