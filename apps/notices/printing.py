"""What is printed: a sign for each way to the area (A4), a leaflet to hand out (A5), and the notice in Easy
Read (A4), each with the way to the notice as a QR code. Made from the published notice alone, in the language
that is spoken; what the force wrote stays as it was written.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from apps.core.errors import NotFound
from apps.core.languages import ENGLISH, current
from apps.core.typesetting import qr_svg, typeset
from apps.core.wording import say_moment, say_window
from apps.notices.data import NoticeContent, NoticeData
from apps.notices.easy_read import easy_page
from apps.notices.easy_sections import Line, sections
from apps.notices.languages import public_path
from apps.notices.wording import CATEGORY_WORDS

LEAFLET_ROUTES = {
    "data_protection": gettext_noop("Data protection"),
    "access": gettext_noop("To see what is held about you"),
    "complaints": gettext_noop("To complain about an officer"),
    "ico": gettext_noop("Information Commissioner"),
}
STAFF_ALONE = gettext_noop(
    "The only people looked for are members of staff who agreed to take part. Nobody else is on the list, "
    "but anybody who passes can be mistaken for somebody who is."
)
NOT_PUBLISHED = "there is no published notice to print a sign of"


def sign(notice: NoticeData, *, now: datetime) -> bytes:
    """A PDF of one page. Raises NotFound for a notice that is not published."""
    content, at = _published(notice)
    force = {"force": content.force_name}
    words = {
        "title": _("Live Facial Recognition ahead"),
        "lead": _("Cameras of %(force)s measure the faces of people who pass.") % force,
        "lines": [
            _("You may go another way. That is no ground for stopping you."),
            _("A face that causes no alert is deleted at once."),
            _("An officer always makes the final decision before anybody is engaged."),
        ],
        "rehearsal": _test(
            content, _("The only people looked for are members of staff who agreed to take part.")
        ),
        "ask": _("Reference %(reference)s. Ask any officer here.") % {"reference": content.reference},
    }
    return _typeset("notices/sign.typ", notice, content, at, words)


def leaflet(notice: NoticeData, *, now: datetime) -> bytes:
    """A PDF. Raises NotFound for a notice that is not published."""
    content, at = _published(notice)
    force = {"force": content.force_name}
    own = [f"{_(LEAFLET_ROUTES[kind])}: {words}" for kind, words in content.contacts if words]
    words = {
        "title": _("Live Facial Recognition at %(place)s") % {"place": content.place_name},
        "rehearsal": _test(content, _(STAFF_ALONE)),
        "what": _("What happens"),
        "what_words": _(
            "Cameras measure the faces of people who pass and compare them with pictures on a list made "
            "for this use alone, and with nothing else. If a face resembles somebody on the list, a "
            "trained operator compares the two pictures. A second officer then decides whether to speak "
            "to the person. The system can be wrong. An alert alone gives no power to stop anybody, or to "
            "demand that they say who they are."
        ),
        "who": _("Who may be looked for"),
        "categories": [_(CATEGORY_WORDS[category]) for category in content.categories],
        "choice": _("Your choice"),
        "choice_words": _(
            "You may go another way or turn round. Avoiding the area is no ground for stopping you."
        ),
        "deleted": _("What is deleted, and when"),
        "deletions": _deletions(content),
        "questions": _("Questions and complaints"),
        "contacts": [*own, *content.contact_lines[:3]]
        or [
            _("Write to the data protection officer of %(force)s, or ask at any of its police stations.")
            % force
        ],
        "commissioner": _(
            "About how your data was used you can complain to the Information Commissioner, telephone "
            "0303 123 1113."
        ),
        "everything": _("The notice, with everything about it"),
    }
    return _typeset("notices/leaflet.typ", notice, content, at, words)


def easy_read(notice: NoticeData, *, now: datetime) -> bytes:
    """The notice in Easy Read, as it is at `now`. Raises NotFound for a notice that is not published."""
    content, _published_at = _published(notice)
    easy = easy_page(notice, now=now)
    words = {
        "title": _("Cameras that look for faces at %(place)s") % {"place": content.place_name},
        "note": _("This is an Easy Read text. It uses short sentences."),
        "as_of": _("As it was on %(moment)s.") % {"moment": say_moment(now)},
        "sections": [
            {
                "heading": section.heading,
                "blocks": [
                    {"bullets": bullets, "lines": [_easy_line(line) for line in lines]}
                    for bullets, lines in section.blocks
                ],
            }
            for section in sections(easy)
        ],
        "everything": _("The whole notice"),
    }
    return _typeset("notices/easy_read.typ", notice, content, now, words)


def _easy_line(line: Line) -> tuple[str, str, bool]:
    """(words, what stands behind them in bold, whether the words are bold themselves)."""
    return f"{line.label} {line.words}".strip(), line.value, line.strong


def _test(content: NoticeContent, words: str) -> list[str]:
    return [_("This is a test."), words] if content.rehearsal else []


def _published(notice: NoticeData) -> tuple[NoticeContent, datetime]:
    if notice.content is None or notice.published_at is None:
        raise NotFound(NOT_PUBLISHED)
    return notice.content, notice.published_at


def _typeset(
    template: str, notice: NoticeData, content: NoticeContent, at: datetime, words: dict[str, Any]
) -> bytes:
    address = _address(content, notice.slug)
    data = {
        "language": current(),
        "region": "GB" if current() == ENGLISH else "",
        "force": content.force_name,
        "reference": content.reference,
        "place": content.place_name,
        "window": say_window(content.window_start, content.window_end),
        "rehearsal": [],
        "address": address,
        "qr_words": _("QR code of the public notice"),
        "where": _("Where"),
        "when": _("When"),
        "by": _("Police force"),
        "reference_word": _("Reference"),
        "read": _("Read the notice"),
        **words,
    }
    return typeset(template, data=data, at=at, qr=qr_svg(address))


def _address(content: NoticeContent, slug: str) -> str:
    """Of the notice in the language that is spoken: a reader of the Welsh sign reads the Welsh notice."""
    return str(settings.LFR_PUBLIC_BASE_URL).rstrip("/") + public_path("notice", content.force_slug, slug)


def _deletions(content: NoticeContent) -> list[str]:
    alert, listed = content.alert_keep_hours, content.watchlist_keep_hours
    return [
        _("The face of somebody who causes no alert: at once, automatically."),
        ngettext(
            "The picture and measurements of an alert: within %(hours)s hour of the alert.",
            "The picture and measurements of an alert: within %(hours)s hours of the alert.",
            alert,
        )
        % {"hours": alert},
        ngettext(
            "The list for this deployment: within %(hours)s hour after the deployment ends, or after it is "
            "cancelled.",
            "The list for this deployment: within %(hours)s hours after the deployment ends, or after it is "
            "cancelled.",
            listed,
        )
        % {"hours": listed},
    ]
