"""Uploads made wrong, by mistake or on purpose: each is refused with words that say what to do."""

import io
import stat
import struct
import tempfile
import zipfile

import pytest

from apps.core.errors import RuleViolated
from apps.watchlists import archive
from apps.watchlists.data import UploadedList
from apps.watchlists.uploads import read_upload
from tests.support.uploads import csv_bytes, row, zip_bytes

ROWS = [row("TS-1", "one.jpg"), row("TS-2", "two.jpg")]
CSV = csv_bytes(ROWS)
GOOD = {"watchlist.csv": CSV, "pictures/one.jpg": b"first", "pictures/two.jpg": b"second"}


def sent(raw):
    return read_upload(UploadedList(archive=io.BytesIO(raw)))


def refused(raw):
    with pytest.raises(RuleViolated) as refusal:
        list(sent(raw).pictures)
    return str(refusal.value)


def entry(name, **attributes):
    info = zipfile.ZipInfo(name)
    for attribute, value in attributes.items():
        setattr(info, attribute, value)
    return info


@pytest.mark.parametrize("top", ["", "my list/"])
def test_a_zip_gives_rows_and_pictures(top):
    read = sent(zip_bytes({top + name: content for name, content in GOOD.items()}))
    assert [each.reference for each in read.rows] == ["TS-1", "TS-2"]
    assert list(read.pictures) == [("one.jpg", b"first"), ("two.jpg", b"second")]
    assert read.csv == CSV
    assert read.unused == 0


def test_what_computers_add_by_themselves_is_passed_over():
    litter = {
        "__MACOSX/pictures/._one.jpg": b"x",
        "pictures/Thumbs.db": b"x",
        "pictures/": b"",
        ".DS_Store": b"x",
    }
    assert len(list(sent(zip_bytes(GOOD | litter)).pictures)) == 2


def test_a_picture_that_no_row_names_is_not_kept_but_counted():
    read = sent(zip_bytes(GOOD | {"pictures/stranger.jpg": b"a face nobody asked for"}))
    assert "stranger.jpg" not in dict(read.pictures)
    assert read.unused == 1


@pytest.mark.parametrize(
    "name",
    [
        "../outside.jpg",
        "pictures/../../outside.jpg",
        "/etc/passwd",
        "pictures\\..\\outside.jpg",
        "C:/outside.jpg",
        "pictures//one.jpg",
        "pictures/./three.jpg",
    ],
)
def test_a_name_that_points_outside_is_refused(name):
    assert "points outside" in refused(zip_bytes([*GOOD.items(), (entry(name), b"x")]))


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR], ids=["link", "pipe", "device"])
def test_what_is_no_plain_file_is_refused(kind):
    link = entry("pictures/link.jpg", external_attr=(kind | 0o777) << 16, create_system=3)
    assert "a link and not a file" in refused(zip_bytes([*GOOD.items(), (link, b"/etc/passwd")]))


def test_a_zip_with_a_password_is_refused():
    raw = bytearray(zip_bytes(GOOD))
    for mark, flags_at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = raw.find(mark)
        while at >= 0:
            raw[at + flags_at] |= 1
            at = raw.find(mark, at + 4)
    assert "has a password" in refused(bytes(raw))


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("second", ["pictures/one.jpg", "pictures/ONE.JPG"], ids=["same", "other case"])
def test_a_name_that_is_there_twice_is_refused(second):
    assert "twice" in refused(zip_bytes([*GOOD.items(), (second, b"another")]))


def test_an_unusual_packing_is_refused():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_LZMA) as packed:
        for name, content in GOOD.items():
            packed.writestr(name, content)
    assert "unusual way" in refused(out.getvalue())


def test_a_bomb_that_says_how_large_it_is_is_refused_unopened(monkeypatch):
    monkeypatch.setattr(archive, "_unpacked", lambda *_: pytest.fail("it was opened"))
    bomb = zip_bytes(GOOD | {"pictures/bomb.jpg": b"\0" * (archive.MAX_PICTURE_BYTES + 1)})
    assert len(bomb) < 100_000
    assert "bomb.jpg is over 30 MB" in refused(bomb)


def test_many_pictures_that_are_too_much_together_are_refused(monkeypatch):
    monkeypatch.setattr(archive, "MAX_UNPACKED_BYTES", len(CSV) + 10)
    assert "Unpacked" in refused(zip_bytes(GOOD))


