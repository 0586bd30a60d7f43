"""Filters and tags for the public pages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from apps.core.languages import ENGLISH, current
from apps.notices.languages import public_path, stored
from apps.notices.links import linked

register = template.Library()

register.filter("linked", linked)
register.filter("stored", stored)
register.filter("thousands", lambda number: f"{number:,}")
register.simple_tag(public_path, name="public_url")


@register.simple_tag
def theirs() -> SafeString:
    """` lang="en-GB"` for what a force wrote, on a page in another language; nothing on an English one."""
    return mark_safe("" if current() == ENGLISH else ' lang="en-GB"')  # noqa: S308 - two constants


@register.simple_tag
def number_cells(headings: Iterable[str], cells: Iterable[Any]) -> SafeString:
    """The cells of one row of a record (record_page.Cell), each with its heading for a phone. As a template,
    the rows of a year took most of the time in which they are published."""
    return format_html_join(
        "",
        '<td class="number" data-label="{}">{}{}</td>',
        ((heading, cell.text, _more(cell.more)) for heading, cell in zip(headings, cells, strict=True)),
    )


def _more(words: str) -> SafeString | str:
    return format_html(' <span class="soft">{}</span>', words) if words else ""


@register.filter
def unbroken(text: str) -> SafeString:
    """For a reference: no line ends inside it."""
    return format_html('<span class="nowrap">{}</span>', text)
