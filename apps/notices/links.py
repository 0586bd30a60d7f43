"""E-mail addresses, telephone numbers and web addresses in a force's lines of text become links."""

from __future__ import annotations

import re

from django.conf import settings
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from apps.forces import api as forces

LINKS = re.compile(
    r"(?P<mail>[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)"
    r"|(?P<web>https://[^\s<>\"']+[^\s<>\"'.,;:!?)])"
    # A British number with its area, or the police's own after a word that says that it is one.
    r"|(?P<phone>(?<!\w)(?:\+44|0)[0-9 ]{8,12}[0-9](?!\w)"
    r"|(?:(?<=[Cc]all )|(?<=phone )|(?<=[Rr]ing )|(?<=[Dd]ial ))(?:101|999)(?!\w))"
)


def linked(line: str) -> SafeString:
    """`line` as HTML. Only mailto:, tel: and https: addresses become links; all else is escaped text."""
    pieces: list[tuple[str]] = []
    past = 0
    for found in LINKS.finditer(line):
        pieces += [(line[past : found.start()],), (_link(found),)]
        past = found.end()
    return format_html_join("", "{}", [*pieces, (line[past:],)])


def _link(found: re.Match[str]) -> str:
    text = found.group()
    if found.lastgroup == "mail":
        return format_html('<a href="mailto:{}">{}</a>', text, text)
    if found.lastgroup == "phone":
        return format_html('<a href="tel:{}">{}</a>', text.replace(" ", ""), text)
    return format_html('<a href="{}">{}</a>', text, text) if forces.is_web_address(text) else text


def own_site() -> str:
    """The public address of this platform, without a slash at its end."""
    return str(settings.LFR_PUBLIC_BASE_URL).rstrip("/")


def is_link(address: str) -> bool:
    """Whether it can be a link on a public page: an address of this site, or an honest one elsewhere."""
    return address.startswith(f"{own_site()}/") or forces.is_web_address(address)
