"""Reading a list from disk: all of it, or a reason for each line."""

import csv
import tracemalloc
from datetime import UTC, date, datetime

import pytest

from apps.core.errors import RuleViolated
from apps.watchlists.reader import COLUMNS, read_import, read_rows
from tests.support import uploads

LINE = {
    "reference": "TS-1",
    "display_name": "Test Subject One",
    "category": "blue_list",
    "offence": "",
    "legal_basis": "consent",
    "source_system": "studio",
    "source_record": "1",
    "captured_date": "2026-01-31",
    "lawfully_held": "yes",
    "selected_by": "PC Example",
    "selected_reason": "rehearsal",
    "status_checked_at": "2026-06-15T10:00:00+01:00",
    "date_of_birth": "",
    "consent_reference": "C-1",
    "picture_name": "one.jpg",
    "expires_at": "",
}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "one.jpg").write_bytes(b"picture one")
    (tmp_path / "secret.txt").write_bytes(b"not a picture of the list")
    return tmp_path


def write(folder, *lines, header=COLUMNS, encoding="utf-8"):
    with (folder / "watchlist.csv").open("w", newline="", encoding=encoding) as file:
        writer = csv.DictWriter(file, fieldnames=header)
        writer.writeheader()
        writer.writerows(lines)


@pytest.mark.parametrize("target", ["", "watchlist.csv"])
def test_it_reads_rows_and_pictures(folder, target):
    write(folder, LINE, LINE | {"reference": "TS-2", "display_name": "Zoë\nTwo"}, encoding="utf-8-sig")
    rows, pictures = read_import(folder / target)
    first, second = rows
    assert (first.reference, first.line, first.lawfully_held) == ("TS-1", 2, True)
    assert first.captured_date == date(2026, 1, 31)
    assert first.status_checked_at == datetime(2026, 6, 15, 9, 0, tzinfo=UTC)
    assert first.date_of_birth is None
    assert first.expires_at is None
    assert second.display_name == "Zoë\nTwo"
    assert pictures("one.jpg") == b"picture one"


@pytest.mark.parametrize(
    "name", ["../secret.txt", "/etc/hostname", "..", ".", "", "a/../one.jpg", "missing.jpg", "one.jpg\x00"]
)
def test_a_picture_name_cannot_leave_the_folder(folder, name):
    write(folder, LINE)
    _, pictures = read_import(folder)
    with pytest.raises(FileNotFoundError):
        pictures(name)


def test_a_link_out_of_the_folder_is_not_followed(folder):
    (folder / "pictures" / "link.jpg").symlink_to(folder / "secret.txt")
    write(folder, LINE)
    with pytest.raises(FileNotFoundError):
        read_import(folder)[1]("link.jpg")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"captured_date": "31/01/2026"}, "Line 2: captured_date: a day is such as 2026-01-31"),
        ({"date_of_birth": "1990"}, "Line 2: date_of_birth: a day is such as 2026-01-31"),
        (
            {"status_checked_at": "15/06/2026 10:00"},
            "Line 2: status_checked_at: a time is such as 2026-01-31T10:00",
        ),
        ({"status_checked_at": "2026-06-15T10:00:00"}, "Line 2: status_checked_at.*no offset"),
        ({"lawfully_held": "perhaps"}, "Line 2: lawfully_held"),
    ],
)
def test_what_cannot_be_read_stops_the_file_and_is_named(folder, change, reason):
    write(folder, LINE | change, LINE | {"reference": "TS-2"})
    with pytest.raises(RuleViolated, match=reason):
        read_import(folder)


def test_every_bad_line_is_named(folder):
    write(folder, LINE | {"captured_date": "x"}, LINE, LINE | {"date_of_birth": "y"})
    with pytest.raises(RuleViolated) as refusal:
        read_import(folder)
    assert [reason.split(":")[0] for reason in refusal.value.reasons] == ["Line 2", "Line 4"]


def test_a_missing_or_unknown_column_is_named(folder):
    write(folder, header=[name for name in COLUMNS if name != "selected_by"] + ["notes"])
    with pytest.raises(RuleViolated) as refusal:
        read_import(folder)
    assert refusal.value.reasons == (
        "The column selected_by is missing.",
        "The column 'notes' is not known.",
    )


def test_a_short_or_long_line_is_not_guessed_at(folder):
    write(folder, LINE)
    file = folder / "watchlist.csv"
    file.write_text(file.read_text() + "TS-2,only two\n")
    with pytest.raises(RuleViolated, match="Line 3: not as many cells as columns"):
        read_import(folder)


def test_a_file_that_is_not_utf8_or_not_there_is_refused(folder):
    with pytest.raises(RuleViolated, match="There is no file"):
        read_import(folder / "other.csv")
    (folder / "watchlist.csv").write_bytes(b"reference\n\xff\xfe")
    with pytest.raises(RuleViolated, match="not UTF-8"):
        read_import(folder)


def test_a_long_list_weighs_little_more_than_what_tells_its_rows_apart():
    raw = uploads.csv_bytes(uploads.row(f"TS-{n:05}", f"{n:05}.jpg") for n in range(2_000))
    tracemalloc.start()
    try:
        rows = read_rows(raw)
        held, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert rows[0].offence is rows[-1].offence
    assert held < 1_000 * len(rows)
    assert peak < held + 3 * len(raw)
