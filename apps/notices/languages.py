"""The language of a public page is part of its address: no cookie is needed, and a file can be kept of it.

A page in another language than English stands at the same path behind the language's code: /cy/notices/….
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import cache, wraps
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, override
from django.utils.translation import gettext_noop as _

from apps.core.languages import ENGLISH, PAGE_LANGUAGES, WELSH, current
from apps.core.wording import say_count, say_list

# Pages that other languages have. JSON has codes and dates, and is the same in each.
TRANSLATED = frozenset(
    {
        "list", "force", "notice", "easy-read", "version", "subscribe", "confirm", "unsubscribe",
        "feed", "calendar", "force-feed", "force-calendar", "notice-calendar",
        "record", "record-year", "old-results",
    }
)  # fmt: skip
NAMES = {ENGLISH: "English", WELSH: "Cymraeg"}
# How the other entries of a history begin and end; wording.py and operations.py write them.
HISTORY = (_("Published."), _("Approved again."), _("Made narrower."))
CHANGED = re.compile(r"(?P<before>.*?)Changed: (?P<parts>.*)\.$")
# How long something is kept, as kept.py writes it into a notice.
LENGTH = re.compile(r"(?P<number>\d+) (?P<unit>hour|day|year)s?\b")


@dataclass(frozen=True)
class Choice:
    """One language in the switch, `path` empty for the one spoken. `code` is for lang and hreflang."""

    code: str
    name: str
    path: str


def public_path(name: str, *args: object, language: str | None = None) -> str:
    """The path of a page of this app in the language spoken, in English where there is none in it."""
    code = language or current()
    suffix = f"-{code}" if code != ENGLISH and name in TRANSLATED else ""
    return reverse(f"notices:{name}{suffix}", args=args)


def choices(languages: Iterable[str], name: str, *args: object) -> tuple[Choice, ...]:
    """The switch on a page; empty where the force offers English alone."""
    offered = (ENGLISH, *(code for code in NAMES if code in set(languages) and is_compiled(code)))
    if len(offered) == 1:
        return ()
    return tuple(
        Choice(
            PAGE_LANGUAGES[code],
            NAMES[code],
            "" if code == current() else public_path(name, *args, language=code),
        )
        for code in offered
    )


@cache
def is_compiled(code: str) -> bool:
    """Whether there is a compiled catalogue: without one a page would be English under another name."""
    return any(
        (Path(folder) / code / "LC_MESSAGES" / "django.mo").exists() for folder in settings.LOCALE_PATHS
    )


def is_offered(languages: Collection[str]) -> bool:
    """Whether a force that offers `languages` has its pages in the one that is spoken."""
    return current() == ENGLISH or (current() in languages and is_compiled(current()))


def check_offered(languages: Collection[str]) -> None:
    """Raises Http404 where the force does not offer the language that is spoken."""
    if not is_offered(languages):
        raise Http404("this force has no pages in that language")


def spoken(code: str, view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """`view` in another language. The answer is put together inside: nothing of it may be lazy."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with override(code):
            return view(request, *args, **kwargs)

    return answer


def stored(text: str) -> SafeString:
    """Words of the platform that were stored in English, translated; what has no translation says that it is
    English, for screen readers (WCAG 3.1.2)."""
    said = say_history(text)
    if said == text:
        said = say_kept(text)
    if current() == ENGLISH or said != text:
        return format_html("{}", said)
    return format_html('<span lang="en-GB">{}</span>', text)


def say_history(text: str) -> str:
    """An entry of the change history; one with a part that has no translation stays as it is."""
    found = CHANGED.match(text)
    if found is None or current() == ENGLISH:
        return gettext(text) if text else ""
    parts = found["parts"].split(", ")
    said = [gettext(part) for part in parts]
    changed = gettext("Changed: %(parts)s.") % {"parts": say_list(said)}
    before = found["before"].strip()
    return f"{gettext(before)} {changed}" if before else changed


def say_kept(text: str) -> str:
    """How long something is kept, with the number of the force; what has no translation stays as it is."""
    found = LENGTH.search(text)
    if found is None or current() == ENGLISH:
        return text
    form = f"{text[: found.start()]}%(span)s{text[found.end() :]}"
    said = gettext(form)
    return text if said == form else said % {"span": say_count(int(found["number"]), found["unit"])}
