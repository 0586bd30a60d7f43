"""Three hundred of the hostile pictures; `python -m tests.hostile_pictures` looks at ten thousand."""

import pytest

from apps.recognition.engine.enrol import enrol_picture
from apps.recognition.engine.errors import EnrolmentRefused
from apps.recognition.engine.pictures import decode_upload
from tests import hostile_pictures


@pytest.mark.slow
def test_no_picture_crashes_hangs_or_takes_the_memory():
    words = []
    assert hostile_pictures.run(300, say=words.append) == []
    assert any("a face" in line for line in words)  # some were hardly damaged: the trial looks at faces too


class Measuring:
    """The real pack, and how many pixels the largest picture had that it searched."""

    def __init__(self, pack):
        self._pack, self.largest = pack, 0

    def __getattr__(self, name):
        return getattr(self._pack, name)

    def detect(self, image, *, max_side):
        self.largest = max(self.largest, image.shape[0] * image.shape[1])
        return self._pack.detect(image, max_side=max_side)


def test_a_strip_of_pixels_is_refused_and_needs_no_gigabytes(pack):
    """It once got a border of half its length on each side: 60,000 by 30,000 pixels."""
    strip = hostile_pictures.png(30_000, 1, hostile_pictures.zlib.compress(b"\0" + b"\0\0\0" * 30_000))
    searched = Measuring(pack)
    with pytest.raises(EnrolmentRefused, match="no face"):
        enrol_picture(searched, strip)
    assert 0 < searched.largest < 10_000_000


def test_a_damaged_avif_is_refused_like_every_other_file(monkeypatch):
    """Its reader raises RuntimeError, which once stopped the whole check of an upload."""
    from PIL import Image

    def broken(*_, **__):
        raise RuntimeError("secret of the file")

    monkeypatch.setattr(Image, "open", broken)
    with pytest.raises(EnrolmentRefused, match="damaged") as refused:
        decode_upload(b"\x00\x00\x00\x20ftypavif" + b"\0" * 100)
    assert "secret" not in refused.value.message
