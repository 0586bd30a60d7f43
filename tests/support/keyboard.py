"""A page used by somebody without a mouse: Tab, Space, Enter, the arrow keys, and typing."""

from __future__ import annotations

from datetime import date, time
from typing import Any

IS_FOCUSED = "(element) => element === document.activeElement"
IN_GROUP = "(name) => document.activeElement?.type === 'radio' && document.activeElement.name === name"
MOST = 250
# What somebody types into the parts of such a field; the browser of the tests is an American one.
DIGITS = {
    "date": lambda text: f"{date.fromisoformat(text):%m%d%Y}",
    "time": lambda text: f"{time.fromisoformat(text):%I%M%p}",
}


def reach(page: Any, target: Any) -> None:
    """Press Tab until the focus is on `target`, a locator. Fails when no number of presses gets there."""
    element = target.element_handle()
    for _ in range(MOST):
        if element.evaluate(IS_FOCUSED):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{target} cannot be reached with Tab on {page.url}")


def press(page: Any, target: Any) -> None:
    """Follow a link or press a button; the page it leads to is there afterwards."""
    reach(page, target)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def write(page: Any, target: Any, text: str) -> None:
    """In place of what stands in the field. A date is given as 2026-12-10, a time as 10:00."""
    reach(page, target)
    kind = target.get_attribute("type")
    if kind in DIGITS:
        page.keyboard.type(DIGITS[kind](text))
    else:
        page.keyboard.press("Control+A")
        page.keyboard.insert_text(text)
    assert target.input_value() == text, f"{target} took {target.input_value()!r}"


def choose(page: Any, target: Any) -> None:
    """Tick a box or choose one of several: of those Tab reaches one, and the arrows the others."""
    element = target.element_handle()
    if element.get_attribute("type") == "radio":
        _reach_radio(page, element, element.get_attribute("name"))
    else:
        reach(page, target)
    if not target.is_checked():
        page.keyboard.press("Space")
    assert target.is_checked(), f"{target} cannot be chosen with the keyboard"


def _reach_radio(page: Any, element: Any, name: str) -> None:
    for _ in range(MOST):
        if page.evaluate(IN_GROUP, name):
            break
        page.keyboard.press("Tab")
    for _ in range(MOST):
        if element.evaluate(IS_FOCUSED):
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"{name} cannot be reached with the keyboard on {page.url}")
