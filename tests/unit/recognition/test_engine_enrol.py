"""What may be enrolled, in which shapes of file, and what is refused with which code."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image
from recognition_scenes import background

from apps.recognition.engine.data import EnrolmentFace
from apps.recognition.engine.enrol import enrol_picture
from apps.recognition.engine.errors import EnrolmentRefused, RefusalCode
from apps.recognition.engine.opencv_zoo import OpenCVZooPack

# How a camera that writes this orientation stores a picture which is upright once it is obeyed.
STORED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def encoded(picture: Image.Image, file_format: str = "PNG", **options) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, file_format, **options)
    return buffer.getvalue()


def png_header_of(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is as large as that."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(64))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def refusal(pack: OpenCVZooPack, data: bytes) -> RefusalCode:
    with pytest.raises(EnrolmentRefused) as caught:
        enrol_picture(pack, data)
    assert caught.value.message
    return caught.value.reason_code


@pytest.fixture(scope="module")
def photo(photos: Path) -> Image.Image:
    with Image.open(photos / "subject_a_1.jpg") as opened:
        return opened.convert("RGB")


@pytest.fixture(scope="module")
def upright(pack: OpenCVZooPack, photo: Image.Image) -> EnrolmentFace:
    return enrol_picture(pack, encoded(photo, "JPEG", quality=95))


@pytest.mark.parametrize("orientation", STORED)
def test_every_exif_orientation_gives_the_same_template(
    pack: OpenCVZooPack, photo: Image.Image, upright: EnrolmentFace, orientation: int
):
    how = STORED[orientation]
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    stored = photo if how is None else photo.transpose(how)
    face = enrol_picture(pack, encoded(stored, "JPEG", quality=95, exif=exif))
    assert float(face.template @ upright.template) > 0.99
    # By the tag, not by the search through all turns, which would warn.
    assert face.warnings == upright.warnings
    np.testing.assert_allclose(face.box, upright.box, atol=4)
    with Image.open(io.BytesIO(face.picture_jpeg)) as kept:
        assert not kept.getexif()


@pytest.mark.parametrize("mode", ["RGBA", "L", "LA", "P", "CMYK"])
def test_other_modes_are_accepted(pack: OpenCVZooPack, photo: Image.Image, upright: EnrolmentFace, mode: str):
    data = encoded(photo.convert(mode), "TIFF" if mode == "CMYK" else "PNG")
    with Image.open(io.BytesIO(data)) as opened:
        assert opened.mode == mode
    # Without colours, or with few, it is not quite the same picture.
    least = 0.99 if mode in ("RGBA", "CMYK") else 0.8
    assert float(enrol_picture(pack, data).template @ upright.template) > least


def test_sixteen_bit_grey_is_accepted(pack: OpenCVZooPack, photo: Image.Image, upright: EnrolmentFace):
    grey = np.asarray(photo.convert("L")).astype(np.uint16) * 16  # 12 bits in 16, as scanners write
    face = enrol_picture(pack, encoded(Image.fromarray(grey)))
    assert float(face.template @ upright.template) > 0.8


def test_the_photograph_with_transparency_shows_the_same_person(pack: OpenCVZooPack, photos: Path):
    data = (photos / "rgba_c.png").read_bytes()
    with Image.open(io.BytesIO(data)) as opened:
        assert opened.mode == "RGBA"
    other = enrol_picture(pack, (photos / "subject_c_1.jpg").read_bytes())
    assert float(enrol_picture(pack, data).template @ other.template) >= 0.45


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP"])
def test_a_truncated_file_is_refused(pack: OpenCVZooPack, photo: Image.Image, file_format: str, share: float):
    data = encoded(photo, file_format)
    assert refusal(pack, data[: int(len(data) * share)]) is RefusalCode.TRUNCATED


def test_a_text_file_is_refused(pack: OpenCVZooPack):
    assert refusal(pack, b"surname,forename\nDoe,Jane\n" * 50) is RefusalCode.UNDECODABLE


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7\n", b"<!doctype html><p>no"])
def test_what_is_no_picture_by_its_first_bytes_is_refused(pack: OpenCVZooPack, data: bytes):
    assert refusal(pack, data) is RefusalCode.UNSUPPORTED_FORMAT


# Above this platform's limit, above Pillow's warning, above Pillow's error, too long.
@pytest.mark.parametrize("size", [(8000, 8000), (10_000, 10_000), (60_000, 60_000), (40_000, 10)])
def test_a_decompression_bomb_is_refused(pack: OpenCVZooPack, size: tuple[int, int]):
    assert refusal(pack, png_header_of(*size)) is RefusalCode.TOO_MANY_PIXELS


def test_a_group_is_refused(pack: OpenCVZooPack, photos: Path):
    assert refusal(pack, (photos / "group.jpg").read_bytes()) is RefusalCode.SEVERAL_FACES


def test_two_people_side_by_side_are_refused(pack: OpenCVZooPack, photos: Path):
    both = Image.new("RGB", (800, 400))
    for left, name in ((0, "subject_a_1.jpg"), (400, "subject_b_1.jpg")):
        with Image.open(photos / name) as opened:
            both.paste(opened.convert("RGB").resize((400, 400)), (left, 0))
    assert refusal(pack, encoded(both)) is RefusalCode.SEVERAL_FACES


@pytest.mark.parametrize(
    "picture", [np.full((480, 640, 3), 127, np.uint8), background()], ids=["grey", "cloth"]
)
def test_a_picture_without_a_face_is_refused(pack: OpenCVZooPack, picture: np.ndarray):
    assert refusal(pack, encoded(Image.fromarray(picture))) is RefusalCode.NO_FACE
