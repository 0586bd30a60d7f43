"""A report as PDF, ODS, CSV and JSON: the same numbers, nobody's name, nothing that runs, and on record."""

from __future__ import annotations

import io
import json
import re
import zipfile

import pytest
from django.utils.html import escape
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from apps.audit import api as audit
from apps.audit.models import AuditEvent
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.core.tenancy import force_context
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentState
from apps.scrutiny import views_period
from apps.scrutiny.exports.report import Column, Report, Section, Table, Taken
from apps.watchlists.models import Subject
from tests.support.alert_stage import make_stage
from tests.support.cast import make_cast
from tests.support.days import START, make_day
from tests.support.reports import (
    FORMS,
    PERIOD,
    again,
    busy_stage,
    csv_rows,
    json_tables,
    record_url,
    taken,
    written,
)

# What typst and spreadsheets would act on, characters that no typeface here has, and one that none can show.
HOSTILE = '#panic("x") *b* $x/0$ <l> @ref \\ `c` // /* ]]> & "q" 漢字 \N{RIGHT-TO-LEFT OVERRIDE}end'
FORMULA = '=HYPERLINK("http://evil.example","x")'


@pytest.fixture
def busy(real_db):
    return busy_stage()


def pdf_text(content):
    pages = PdfReader(io.BytesIO(content)).pages
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pages))


def sheets(content):
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]


def as_text(cell):
    return f"{cell:g}" if isinstance(cell, float) else cell


@pytest.mark.parametrize("of", ["period", "record"])
def test_every_file_holds_the_same_numbers(busy, of):
    url = PERIOD if of == "period" else record_url(busy)
    tables = json_tables(taken(busy, url, "json"))
    rows, spread = csv_rows(taken(busy, url, "csv")), sheets(taken(busy, url, "ods"))
    words = pdf_text(taken(busy, url, "pdf")).replace(" ", "")
    assert len(tables) >= 4
    changing = {"Time that they ran"}  # it still runs
    for caption, table in tables.items():
        begin = rows.index([caption]) + 1
        assert rows[begin : begin + len(table)] == table, caption
        texts = [[[as_text(cell) for cell in row] for row in sheet] for sheet in spread]
        wanted = [[numeric(cell) for cell in row] for row in table]
        assert wanted in texts, caption
        for row in table:
            if row[0] not in changing and len(row) <= 8:
                assert "".join(row).replace(" ", "") in words, row


def numeric(cell):
    return f"{float(cell):g}" if re.fullmatch(r"\d+(\.\d+)?", cell) else cell


def test_the_page_says_what_the_files_say(busy):
    page = busy.person("reader", Role.OVERSIGHT).client().get(PERIOD).getvalue().decode()
    found = json.loads(taken(busy, PERIOD, "json"))
    (row,) = json_tables(taken(busy, PERIOD, "json"))["Deployments"][1:]
    assert found["summed"]["alerts"] == 4
    assert row[row.index("400") + 1 :][:5] == ["4", "1", "1", "1", "1"]
    assert f'<td data-label="Alerts" class="number">{row[9]}</td>' in page
    for words in ("2 of 400 (0.5%", "2 of 3 (67%"):
        assert words in page
        assert words in pdf_text(taken(busy, PERIOD, "pdf"))


def test_a_chart_is_drawn_with_its_table_beside_it_and_no_style(busy):
    page = busy.person("reader", Role.OVERSIGHT).client().get(PERIOD).getvalue().decode()
    pictures = re.findall(r"<svg.*?</svg>", page, re.S)
    assert len(pictures) == 2
    for picture in pictures:
        assert re.search(r'role="img"[^>]*aria-labelledby="(\w+-title) (\w+-desc)"', picture)
        assert "<title id=" in picture
        assert "style" not in picture
        assert "<script" not in picture
    # All four kinds are drawn, each by its own pattern, of one width: one alert each.
    drawn = re.findall(r'<rect x="[\d.]+" y="98" width="([\d.]+)" height="16" fill="([^"]+)"', pictures[0])
    assert len({fill for _, fill in drawn}) == 4
    assert len({width for width, _ in drawn}) == 1
    (row,) = json_tables(taken(busy, PERIOD, "json"))["Alerts by what became of them, by deployment"][1:]
    assert f">{row[0]}</th>" in page
    assert row[1:] == ["1", "1", "1", "1", "4"]


