"""What becomes a link on a public page, and what never does."""

import pytest

from apps.notices.links import linked


@pytest.mark.parametrize(
    ("line", "html"),
    [
        ("dpo@north.example", '<a href="mailto:dpo@north.example">dpo@north.example</a>'),
        ("Call 101.", 'Call <a href="tel:101">101</a>.'),
        (
            "Telephone +44 1632 960 001, in the day",
            'Telephone <a href="tel:+441632960001">+44 1632 960 001</a>, in the day',
        ),
        (
            "See https://north.example/lfr?a=1&b=2.",
            'See <a href="https://north.example/lfr?a=1&amp;b=2">https://north.example/lfr?a=1&amp;b=2</a>.',
        ),
        ("101 High Street, room 0", "101 High Street, room 0"),
        ("LFR-2026-001 on 11 December 2026", "LFR-2026-001 on 11 December 2026"),
        ("javascript:alert(1)", "javascript:alert(1)"),
        ("http://north.example", "http://north.example"),
        ("https://", "https://"),
        ("<b>bold</b> & <script>", "&lt;b&gt;bold&lt;/b&gt; &amp; &lt;script&gt;"),
        ("", ""),
    ],
    ids=["mail", "101", "phone", "web", "house", "date", "script", "http", "nothing", "markup", "empty"],
)
def test_only_mail_telephone_and_https_become_links(line, html):
    assert linked(line) == html


@pytest.mark.parametrize(
    "line",
    [
        'https://x.example/"onmouseover="alert(1)',
        "https://x.example/'><script>alert(1)</script>",
        'a"b@x.example',
        "https://[oops.example/path",
    ],
    ids=["quote", "tag", "mail", "bracket"],
)
def test_nothing_breaks_out_of_a_link(line):
    html = linked(line)
    assert "<script" not in html
    # Two quotes a link, and none of the line's own.
    assert html.count('"') == 2 * html.count("<a ")
