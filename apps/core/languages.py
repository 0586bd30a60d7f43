"""The languages of the public pages. English is what everything is written in; a catalogue in locale/ has the
others (docs/how-to/administrator/translating.md). Pages for people who sign in are English only.
"""

from __future__ import annotations

from datetime import datetime

from babel.dates import format_date
from django.utils.translation import get_language

ENGLISH, WELSH = "en", "cy"
# As the page says it of itself, for screen readers.
PAGE_LANGUAGES = {ENGLISH: "en-GB", WELSH: "cy"}


def current() -> str:
    """The language that is spoken at the moment: a key of PAGE_LANGUAGES, English for any other."""
    code = (get_language() or ENGLISH).partition("-")[0]
    return code if code in PAGE_LANGUAGES else ENGLISH


def full_date(local: datetime) -> str:
    """The date of a local time with its weekday, for instance "Thursday 11 December 2025"."""
    if current() == ENGLISH:
        return f"{local:%A} {local.day} {local:%B %Y}"
    return format_date(local, "EEEE d MMMM y", locale=current())


def page_language() -> str:
    """What the page says of itself: for the lang attribute."""
    return PAGE_LANGUAGES[current()]
