"""The sentences of a notice in Easy Read, for the page and for paper: short, one thought each, common words.

Nothing is said that the notice does not say.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.notices.easy_read import EasyPage

COMMISSIONER_PHONE = "0303 123 1113"


@dataclass(frozen=True)
class Line:
    """`value` stands behind the words in bold. `theirs`: the words are the force's own, not translated."""

    words: str
    value: str = ""
    bullet: bool = True
    strong: bool = False
    theirs: bool = False
    # In front of words of the force.
    label: str = ""
    # For a link to a telephone number, in digits.
    phone: str = ""


@dataclass(frozen=True)
class Section:
    """`key` is its id on the page."""

    key: str
    heading: str
    lines: tuple[Line, ...]

    @property
    def blocks(self) -> list[tuple[bool, list[Line]]]:
        """Lines that stand together: (whether they are a list, the lines)."""
        return [(bullet, list(lines)) for bullet, lines in groupby(self.lines, key=lambda line: line.bullet)]


def sections(easy: EasyPage) -> tuple[Section, ...]:
    found = [_off(easy)] if easy.called_off else []
    found += [_when(easy), _where(easy)]
    found.append(Section("who", _("Who does it"), (_said(_("The police:"), easy.notice.force_name),)))
    if not easy.called_off:
        found += [_what(easy), _decides(), _choice(easy), _picture(easy)]
    if easy.notice.results:
        found.append(_results(easy))
    found.append(_ask(easy))
    return tuple(found)


def _said(words: str, value: str = "", *, strong: bool = False) -> Line:
    """A sentence of its own."""
    return Line(words, value, bullet=False, strong=strong)


def _off(easy: EasyPage) -> Section:
    lines = (
        _said(
            _("The police did not do this.") if easy.past else _("The police will not do this."), strong=True
        ),
        _said(_("You can read here what the plan was.")),
    )
    return Section("off", _("This is off"), lines)


def _when(easy: EasyPage) -> Section:
    until = f"{easy.end} {_('on %(day)s') % {'day': easy.last_day}}" if easy.last_day else easy.end
    lines = [Line(_("The day:"), easy.day), Line(_("From:"), easy.start), Line(_("To:"), until)]
    lines += [_said(words, strong=True) for words in _now(easy)]
    if easy.notice.urgent:
        lines.append(_said(_("It was urgent. The police told people later than usual.")))
    if easy.notice.urgent and easy.notice.refused_afterwards:
        lines.append(_said(_("A senior officer said later that it was not right.")))
    return Section("when", _("When it was") if easy.over else _("When"), tuple(lines))


def _now(easy: EasyPage) -> Iterator[str]:
    if easy.live:
        yield _("It is happening now.")
    if easy.paused:
        yield _("It has been stopped for now. It may go on later.")
        if easy.why_paused:
            yield easy.why_paused
    if easy.stopped:
        yield _("A senior officer stopped it early.")
    if easy.over:
        yield _("It is over.")
    if easy.ran:
        yield _("It really ran from %(start)s to %(end)s.") % easy.ran
    elif easy.over and easy.notice.results_due:
        yield easy.notice.results_due


def _where(easy: EasyPage) -> Section:
    lines = [_said("", easy.notice.place_name)]
    if not easy.over and not easy.called_off:
        if easy.notice.alternatives:
            lines.append(_said(_("The police may use one of these places instead:")))
            lines += [Line(name) for name, _drawn in easy.notice.alternatives]
        lines.append(_said(_("Signs will show you the place.")))
    return Section("where", _("Where it was") if easy.over else _("Where"), tuple(lines))


def _what(easy: EasyPage) -> Section:
    if easy.over:
        words = [_("Cameras saw the people who walked past."), _("A computer measured their faces.")]
        if easy.notice.rehearsal:
            words += [_("It was a test."), _("The computer only looked for police staff who had said yes.")]
        else:
            words += [
                _("The police had made a list of people they were looking for."),
                _("The computer checked if a face was like a face on the list."),
            ]
        return Section("what", _("What happened"), tuple(map(Line, words)))
    words = [_("Cameras see the people who walk past."), _("A computer measures their faces.")]
    if easy.notice.rehearsal:
        words += [_("This is a test."), _("The computer only looks for police staff who said yes.")]
    else:
        words += [
            _("The police make a list of people they are looking for."),
            _("The computer checks if a face is like a face on the list."),
        ]
    return Section("what", _("What happens"), tuple(map(Line, words)))


def _decides() -> Section:
    lines = (
        Line(_("The computer does not decide.")),
        Line(_("The computer can be wrong.")),
        Line(_("Two people look at the pictures.")),
        Line(_("Then a police officer decides what to do.")),
    )
    return Section("decides", _("Who decides"), lines)


def _choice(easy: EasyPage) -> Section:
    words = [_("You can go another way."), _("That is not wrong.")]
    words.append(_("The police must not stop you because of that."))
    if easy.over:
        words = [_("You were allowed to go another way."), _("That was not wrong.")]
        words.append(_("The police were not allowed to stop you because of that."))
    return Section("choice", _("Your choice"), tuple(map(Line, words)))


def _picture(easy: EasyPage) -> Section:
    alert, listed = easy.notice.alert_keep_hours, easy.notice.watchlist_keep_hours
    lines = (
        Line(_("Most people are not on the list.")),
        Line(_("Then the computer forgets the face at once.")),
        Line(
            ngettext(
                "If a face is like one on the list, the picture is deleted within %(hours)s hour.",
                "If a face is like one on the list, the picture is deleted within %(hours)s hours.",
                alert,
            )
            % {"hours": alert}
        ),
        Line(
            ngettext(
                "The list is deleted within %(hours)s hour after the end.",
                "The list is deleted within %(hours)s hours after the end.",
                listed,
            )
            % {"hours": listed}
        ),
    )
    return Section("picture", _("Your picture"), lines)


def _results(easy: EasyPage) -> Section:
    figures = easy.notice.results.figures if easy.notice.results else ()
    lines = [Line(f"{words}:", number) for words, number in figures]
    lines.append(_said(_("A mismatch means that it was the wrong person.")))
    return Section("results", _("What came out"), tuple(lines))


def _ask(easy: EasyPage) -> Section:
    page = easy.notice
    lines = [_said(_("You can ask %(force)s.") % {"force": page.force_name})]
    routes = (
        (_("About your data:"), page.contacts.get("data_protection")),
        (_("To complain:"), page.contacts.get("complaints")),
        *(("", words) for words in page.contact_lines),
    )
    lines += [Line(words, theirs=True, label=label) for label, words in routes if words] or [
        _said(_("You can go to a police station and ask."))
    ]
    lines += [
        _said(_("Give them this number:"), page.reference),
        _said(_("You can also call the Information Commissioner. They look after people’s data.")),  # noqa: RUF001 - typeset as a person writes it
        Line(_("Telephone:"), COMMISSIONER_PHONE, bullet=False, phone=COMMISSIONER_PHONE.replace(" ", "")),
    ]
    return Section("ask", _("If you want to ask or complain"), tuple(lines))