def test_a_bomb_that_lies_about_its_size_is_refused():
    raw = bytearray(zip_bytes(GOOD | {"pictures/one.jpg": b"\0" * 1_000_000}))
    honest = struct.pack("<L", 1_000_000)
    assert raw.count(honest) == 2
    lying = bytes(raw).replace(honest, struct.pack("<L", 100))
    assert "is damaged" in refused(lying)


def test_more_files_than_anybody_needs_are_refused(monkeypatch):
    monkeypatch.setattr(archive, "MAX_FILES", 2)
    assert "more than 2 files" in refused(zip_bytes(GOOD))


def test_a_directory_too_large_to_read_is_refused_before_it_is_read(monkeypatch):
    raw = zip_bytes({f"pictures/{n}": b"" for n in range(archive.MAX_FILES * 2 + 1)})
    monkeypatch.setattr(archive.zipfile, "ZipFile", lambda *_: pytest.fail("the directory was read"))
    assert "more than" in refused(raw)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "not a ZIP file"),
        (b"reference,display_name\n", "not a ZIP file"),
        (zip_bytes(GOOD)[:-30], "not a ZIP file"),
        (zip_bytes({}), "no watchlist.csv"),
        (zip_bytes({"pictures/one.jpg": b"x"}), "no watchlist.csv"),
        (zip_bytes(GOOD | {"pictures/deep/three.jpg": b"x"}), "Take out pictures/deep/three.jpg"),
        (zip_bytes(GOOD | {"run.exe": b"x"}), "Take out run.exe"),
    ],
    ids=["empty", "a csv", "cut off", "empty zip", "no csv", "nested folder", "stray file"],
)
def test_what_is_no_list_is_refused(raw, words):
    assert words in refused(raw)


def test_a_picture_that_is_damaged_is_named():
    raw = zip_bytes(GOOD | {"pictures/two.jpg": bytes(range(256)) * 40})
    local = raw.find(b"pictures/two.jpg") + len("pictures/two.jpg")
    broken = bytearray(raw)
    broken[local + 5 : local + 60] = b"\xff" * 55
    assert "pictures/two.jpg in the ZIP is damaged" in refused(bytes(broken))


def test_nothing_is_unpacked_to_disk(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "there is no such folder"))
    monkeypatch.chdir(tmp_path)
    list(sent(zip_bytes(GOOD)).pictures)
    assert list(tmp_path.iterdir()) == []


def files(*pictures, csv=CSV):
    return UploadedList(csv=io.BytesIO(csv), pictures=[(name, io.BytesIO(raw)) for name, raw in pictures])


def test_a_csv_with_picture_files_gives_the_same():
    read = read_upload(files(("two.jpg", b"second"), ("one.jpg", b"first"), ("three.jpg", b"third")))
    assert list(read.pictures) == [("one.jpg", b"first"), ("two.jpg", b"second")]
    assert read.unused == 1


@pytest.mark.parametrize(
    ("upload", "words"),
    [
        (lambda: UploadedList(), "Choose a ZIP"),
        (lambda: UploadedList(csv=io.BytesIO(CSV), archive=io.BytesIO(zip_bytes(GOOD))), "not both"),
        (lambda: files(("one.jpg", b"x"), ("One.JPG", b"y")), "two pictures named One.JPG"),
        (lambda: files(csv=CSV.splitlines(keepends=True)[0]), "no rows"),
        (lambda: files(csv=csv_bytes(ROWS, encoding="utf-16")), "UTF-16. Save it again as"),
        (lambda: files(csv="reference,Zoë".encode("cp1252")), "not UTF-8. Save it again as"),
        (lambda: files(csv=b"PK\x03\x04\x00\x00"), "not a text file"),
        (lambda: files(csv=b'"' + b"x" * 200_000), "field larger than field limit"),
    ],
    ids=["nothing", "both", "same name", "no rows", "utf-16", "windows", "binary", "one huge cell"],
)
def test_files_that_are_no_list_are_refused(upload, words):
    with pytest.raises(RuleViolated, match=words):
        read_upload(upload())


@pytest.mark.parametrize(
    "raw", [csv_bytes(ROWS, encoding="utf-8-sig"), csv_bytes(ROWS, delimiter=";")], ids=["mark", "semicolons"]
)
def test_what_spreadsheets_make_is_read(raw):
    assert [each.reference for each in read_upload(files(csv=raw)).rows] == ["TS-1", "TS-2"]


def test_a_picture_that_is_too_large_is_refused():
    with pytest.raises(RuleViolated, match="one.jpg is over 30 MB"):
        list(read_upload(files(("one.jpg", b"\0" * (archive.MAX_PICTURE_BYTES + 1)))).pictures)