def test_many_deployments_are_drawn_by_month(busy):
    for _ in range(24):
        again(busy)
    tables = json_tables(taken(busy, PERIOD, "json"))
    table = tables["Alerts by what became of them, by month"]
    assert len(table) == 2, "all of this month"
    assert table[1][-1] == "4"
    assert len(tables["Deployments"]) == 26


def test_what_people_typed_is_never_read_as_markup_nor_computed(busy):
    written(busy, place_name=FORMULA, policing_purpose=HOSTILE, necessity=f"{FORMULA}\n\n@SUM(A1)")
    for url in (PERIOD, record_url(busy)):
        words = pdf_text(taken(busy, url, "pdf")).replace(" ", "")
        assert FORMULA.replace(" ", "") in words
        rows = csv_rows(taken(busy, url, "csv"))
        assert [cell for row in rows for cell in row if cell.lstrip().startswith(("=", "+", "@"))] == []
        assert f"'{FORMULA}" in [cell for row in rows for cell in row]
        file = taken(busy, url, "ods")
        assert b"formula" not in zipfile.ZipFile(io.BytesIO(file)).read("content.xml")
        assert FORMULA in [cell for sheet in sheets(file) for row in sheet for cell in row]
    words = pdf_text(taken(busy, record_url(busy), "pdf")).replace(" ", "")
    assert '#panic("x")*b*$x/0$<l>@ref\\`c`///*]]>&"q"[U+6F22][U+5B57][U+202E]end' in words


@pytest.mark.parametrize("place", ["007", "2024"])
def test_text_that_looks_like_a_number_stays_text_in_a_spreadsheet(busy, place):
    written(busy, place_name=place)
    (row,) = [row for sheet in sheets(taken(busy, PERIOD, "ods")) for row in sheet if place in row]
    assert row[8] == 400.0
    assert isinstance(row[8], float)


def all_words(content, form):
    """Whatever can be read in a file, also in what is inside it."""
    if form == "ods":
        parts = zipfile.ZipFile(io.BytesIO(content))
        return "".join(parts.read(name).decode() for name in parts.namelist())
    if form == "pdf":
        reader = PdfReader(io.BytesIO(content))
        assert [image for page in reader.pages for image in page.images] == []
        inside = "".join(each[0].decode() for each in reader.attachments.values())
        return f"{pdf_text(content)}{reader.metadata}{inside}"
    return content.decode()


def test_no_file_names_anybody_or_shows_a_face(busy):
    with busy.context():
        names = [*Subject.objects.values_list("display_name", flat=True)]
        names += Subject.objects.values_list("reference", flat=True)
    names += [person.actor.label for person in busy.people.values()]
    assert len(names) > 5
    for url in (PERIOD, record_url(busy)):
        for form in FORMS:
            words = all_words(taken(busy, url, form), form)
            assert [name for name in names if name in words] == [], (url, form)


def test_oversight_takes_out_pseudonyms_and_the_force_names(real_db):
    """Also of who decided, and of whom somebody named in their reasons."""
    day = make_day("north")
    cast = make_cast(day)
    day.to(DeploymentState.LIVE)
    day.step(deployments.suspend, day.silver, START, reason="Sign down; told TS-001, call 07700 900123")
    with force_context(day.force.id):
        code = audit.pseudonym(cast["officer"].actor.id)
    for form in FORMS:
        theirs, own = (
            all_words(cast[who].client().get(f"/records/lfr-2026-001/?format={form}").getvalue(), form)
            for who in ("oversight", "planner")
        )
        assert f"PC {code}" in theirs
        assert cast["officer"].actor.label in own
        for member in (cast["officer"], cast["planner"], cast["silver"]):
            assert member.actor.label not in theirs
            assert str(member.actor.id) not in theirs
        assert "Sign down" in theirs
        for hidden in ("TS-001", "07700"):
            assert hidden not in theirs + own


def test_another_force_gets_nothing_of_it(busy):
    other = make_stage("south")
    client = other.person("reader", Role.OVERSIGHT).client()
    for form in FORMS:
        assert client.get(f"{record_url(busy)}format={form}").status_code == 404
        theirs = client.get(f"{PERIOD}&format={form}").getvalue()
        assert busy.force.name.encode() not in theirs
    assert busy.force.name not in pdf_text(client.get(f"{PERIOD}&format=pdf").getvalue())


