"""Filters and tags for the public pages."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
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


@register.filter
def unbroken(text: str) -> SafeString:
    """For a reference: no line ends inside it."""
    return format_html('<span class="nowrap">{}</span>', text)
