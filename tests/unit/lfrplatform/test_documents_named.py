"""Whoever follows a pointer from the code or a page to a document finds it."""

from __future__ import annotations

import re
from itertools import chain

from lfrplatform.embedded.place import CLONE

PLACES = ("apps", "lfrplatform", "static", "templates", "docs", "bench", "tests")
KINDS = {".py", ".js", ".css", ".html", ".md", ".toml"}
NAMED = re.compile(r"\bdocs/[\w./-]+\.(?:md|yaml|json)\b")


def test_every_document_that_is_named_is_there() -> None:
    files = chain(*((CLONE / place).rglob("*") for place in PLACES), CLONE.glob("*.md"))
    named = {
        (str(path.relative_to(CLONE)), document)
        for path in files
        if path.suffix in KINDS and path.is_file()
        for document in NAMED.findall(path.read_text(encoding="utf-8"))
    }
    assert len(named) > 20
    assert sorted((path, document) for path, document in named if not (CLONE / document).is_file()) == []