def test_the_taking_is_on_record_under_the_hash_of_what_was_taken(busy):
    for form in FORMS:
        for url in (PERIOD, record_url(busy)):
            anchor = anchor_of(taken(busy, url, form), form)
            assert anchor["exported_as"] == form
            with busy.context():
                event = AuditEvent.objects.get(id=anchor["event_id"])
            assert event.payload["sha256"] == anchor["content_sha256"]
            assert event.payload["format"] == form
            assert event.object_id.hex == anchor["content_sha256"][:32]
    with busy.context():
        verbs = sorted(AuditEvent.objects.filter(object_type="export").values_list("verb", flat=True))
    assert verbs == ["scrutiny.period_exported"] * 4 + ["scrutiny.record_exported"] * 4


def anchor_of(content, form):
    if form == "pdf":
        return json.loads(PdfReader(io.BytesIO(content)).attachments["audit-anchor.json"][0])
    if form == "ods":
        return json.loads(zipfile.ZipFile(io.BytesIO(content)).read("audit-anchor.json"))
    if form == "csv":
        return json.loads(csv_rows(content)[-1][1])
    return json.loads(content)["audit_anchor"]


def test_the_pdf_is_tagged_titled_and_in_british_english(busy):
    reader = PdfReader(io.BytesIO(taken(busy, record_url(busy), "pdf")))
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"].value
    assert root["/Lang"] == "en-GB"
    assert busy.force.name in reader.metadata.title
    assert b"<pdfuaid:part>1" in root["/Metadata"].get_data()
    text = reader.pages[0].extract_text()
    assert f"page 1 of {len(reader.pages)}" in text
    assert kinds(root["/StructTreeRoot"]) >= {"/Table", "/TH", "/TD", "/H1", "/H2"}


def kinds(element):
    """The structure types of a tagged PDF."""
    found, stack = set(), [element]
    while stack:
        each = stack.pop().get_object()
        if hasattr(each, "get"):
            found.add(each.get("/S"))
            stack += [each["/K"]] if "/K" in each else []
        elif isinstance(each, list):
            stack += each
    return found


def test_a_page_of_too_many_deployments_is_refused_as_pdf_with_words(busy, monkeypatch):
    monkeypatch.setattr(views_period, "MOST_IN_PDF", 0)
    client = busy.person("reader", Role.OVERSIGHT).client()
    answer = client.get(f"{PERIOD}&format=pdf")
    assert answer.status_code == 422
    assert escape(views_period.TOO_MANY) in answer.getvalue().decode()
    assert client.get(f"{PERIOD}&format=ods").status_code == 200


@pytest.mark.parametrize("form", FORMS)
def test_both_pages_offer_each_file(busy, form):
    client = busy.person("reader", Role.OVERSIGHT).client()
    page = client.get(PERIOD).getvalue().decode()
    assert re.search(rf'href="\?first=[\d-]+&amp;last=[\d-]+&amp;kind=rehearsals&amp;format={form}"', page)
    assert f'href="?format={form}"' in client.get(record_url(busy)).getvalue().decode()


def test_a_table_whose_rows_do_not_fit_its_head_is_no_table():
    with pytest.raises(ValueError, match="2 cells for 1 columns"):
        Table("Wrong", (Column("One"),), (("a", "b"),))


def test_a_long_cell_runs_over_pages_and_not_out_of_one():
    from apps.scrutiny.exports.files import written as as_file

    long = " ".join(f"word{n}" for n in range(3000))
    table = Table("Long", (Column("What"), Column("Words")), (("a", long),))
    report = Report("Long", "North", "today", "long", (Section("Long", tables=(table,)),))
    anchor = dict.fromkeys(
        (*("force", "force_id", "exported_at", "exported_words", "exported_as", "content_sha256", "key_id"),),
        "x",
    )
    rest = ("csv_sha256", "event_id", "event_object_id", "chain_position", "chain_hash", "newest_anchor")
    anchor |= dict.fromkeys((*rest, "public_key_sha256", "signature"), "x")
    reader = PdfReader(io.BytesIO(b"".join(as_file(Taken(report, anchor, utc_now()), "pdf"))))
    assert len(reader.pages) > 3
    assert "word2999" in " ".join(page.extract_text() for page in reader.pages)
