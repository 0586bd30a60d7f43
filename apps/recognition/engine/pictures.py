"""Decoding what people upload, and encoding what the platform keeps of it.

Uploads come from phones, scanners and custody systems: every mode that Pillow reads becomes upright BGR, or
is refused with a sentence that says what to send instead. Only formats of a closed list are tried: some of
Pillow's readers start other programs.
"""

from __future__ import annotations

import io
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

FOREIGN_STARTS = (
    (b"%PDF", "PDF"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"\xd0\xcf\x11\xe0", "an office document"),
    (b"8BPS", "a Photoshop file"),
    (b"%!PS", "PostScript"),
    (b"\x00\x00\x00\x0cJXL ", "JPEG XL"),
    (b"\xff\x0a", "JPEG XL"),
    (b"\xff\xa0", "WSQ (fingerprints)"),
    (b"<svg", "SVG"),
    (b"<?xml", "SVG or XML"),
    (b"<", "a web page"),
    (b"\x1aE\xdf\xa3", "a video"),
    (b"II*\x00\x10\x00\x00\x00CR", "a camera's raw format"),
    (b"FUJIFILM", "a camera's raw format"),
)
# A JPEG marker: neither an escaped byte, nor a restart within a scan, nor a fill byte.
JPEG_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
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
            _refuse_pages(opened)
            opened.draft("RGB", (DRAFT_SIDE_PX, DRAFT_SIDE_PX))
            opened.load()
            upright, warnings = _upright(opened)
            return Picture(to_bgr(upright), warnings)
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
    name = _foreign_format(data)
    if name:
        message = f"{name} is not accepted; {SEND_INSTEAD}"
        raise EnrolmentRefused(RefusalCode.UNSUPPORTED_FORMAT, message)


def _foreign_format(data: bytes) -> str:
    if not data:
        return "an empty file"
    head = data[:64]
    if head[4:8] == b"ftyp":
        brands = head[8:40]
        if b"avif" in brands or b"avis" in brands:
            return ""
        heic = any(brand in brands for brand in (b"heic", b"heix", b"hevc", b"heim", b"mif1", b"msf1"))
        return "HEIC (the iPhone's own format)" if heic else "a video"
    return next((name for magic, name in FOREIGN_STARTS if head.startswith(magic)), "")


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
    return np.ascontiguousarray(rgb[..., ::-1])


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
