"""Kinds of file that are refused by their name, and files that look whole and are something else."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image

from apps.recognition.engine.errors import EnrolmentRefused, RefusalCode
from apps.recognition.engine.pictures import decode_upload


def encoded(picture: Image.Image, file_format: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, file_format, **options)
    return buffer.getvalue()


def refusal(data: bytes) -> EnrolmentRefused:
    with pytest.raises(EnrolmentRefused) as caught:
        decode_upload(data)
    return caught.value


@pytest.fixture(scope="module")
def portrait(photos: Path) -> Image.Image:
    with Image.open(photos / "subject_b_1.jpg") as opened:
        return opened.convert("RGB").resize((360, 452), Image.Resampling.LANCZOS)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "HEIC"),
        (b"\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00mif1heic", "HEIC"),
        (b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2", "video"),
        (b"%PDF-1.7", "PDF"),
        (b"PK\x03\x04docx", "office"),
        (b"8BPS\x00\x01", "Photoshop"),
        (b"\xff\xa0\xff\xa4", "WSQ"),
        (b"\xff\x0a\x00", "JPEG XL"),
        (b"<svg xmlns=", "SVG"),
        (b"", "empty"),
        (b"\x00\x00\x00\x18ftypheis\x00\x00\x00\x00", "HEIC"),
        (b"\x00\x00\x00\x18ftypcrx \x00\x00\x00\x01crx isom", "raw format"),
        (b"IIU\x00\x18\x00\x00\x00", "raw format"),
        (b"IIRO\x08\x00\x00\x00", "raw format"),
        (b"1.001:0000262\x1d1.002:0500\x1d", "biometric record"),
        (b"FAC\x00010\x00", "biometric record"),
        (b"<?xml version='1.0'?><itl:NISTBiometricInformationExchangePackage>", "biometric record"),
        (b"II\xbc\x01", "JPEG XR"),
        (b"\xef\xbb\xbf%PDF-1.4", "PDF"),
        (b"\r\n  <svg xmlns=", "SVG"),
        (b"RIFF\x10\x00\x00\x00AVI LIST", "video"),
        (b"\x00\x05\x16\x07\x00\x02\x00\x00", "companion file of a Mac"),
        (bytes(128) + b"DICM", "DICOM"),
        (b"Rar!\x1a\x07", "archive"),
        (b"data:image/jpeg;base64,/9j/4AAQ", "base64"),
    ],
)
def test_a_format_that_is_not_read_is_refused_by_its_name_with_what_to_send(data, name):
    error = refusal(data)
    assert error.reason_code == RefusalCode.UNSUPPORTED_FORMAT
    assert name in error.message
    assert "JPEG or PNG" in error.message


@pytest.mark.parametrize(
    ("marker", "depth", "name"),
    [(0xC3, 8, "lossless"), (0xC5, 8, "hierarchical"), (0xC1, 12, "12 bits"), (0xF7, 8, "JPEG-LS")],
)
def test_a_kind_of_jpeg_that_is_not_decoded_is_refused_by_its_name(portrait, marker, depth, name):
    data = bytearray(encoded(portrait, "JPEG"))
    frame = data.index(b"\xff\xc0")
    data[frame + 1], data[frame + 4] = marker, depth
    error = refusal(bytes(data))
    assert error.reason_code == RefusalCode.UNSUPPORTED_FORMAT
    assert name in error.message


@pytest.mark.parametrize("tags", [{254: 1}, {50706: b"\x01\x04\x00\x00"}], ids=["thumbnail-first", "dng"])
def test_the_thumbnail_of_a_raw_file_is_not_taken_for_the_picture(portrait, tags):
    """Many cameras' raw files are TIFFs that begin with a small preview."""
    assert "raw format" in refusal(encoded(portrait, "TIFF", tiffinfo=tags)).message


@pytest.mark.parametrize("depth", [8, 16])
def test_a_tiff_whose_zero_is_white_is_no_negative(portrait, depth):
    """Scanners write them. With 16 bits Pillow leaves them as they are: everybody's negative."""
    grey = np.asarray(portrait.convert("L"))
    white = (255 - grey).astype(np.uint16) * 257 if depth == 16 else 255 - grey
    data = bytearray(encoded(Image.fromarray(white), "TIFF"))
    at = data.index(b"\x06\x01\x03\x00\x01\x00\x00\x00")  # the tag that says what zero means
    data[at + 8] = 0
    found = decode_upload(bytes(data)).image[..., 0]
    assert np.corrcoef(found.ravel(), grey.ravel())[0, 1] > 0.99


def test_a_jpeg_whose_lower_half_is_missing_is_warned_of_though_it_was_given_an_end(portrait):
    """A repaired download: readers fill what is missing with one colour and say nothing."""
    data = encoded(portrait, "JPEG", quality=90)
    assert "no part of it is missing" in decode_upload(data[: len(data) // 2] + b"\xff\xd9").warnings[0]
    assert decode_upload(data).warnings == ()


def test_so_is_that_of_a_phone_held_upright_where_the_missing_rows_are_a_side(portrait):
    for orientation in (3, 6, 8):
        tag = Image.Exif()
        tag[ExifTags.Base.Orientation] = orientation
        data = encoded(portrait, "JPEG", quality=90, exif=tag)
        assert decode_upload(data).warnings == (), orientation
        cut = decode_upload(data[: len(data) // 2] + b"\xff\xd9")
        assert "no part of it is missing" in " ".join(cut.warnings), orientation


def test_a_large_jpeg_2000_is_decoded_at_a_fraction_of_its_size():
    grey = Image.new("L", (8_200, 300), 90)
    assert decode_upload(encoded(grey, "JPEG2000")).image.shape[1] == 4_100


def test_postscript_never_reaches_a_reader_that_starts_a_program():
    assert refusal(b"%!PS-Adobe-3.0 EPSF-3.0\n").reason_code == RefusalCode.UNSUPPORTED_FORMAT
    disguised = b"\xc5\xd0\xd3\xc6" + bytes(60)  # EPS in its binary wrapper
    assert refusal(disguised).reason_code == RefusalCode.UNSUPPORTED_FORMAT
