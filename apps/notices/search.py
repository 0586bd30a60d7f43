"""Search by place and date: a form of its own address, no script, pages cut by a position."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core.clock import LONDON
from apps.core.paging import Position, cut
from apps.forces.data import ForceData
from apps.notices.data import NoticeData
from apps.notices.models import Notice
from apps.notices.queries import as_data

LONGEST_PLACE = 100
DATE_FORMATS = ["%Y-%m-%d", "%d/%m/%Y", "%d/%m/%y", "%d %B %Y", "%d %b %Y", "%d.%m.%Y"]
BAD_DATE = _("Write the date as day, month and year, for instance 10/12/2026.")


@dataclass(frozen=True)
class Criteria:
    """`since` and `until` are London calendar days; a notice is found when its window touches one of them."""

    place: str = ""
    since: date | None = None
    until: date | None = None
    force_id: UUID | None = None

    @property
    def is_empty(self) -> bool:
        return not (self.place or self.since or self.until)


class SearchForm(forms.Form):
    """The fields are the query of the page's address."""

    place = forms.CharField(
        label=_("Place or reference"),
        help_text=_("A part of the name is enough, for instance “market”."),
        required=False,
        max_length=LONGEST_PLACE,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    since = forms.DateField(
        label=_("From"),
        required=False,
        input_formats=DATE_FORMATS,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"invalid": BAD_DATE},
    )
    until = forms.DateField(
        label=_("Until"),
        required=False,
        input_formats=DATE_FORMATS,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"invalid": BAD_DATE},
    )
    force = forms.ChoiceField(label=_("Police force"), required=False)

    def __init__(self, data: Mapping[str, Any] | None, *, all_forces: Sequence[ForceData]) -> None:
        super().__init__(data)
        self.forces = {each.slug: each for each in all_forces}
        self.fields["force"] = forms.ChoiceField(
            label=_("Police force"),
            required=False,
            choices=[("", _("All forces")), *((each.slug, each.name) for each in all_forces)],
        )

    def clean(self) -> dict[str, object]:
        cleaned: dict[str, object] = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if isinstance(since, date) and isinstance(until, date) and until < since:
            self.add_error("until", _("“Until” is before “From”. Choose a later day."))
        return cleaned

    @property
    def criteria(self) -> Criteria:
        """Only of a valid form."""
        force = self.forces.get(self.cleaned_data["force"])
        return Criteria(
            place=" ".join(self.cleaned_data["place"].split()),
            since=self.cleaned_data["since"],
            until=self.cleaned_data["until"],
            force_id=force.id if force else None,
        )


def find(
    criteria: Criteria, *, before: Position | None, size: int
) -> tuple[tuple[NoticeData, ...], Position | None]:
    """Published notices, for anybody, the latest window first, and where the next page begins. One query.

    Whatever became of them: cancelled and urgent ones too.
    """
    rows = Notice.objects.filter(published_at__isnull=False)
    if criteria.force_id is not None:
        rows = rows.filter(force_id=criteria.force_id)
    if criteria.since is not None:
        rows = rows.filter(window_end__gt=_midnight(criteria.since))
    if criteria.until is not None:
        rows = rows.filter(window_start__lt=_midnight(criteria.until + timedelta(days=1)))
    for word in criteria.place.split():
        rows = rows.filter(
            Q(content__place_name__icontains=word)
            | Q(content__alternatives__icontains=word)
            | Q(content__reference__icontains=word)
        )
    found, more = cut(rows, field="window_start", before=before, size=size)
    return tuple(as_data(row) for row in found), more


def _midnight(day: date) -> datetime:
    """The first instant of a London day."""
    return datetime.combine(day, time.min, tzinfo=LONDON)
