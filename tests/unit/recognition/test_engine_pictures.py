"""Whatever a phone, a scanner or a custody system sends: the same person, or a reason, never a crash."""

from __future__ import annotations

import io
import resource
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image, ImageFile, PngImagePlugin

from apps.recognition.engine.enrol import EnrolmentConfig, enrol_picture
from apps.recognition.engine.errors import EnrolmentRefused, RefusalCode
from apps.recognition.engine.pictures import MAX_FILE_BYTES, decode_upload, encode_jpeg, to_bgr
from apps.recognition.engine.quality import ENROLMENT_LIMITS

ALL_PHOTOS = [
    "subject_a_1.jpg",
    "subject_a_2.jpg",
    "subject_b_1.jpg",
    "subject_b_2.jpg",
    "subject_c_1.jpg",
    "subject_c_2.jpg",
    "subject_c_3.jpg",
    "subject_c_4.jpg",
    "bystander_d.jpg",
    "bystander_e.jpg",
]


def encoded(picture: Image.Image, file_format: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, file_format, **options)
    return buffer.getvalue()


def refusal(data: bytes) -> EnrolmentRefused:
    with pytest.raises(EnrolmentRefused) as caught:
        decode_upload(data)
    return caught.value


@pytest.fixture(scope="session")
def portrait(photos: Path) -> Image.Image:
    """300 pixels wide, so that a test may encode it in every way."""
    with Image.open(photos / "subject_b_1.jpg") as opened:
        return opened.convert("RGB").resize((360, 452), Image.Resampling.LANCZOS)


@pytest.fixture(scope="session")
def template(pack, portrait) -> np.ndarray:
    return enrol_picture(pack, encoded(portrait, "PNG")).template


# All that Pillow 13 has.
MODES = [
    "1", "CMYK", "F", "HSV", "I", "I;16", "I;16B", "I;16L", "I;16N", "L", "LA", "LAB", "La", "P", "PA", "RGB",
    "RGBA", "RGBX", "RGBa", "YCbCr",
]  # fmt: skip


def in_mode(portrait: Image.Image, mode: str) -> Image.Image:
    if mode == "LAB":
        from PIL import ImageCms

        profiles = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
        return ImageCms.profileToProfile(portrait, *profiles, outputMode="LAB")
    grey = np.asarray(portrait.convert("L"))
    if mode == "F":
        return Image.fromarray(grey.astype(np.float32) / 255)
    if mode == "I":
        return Image.fromarray(grey.astype(np.int32) * 70_000)
    if mode.startswith("I;16"):
        order = {"I;16B": ">", "I;16L": "<"}.get(mode, "=")
        raw = (grey.astype(np.uint16) * 16).astype(f"{order}u2").tobytes()
        return Image.frombytes(mode, portrait.size, raw)
    step = {"La": "LA", "RGBa": "RGBA", "PA": "P"}.get(mode)
    return (portrait.convert(step) if step else portrait).convert(mode)


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_becomes_a_picture_of_the_same_person(pack, portrait, template, mode):
    picture = in_mode(portrait, mode)
    assert picture.mode == mode
    bgr = to_bgr(picture)
    assert bgr.shape == (452, 360, 3)
    assert bgr.dtype == np.uint8
    if mode == "1":
        return  # see the next test
    face = enrol_picture(pack, encode_jpeg(bgr, quality=95))
    exact = mode in ("CMYK", "HSV", "LAB", "RGB", "RGBA", "RGBX", "RGBa", "YCbCr")
    assert float(face.template @ template) > (0.97 if exact else 0.75)


def test_a_picture_made_of_dots_is_refused(pack, portrait):
    """A fax: its template matches nobody, and every other measure calls it excellent."""
    with pytest.raises(EnrolmentRefused, match="made of dots") as refused:
        enrol_picture(pack, encoded(portrait.convert("1"), "TIFF", compression="group4"))
    assert refused.value.reason_code == RefusalCode.POOR_QUALITY


