"""What is printed: a sign for each way to the area (A4) and a leaflet to hand out (A5), with the way to the
notice as a QR code. Made from the published notice alone."""

from __future__ import annotations

from django.utils.translation import override

from apps.core.errors import NotFound
from apps.core.typesetting import qr_svg, typeset
from apps.core.wording import say_window
from apps.notices.data import NoticeData
from apps.notices.outside import address
from apps.notices.wording import CATEGORY_WORDS

ENGLISH = "en-gb"
LEAFLET_ROUTES = {
    "data_protection": "Data protection",
    "access": "To see what is held about you",
    "complaints": "To complain about an officer",
    "ico": "Information Commissioner",
}
NOT_PUBLISHED = "there is no published notice to print a sign of"


def sign(notice: NoticeData) -> bytes:
    """A PDF of one page. Raises NotFound for a notice that is not published."""
    return _printed("notices/sign.typ", notice)


def leaflet(notice: NoticeData) -> bytes:
    """A PDF. Raises NotFound for a notice that is not published."""
    return _printed("notices/leaflet.typ", notice)


def _printed(template: str, notice: NoticeData) -> bytes:
    content, at = notice.content, notice.published_at
    if content is None or at is None:
        raise NotFound(NOT_PUBLISHED)
    with override(ENGLISH):
        data = {
            "force": content.force_name,
            "reference": content.reference,
            "place": content.place_name,
            "window": say_window(content.window_start, content.window_end),
            "rehearsal": content.rehearsal,
            "categories": [str(CATEGORY_WORDS[category]) for category in content.categories],
            "alert_hours": content.alert_keep_hours,
            "list_hours": content.watchlist_keep_hours,
            "address": address(notice),
            "contacts": [
                *[f"{LEAFLET_ROUTES[kind]}: {words}" for kind, words in content.contacts if words],
                *content.contact_lines[:3],
            ],
        }
    return typeset(template, data=data, at=at, qr=qr_svg(address(notice)))
