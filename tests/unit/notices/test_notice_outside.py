"""What counts as "publicly available": the right page, whole, for somebody without an account."""

import hashlib
import http.server
import threading
from datetime import timedelta
from uuid import uuid4

import pytest

from apps.notices import outside
from apps.notices.data import HistoryEntry, NoticeContent, NoticeData, NoticeStatus, digest_of
from tests.support.plans import END, FORCE, SQUARE, START

CONTENT = NoticeContent(
    force_name=FORCE.name,
    force_slug=FORCE.slug,
    contact_lines=("dpo@north.example",),
    notice_minimum_days=7,
    reference="LFR-2026-001",
    place_name="Market Square",
    polygon=SQUARE,
    window_start=START,
    window_end=END,
    use_case="crime_hotspot",
    policing_purpose="Find people wanted for robbery.",
    categories=("court_warrant",),
    legal_bases=("common law",),
    rehearsal=False,
    evidence_grade="operational",
    alert_keep_hours=24,
    watchlist_keep_hours=24,
    deletion=(("Alert pictures", "at most 24 hours"),),
)
DIGEST = "d" * 64
MARK = f'<meta name="lfr-notice-digest" content="{DIGEST}">'


def make_notice(**changes) -> NoticeData:
    values = {
        "id": uuid4(),
        "force_id": FORCE.id,
        "deployment_id": uuid4(),
        "slug": "lfr-2026-001",
        "status": NoticeStatus.PUBLISHED,
        "content": CONTENT,
        "digest": DIGEST,
        "publish_at": None,
        "published_at": START - timedelta(days=8),
        "verified_at": None,
        "history": (HistoryEntry(START - timedelta(days=8), "Published."),),
    }
    return NoticeData(**(values | changes))


def test_the_right_page_has_no_problem():
    assert outside.problem(make_notice(), status=200, body=f"<html>{MARK}</html>") == ""


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (404, MARK, "404"),
        (302, MARK, "302"),
        (500, "", "500"),
        (0, "no answer: refused", "refused"),
        (200, "<html>Please sign in</html>", "does not carry"),
        (200, MARK.replace(DIGEST, "e" * 64), "another version"),
        (200, "", "does not carry"),
    ],
)
def test_anything_else_has(status, body, words):
    assert words in outside.problem(make_notice(), status=status, body=body)


def test_the_address_is_stable_and_public(settings):
    settings.LFR_PUBLIC_BASE_URL = "https://lfr.example/"
    assert outside.address(make_notice()) == "https://lfr.example/notices/north/lfr-2026-001/"


def test_a_snapshot_reads_back_the_same():
    assert NoticeContent.from_snapshot(CONTENT.snapshot()) == CONTENT


def test_a_snapshot_from_before_there_were_links_and_meetings_still_reads():
    old = CONTENT.snapshot()
    for name in ("oversight_lines", "documents", "results_deadline_days", "results_due_at"):
        del old[name]
    read = NoticeContent.from_snapshot(old)
    assert (read.oversight_lines, read.documents, read.results_due_at) == ((), (), None)
    assert read.place_name == CONTENT.place_name


def test_a_notice_without_results_keeps_the_digest_it_had_before_there_were_any():
    parts = {"content": {"a": 1}, "status": "published", "history": []}
    text = '{"content":{"a":1},"history":[],"status":"published"}'
    assert digest_of(**parts) == digest_of(**parts, results=None, deletions=[])
    assert digest_of(**parts) == hashlib.sha256(text.encode()).hexdigest()


def test_the_digest_covers_everything_the_page_says():
    parts = {
        "content": CONTENT.snapshot(),
        "status": "published",
        "history": [{"at": "x", "text": "y"}],
        "results": {"alerts": 3},
        "deletions": [{"data_class": "watchlist", "done_at": None}],
    }
    base = digest_of(**parts)
    assert digest_of(**(parts | {"status": "cancelled"})) != base
    assert digest_of(**(parts | {"history": []})) != base
    assert digest_of(**(parts | {"results": {"alerts": 4}})) != base
    assert digest_of(**(parts | {"results": None})) != base
    assert digest_of(**(parts | {"deletions": [{"data_class": "watchlist", "done_at": "z"}]})) != base
    for name in CONTENT.snapshot():
        assert digest_of(**(parts | {"content": {**CONTENT.snapshot(), name: "changed"}})) != base


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://lfr.example/", "lfr.example"])
def test_only_web_addresses_are_fetched(url):
    with pytest.raises(ValueError, match="http"):
        outside.get(url)


class Answers(http.server.BaseHTTPRequestHandler):
    """A real server that remembers what it was asked with."""

    seen: list[dict[str, str]] = []

    def do_GET(self) -> None:
        Answers.seen.append(dict(self.headers))
        self.send_response(200 if self.path == "/page" else 404)
        self.end_headers()
        self.wfile.write("the page – with a dash".encode() if self.path == "/page" else b"gone")

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def server():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers) as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


def test_the_look_is_anonymous(server):
    assert outside.get(f"{server}/page") == (200, "the page – with a dash")
    assert not {"Cookie", "Authorization"} & set(Answers.seen[-1])


def test_a_missing_page_is_an_answer_and_not_an_error(server):
    assert outside.get(f"{server}/other")[0] == 404


def test_no_server_is_an_answer_too(server):
    status, why = outside.get("http://127.0.0.1:9/page")
    assert status == 0
    assert "no answer" in why
