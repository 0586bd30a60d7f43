"""That what tests/support/no_face.py looks for would be found, wherever an answer could hide it."""

import base64
import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from tests.support.no_face import Forbidden
from tests.support.trace_values import template, textured_jpeg

PICTURE = textured_jpeg()
TEMPLATE = template().vector.astype("<f4").tobytes()


def packed(content):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("one.csv", content)
    return out.getvalue()


def pdf_with_a_picture():
    out = io.BytesIO()
    Image.fromarray(np.full((40, 40, 3), 90, np.uint8)).save(out, "PDF")
    return out.getvalue()


SHOWN = {
    "a picture": (PICTURE, "application/octet-stream"),
    "any picture": (b"<p>\xff\xd8\xff\xe0</p>", "text/html"),
    "an image": (b"", "image/svg+xml"),
    "base 64": (b'{"x": "' + base64.b64encode(PICTURE) + b'"}', "application/json"),
    "hexadecimal": (PICTURE.hex().encode(), "text/plain"),
    "data address": (b'<img alt="" src="data:image/png;base64,AAAA">', "text/html"),
    "address of a picture": (b'<img alt="" src="/alerts/1/probe.jpg">', "text/html"),
    "canvas": (b'<canvas data-src="/x"></canvas>', "text/html"),
    "style": (b"<style>p{background:url('data:image/png;base64,AA')}</style>", "text/html"),
    "template": (TEMPLATE, "application/octet-stream"),
    "template in numbers": (str(np.frombuffer(TEMPLATE, "<f4")[:3].tolist()).encode(), "application/json"),
    "name": (b"<td>test  SUBJECT 1</td>", "text/html"),
    "name in an address": (b'<a href="/x?q=Test+Subject%201">x</a>', "text/html"),
    "packed": (packed("a;b\n1;Test Subject 1\n"), "application/zip"),
    "in a PDF": (pdf_with_a_picture(), "application/pdf"),
}


@pytest.fixture
def forbidden():
    found = Forbidden(own=("An Overseer",))
    found.word("somebody who is listed", "Test Subject 1")
    found.content("a picture", PICTURE)
    found.template("a template", TEMPLATE)
    return found


@pytest.mark.parametrize(("body", "kind"), SHOWN.values(), ids=SHOWN)
def test_it_is_found(forbidden, body, kind):
    assert list(forbidden.found_in(body, kind, "here"))


@pytest.mark.parametrize(
    "body",
    [b"<p>P-1A2B3C4D, authorising officer, An Overseer</p>", b'<img src="/static/crest.svg" alt="">', b""],
)
def test_what_may_stand_there_is_not(forbidden, body):
    assert not list(forbidden.found_in(body, "text/html", "here"))
