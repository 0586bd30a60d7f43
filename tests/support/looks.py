"""What every page must be, on a phone and on a desk: no accessibility fault, no overflow, one title."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT

SCREENSHOTS = "LFR_SCREENSHOTS"
# WCAG 2.2 AA is the promise; best practices are looked at too, because they cost nothing.
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    # Every rule is tried; of what it finds good only one element each is written down.
    "resultTypes": ["violations"],
}
HAS_AXE = "() => typeof axe === 'object'"
VIOLATIONS = "(rules) => axe.run(rules).then((results) => results.violations)"
GRAVE = frozenset({"serious", "critical", "moderate"})


# Wider tables than their frames, of those that become cards on a phone.
RUNS_OUT = """() => [...document.querySelectorAll("table.stacked")]
    .filter((one) => one.scrollWidth > one.parentElement.clientWidth)
    .map((one) => one.scrollWidth - one.parentElement.clientWidth)"""

# A phone in a hand, and a desk.
WIDTHS = (390, 1440)
PHONE = WIDTHS[0]
# As long as a plan allows, with the longest word that somebody may really type; and one that never ends.
LONG_PLACE = (
    "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch Railway Station Forecourt, the Footbridge to"
    " the Shopping Centre and the Long Stay Car Park, Exampleton-under-the-Northern-Escarpment"
)
LONG_WORDS = f"See intranet.example/{'longaddresswithoutaspace' * 5} about it.\n\nIt was read."


def check_page(page: Any, name: str) -> None:
    """`check_as_shown` at either width; the page is left as wide as it was."""
    page.wait_for_load_state("domcontentloaded")
    for _ in at_widths(page):
        check_as_shown(page, name)


def at_widths(page: Any, widths: Iterable[int] = WIDTHS, height: int = 0) -> Iterator[int]:
    """The same page at one width after the other, as drawn; then as wide and high as it was."""
    before = page.viewport_size
    for width in widths:
        page.set_viewport_size({"width": width, "height": height or before["height"]})
        page.evaluate(
            "() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))"
        )
        yield width
    page.set_viewport_size(before)


def check_as_shown(page: Any, name: str) -> None:
    """Fails with what is wrong with the page as wide as it is.

    With LFR_SCREENSHOTS set, also writes NAME-WIDTH.png into that folder.
    """
    write_screenshot(page, name)
    found = list(problems(page))
    assert not found, f"{name} at {page.viewport_size['width']} px: {page.url}: {found}"


def problems(page: Any) -> Iterator[str]:
    if not page.evaluate(HAS_AXE):  # half a megabyte, once a document
        page.evaluate(AXE_SCRIPT)
    for violation in page.evaluate(VIOLATIONS, RULES):
        if violation["impact"] in GRAVE:
            targets = [node["target"] for node in violation["nodes"]]
            yield f"{violation['id']} ({violation['impact']}): {violation['help']}: {targets}"
    if len(page.query_selector_all("h1")) != 1:
        yield "a page has one h1"
    if not re.search(r"Live Facial Recognition|Adnabod Wynebau Byw", page.title()):
        yield f"the title says nothing: {page.title()!r}"
    width, scrolled = page.evaluate(
        "[document.documentElement.clientWidth, document.documentElement.scrollWidth]"
    )
    if scrolled > width:
        yield f"the page is {scrolled} px wide on a screen of {width} px"
    if width <= PHONE:
        for wide in page.evaluate(RUNS_OUT):
            yield f"a table of cards is {wide} px wider than its frame"


def write_screenshot(page: Any, name: str) -> None:
    folder = os.environ.get(SCREENSHOTS)
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        width = page.viewport_size["width"]
        page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)
