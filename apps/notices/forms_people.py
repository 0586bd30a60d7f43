"""What the oversight body, the force and subscribers type."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.core.clock import LONDON
from apps.core.plain_forms import PlainForm
from apps.forces import api as forces
from apps.forces.data import ForceData
from apps.notices.oversight import LONGEST_LINE, LONGEST_TEXT

PUBLIC = "It is public and stays. Name no person."


class MeetingForm(PlainForm):
    day = forms.DateField(
        label="Day of the meeting", widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    time = forms.TimeField(
        label="Time of the meeting",
        help_text="London time, for instance 18:30",
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
    )
    place = forms.CharField(label="Where it takes place", max_length=LONGEST_LINE)
    webcast = forms.CharField(
        label="Webcast",
        required=False,
        max_length=LONGEST_LINE,
        help_text="The address, starting with https://",
    )

    @property
    def at(self) -> datetime:
        """Of two equal times the first. Only on a valid form."""
        local = datetime.combine(self.cleaned_data["day"], self.cleaned_data["time"], tzinfo=LONDON)
        return local.astimezone(UTC)


class TextForm(PlainForm):
    text = forms.CharField(max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 4}))


class QuestionForm(TextForm):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["text"].label, self.fields["text"].help_text = "Your question to the force", PUBLIC


class ReplyForm(TextForm):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["text"].label = "Reply of the force"
        self.fields["text"].help_text = f"{PUBLIC} It cannot be changed afterwards."


WHOLE_FORCE = "all"


class SubscribeForm(PlainForm):
    """Its words are said in the language of the page. A force without districts has no choice of them."""

    email = forms.EmailField(
        label=_("Your e-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "required": _("Write your e-mail address."),
            "invalid": _("That is no e-mail address. Write it like name@mail.example."),
            "max_length": _("An e-mail address has at most 254 characters."),
        },
    )
    districts = forms.MultipleChoiceField(
        label=_("Which notices do you want?"),
        help_text=_("You get one mail for each notice, however many districts it lies in."),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": _("Choose at least one district, or the whole area."),
            "invalid_choice": _("Choose from the list only."),
        },
    )

    def __init__(self, *args: Any, force: ForceData, **options: Any) -> None:
        super().__init__(*args, **options)
        # As on the page, so that the summary of errors has their order.
        self.order_fields(["districts", "email"])
        names = [each.name for each in forces.districts_of(force)]
        if not names:
            del self.fields["districts"]
            return
        whole = gettext("The whole area of %(force)s") % {"force": force.name}
        choices = [(WHOLE_FORCE, whole), *((name, name) for name in names)]
        cast("forms.MultipleChoiceField", self.fields["districts"]).choices = choices

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        if not forces.is_mail_address(email):
            raise forms.ValidationError(self.fields["email"].error_messages["invalid"])
        return email

    @property
    def wanted(self) -> tuple[str, ...]:
        """The districts, none for the whole force. Only on a valid form."""
        chosen = self.cleaned_data.get("districts", [])
        return () if WHOLE_FORCE in chosen else tuple(chosen)