@pytest.mark.parametrize(
    ("file_format", "mode", "options"),
    [
        ("JPEG", "L", {}),
        ("JPEG", "CMYK", {}),
        ("JPEG", "RGB", {"progressive": True}),
        ("PNG", "I;16", {}),
        ("PNG", "P", {}),
        ("WEBP", "RGBA", {"lossless": True}),
        ("TIFF", "LAB", {}),
        ("TIFF", "F", {}),
        ("TIFF", "I;16", {}),
        ("TIFF", "YCbCr", {"compression": "jpeg"}),
        ("TIFF", "RGB", {"compression": "tiff_lzw"}),
        ("BMP", "RGB", {}),
        ("GIF", "P", {}),
        ("JPEG2000", "RGB", {}),
        ("PPM", "RGB", {}),
        ("AVIF", "RGB", {}),
        ("MPO", "RGB", {}),
    ],
)
def test_every_usual_file_is_read(pack, portrait, template, file_format, mode, options):
    face = enrol_picture(pack, encoded(in_mode(portrait, mode), file_format, **options))
    assert float(face.template @ template) > 0.75


def test_a_transparent_background_is_white_and_not_what_hides_beneath(portrait):
    rgba = portrait.convert("RGBA")
    alpha = np.full((452, 360), 255, np.uint8)
    alpha[:40] = 0
    rgba.putalpha(Image.fromarray(alpha))
    bgr = decode_upload(encoded(rgba, "PNG")).image
    assert (bgr[:40] == 255).all()
    np.testing.assert_array_equal(bgr[40:], np.asarray(portrait)[40:, :, ::-1])


@pytest.mark.parametrize("file_format", ["GIF", "TIFF", "WEBP", "PNG"])
def test_a_file_of_several_pictures_is_refused(portrait, file_format):
    other = portrait.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    data = encoded(portrait, file_format, save_all=True, append_images=[other])
    error = refusal(data)
    assert error.reason_code == RefusalCode.SEVERAL_PAGES
    assert "2 pictures" in error.message


@pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 0.9, 0.97])
@pytest.mark.parametrize(
    ("file_format", "options"),
    [
        ("JPEG", {"quality": 90}),
        ("JPEG", {"progressive": True}),
        ("PNG", {}),
        ("WEBP", {}),
        ("TIFF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("BMP", {}),
        ("GIF", {}),
        ("AVIF", {}),
        ("PPM", {}),
    ],
)
def test_a_file_cut_off_anywhere_is_refused_and_never_padded(portrait, file_format, options, share):
    data = encoded(portrait, file_format, **options)
    error = refusal(data[: int(len(data) * share)])
    assert error.reason_code in (RefusalCode.TRUNCATED, RefusalCode.UNDECODABLE)


def test_a_jpeg_without_its_end_is_refused_though_its_thumbnail_has_one(portrait):
    thumbnail = encoded(portrait.resize((60, 75)), "JPEG")
    data = encoded(portrait, "JPEG")
    segment = b"\xff\xef" + (len(thumbnail) + 2).to_bytes(2, "big") + thumbnail
    with_thumbnail = data[:2] + segment + data[2:]
    assert decode_upload(with_thumbnail).image.shape == (452, 360, 3)
    assert refusal(with_thumbnail[:-2]).reason_code == RefusalCode.TRUNCATED


def test_a_jpeg_followed_by_other_data_is_read(portrait):
    """Phones append a short film; bytes in it may look like the start of a scan."""
    data = encoded(portrait, "JPEG") + bytes(100) + b"\xff\xda" + bytes(100)
    assert decode_upload(data).image.shape == (452, 360, 3)


def test_it_refuses_to_work_where_pillow_was_told_to_pad(portrait, monkeypatch):
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    with pytest.raises(RuntimeError, match="pad truncated"):
        decode_upload(encoded(portrait, "JPEG"))


def test_a_file_that_is_too_large_is_refused_unread():
    assert refusal(bytes(MAX_FILE_BYTES + 1)).reason_code == RefusalCode.FILE_TOO_LARGE


def test_a_real_bomb_is_refused_with_flat_memory():
    """A gigapixel of zeros in one megabyte: a gigabyte when decoded."""
    side = 32_000
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    # After a full flush a piece stands for itself: packed once, it is there as often as wanted.
    piece = packer.compress(bytes((side + 1) * 1_000)) + packer.flush(zlib.Z_FULL_FLUSH)
    checksum = (side * (side + 1) % 65_521) << 16 | 1  # Adler-32 of so many zeros
    body = b"\x78\xda" + piece * (side // 1_000) + packer.flush() + checksum.to_bytes(4, "big")
    buffer = io.BytesIO(b"\x89PNG\r\n\x1a\n")
    buffer.seek(0, io.SEEK_END)
    header = side.to_bytes(4, "big") * 2 + bytes([8, 0, 0, 0, 0])
    for kind, content in ((b"IHDR", header), (b"IDAT", body), (b"IEND", b"")):
        PngImagePlugin.putchunk(buffer, kind, content)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert refusal(buffer.getvalue()).reason_code == RefusalCode.TOO_MANY_PIXELS
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024


@settings(deadline=None, max_examples=150)
@given(data=st.data(), which=st.sampled_from(["JPEG", "PNG", "TIFF", "GIF", "WEBP", "BMP"]))
def test_a_damaged_file_is_read_or_refused_and_nothing_else(data, which):
    pixels = np.random.default_rng(1).integers(0, 255, (30, 40, 3), np.uint8)
    picture = Image.fromarray(pixels)
    content = bytearray(encoded(picture, which))
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        image = decode_upload(bytes(content)).image
    except EnrolmentRefused as refused:
        message = refused.message
    else:
        message = f"{image.shape}"
    assert message


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_does_not_exist_is_warned_of(portrait, orientation):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    picture = decode_upload(encoded(portrait, "JPEG", exif=exif))
    assert picture.image.shape == (452, 360, 3)
    assert "orientation" in picture.warnings[0]


def test_exif_that_is_garbage_does_not_stop_the_picture(portrait):
    data = encoded(
        portrait, "JPEG", exif=b"Exif\x00\x00" + b"MM\x00\x2a\x00\x00\x00\x08\xff\xff" + b"\xee" * 40
    )
    assert decode_upload(data).image.shape == (452, 360, 3)


def test_nothing_of_the_metadata_is_kept(pack, portrait):
    exif = Image.Exif()
    exif[ExifTags.Base.Artist] = "CANARY-artist"
    data = encoded(portrait, "JPEG", exif=exif, comment=b"CANARY-comment", xmp=b"CANARY-xmp")
    assert data.count(b"CANARY") == 3
    kept = enrol_picture(pack, data).picture_jpeg
    assert b"CANARY" not in kept
    with Image.open(io.BytesIO(kept)) as opened:
        assert not {"exif", "comment", "icc_profile", "xmp"} & opened.info.keys()


@pytest.mark.parametrize("turns", [1, 2, 3])
@pytest.mark.parametrize("name", ALL_PHOTOS)
def test_turned_pixels_without_a_tag_are_turned_back_with_a_warning(pack, photos, name, turns):
    """Also upside down, where the detector finds a face with its landmarks the wrong way round."""
    image = cv2.imread(str(photos / name))
    upright = enrol_picture(pack, encode_jpeg(image, quality=95))
    turned = enrol_picture(pack, encode_jpeg(np.ascontiguousarray(np.rot90(image, turns)), quality=95))
    assert float(upright.template @ turned.template) > 0.94
    assert not any("turn" in warning for warning in upright.warnings if "side" not in warning)
    assert any("check that it is upright" in warning for warning in turned.warnings)
    kept = cv2.imdecode(np.frombuffer(turned.picture_jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert enrol_picture(pack, encode_jpeg(kept)).template @ upright.template > 0.9


@pytest.mark.parametrize("inset", [0.0, 0.06])
@pytest.mark.parametrize("name", ALL_PHOTOS)
def test_a_face_that_fills_the_picture_is_taken_with_a_warning(pack, photos, name, inset):
    image = cv2.imread(str(photos / name))
    whole = enrol_picture(pack, encode_jpeg(image, quality=95))
    x1, y1, x2, y2 = (float(v) for v in pack.detect(image, max_side=640).boxes[0])
    dx, dy = inset * (x2 - x1), inset * (y2 - y1)
    tight = image[max(0, int(y1 + dy)) : int(y2 - dy), max(0, int(x1 + dx)) : int(x2 - dx)]
    face = enrol_picture(pack, encode_jpeg(tight, quality=95))
    assert float(face.template @ whole.template) > 0.6
    assert any("fills the picture" in warning for warning in face.warnings)


def test_the_kept_picture_gives_the_template_again_and_shows_little_else(pack, photos):
    """So that a list can move to another pack; and so that no street is stored with a face."""
    scene = np.full((3000, 4000, 3), 90, np.uint8)
    face = cv2.imread(str(photos / "subject_a_1.jpg"))
    scene[1200 : 1200 + face.shape[0], 1500 : 1500 + face.shape[1]] = face
    enrolled = enrol_picture(pack, encode_jpeg(scene, quality=95))
    kept = cv2.imdecode(np.frombuffer(enrolled.picture_jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert max(kept.shape[:2]) < 400
    found = pack.detect(kept, max_side=640).boxes[0]
    np.testing.assert_allclose(found, enrolled.box, atol=6)
    again = enrol_picture(pack, enrolled.picture_jpeg)
    assert float(again.template @ enrolled.template) > 0.95


def test_a_small_face_and_a_blurred_one_are_refused_in_words(pack, photos):
    image = cv2.imread(str(photos / "subject_b_1.jpg"))
    tiny = cv2.resize(image, None, fx=0.12, fy=0.12, interpolation=cv2.INTER_AREA)
    with pytest.raises(EnrolmentRefused, match="pixels wide") as small:
        enrol_picture(pack, encode_jpeg(tiny))
    assert small.value.reason_code == RefusalCode.TOO_SMALL
    with pytest.raises(EnrolmentRefused, match="blurred") as blurred:
        enrol_picture(pack, encode_jpeg(cv2.GaussianBlur(image, (0, 0), 14)))
    assert blurred.value.reason_code == RefusalCode.POOR_QUALITY


@pytest.mark.parametrize(("gain", "offset", "word"), [(0.08, 0, "dark"), (0.15, 225, "bright")])
def test_a_face_in_the_dark_or_in_glare_is_refused_in_words(pack, photos, gain, offset, word):
    image = cv2.imread(str(photos / "subject_b_1.jpg"))
    lit = np.clip(image * gain + offset, 0, 255).astype(np.uint8)
    with pytest.raises(EnrolmentRefused) as refused:
        enrol_picture(pack, encode_jpeg(lit, quality=95))
    if refused.value.reason_code != RefusalCode.NO_FACE:
        assert word in refused.value.message


def test_a_much_smaller_face_behind_is_warned_of(pack, photos):
    image = cv2.imread(str(photos / "subject_b_1.jpg"))
    other = cv2.imread(str(photos / "bystander_d.jpg"))
    small = cv2.resize(other, None, fx=0.2, fy=0.2, interpolation=cv2.INTER_AREA)
    image[10 : 10 + small.shape[0], 10 : 10 + small.shape[1]] = small
    face = enrol_picture(pack, encode_jpeg(image, quality=95))
    assert any("background" in warning for warning in face.warnings)


def test_limits_are_configuration(pack, portrait):
    from dataclasses import replace

    strict = EnrolmentConfig(limits=replace(ENROLMENT_LIMITS, min_size_px=400))
    with pytest.raises(EnrolmentRefused, match="at least 400"):
        enrol_picture(pack, encoded(portrait, "PNG"), strict)
