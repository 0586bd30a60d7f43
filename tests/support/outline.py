"""What a screen reader makes of a page: elements closed where they were opened, headings in order."""

from __future__ import annotations

import itertools
import re
from html.parser import HTMLParser

VOID = {"meta", "link", "br", "input", "img", "hr"}
REFERRING = ("aria-labelledby", "aria-describedby", "for")


class Outline(HTMLParser):
    """Tags, headings, text, and whether every element is closed where it was opened."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))

    def count(self, name: str) -> int:
        return [tag for tag, _ in self.tags].count(name)


def problems(html: str) -> list[str]:
    """What is wrong with the structure of a page, in words; empty when nothing is."""
    page = Outline(html)
    found = [f"{tag} is not closed" for tag in page.open]
    found += [f"{page.count(tag)} of {tag}" for tag in ("main", "h1", "title") if page.count(tag) < 1]
    found += [f"{page.count(tag)} of {tag}" for tag in ("main", "h1") if page.count(tag) > 1]
    language = next(attributes.get("lang") for tag, attributes in page.tags if tag == "html")
    found += [] if language == "en-GB" else ["the language is not said"]
    first_link = next(attributes for tag, attributes in page.tags if tag == "a")
    found += [] if first_link.get("href") == "#main" else ["there is no way past the menu"]
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    found += [f"h{b} under h{a}" for a, b in itertools.pairwise(levels) if b - a > 1]
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    found += [f"two of the id {one}" for one in sorted({i for i in ids if ids.count(i) > 1})]
    for tag, attributes in page.tags:
        for name in REFERRING:
            missing = set((attributes.get(name) or "").split()) - set(ids)
            found += [f"{tag} refers to {one}, which is not there" for one in sorted(missing)]
        target = attributes.get("href") or ""
        if tag == "a" and target.startswith("#") and target[1:] not in ids:
            found.append(f"a link leads to {target}, which is not there")
        if "style" in attributes:
            found.append(f"{tag} has a style of its own, which the page's policy ignores")
    return found
