"""What an administrator types about people, and what an invited person types once."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django import forms
from django.contrib.auth.password_validation import password_validators_help_texts

from apps.accounts.policies import MIN_REASON
from apps.accounts.training import TRAINED_ROLES
from apps.core.data import Role
from apps.core.plain_forms import PlainForm
from apps.core.wording import say_role

GRANTABLE = tuple(role for role in Role if role is not Role.SYSTEM)
# Chosen beforehand in a list: one hasty press must not give the first role of it.
NOTHING_YET = ("", "Choose one")


def _choices(roles: Collection[Role]) -> list[tuple[str, str]]:
    return [(role.value, say_role(role).capitalize()) for role in roles]


class ReasonForm(PlainForm):
    reason = forms.CharField(
        label="Why",
        help_text="A few words, kept in the audit record.",
        min_length=MIN_REASON,
        max_length=300,
        error_messages={
            "required": "Write in a few words why.",
            "min_length": f"Write in a few words why, in {MIN_REASON} characters or more.",
        },
    )


class InviteForm(ReasonForm):
    username = forms.EmailField(
        label="Work e-mail address",
        max_length=254,
        error_messages={
            "required": "Give their work e-mail address.",
            "invalid": "Give an e-mail address, for instance name@force.example.",
        },
    )
    display_name = forms.CharField(
        label="Name", max_length=120, error_messages={"required": "Give the person's name."}
    )
    rank = forms.CharField(
        label="Rank or grade",
        max_length=60,
        required=False,
        help_text="An authorising officer is Superintendent or above, an urgent one Inspector or above.",
    )
    roles = forms.MultipleChoiceField(
        label="Roles",
        choices=_choices(GRANTABLE),
        widget=forms.CheckboxSelectMultiple,
        help_text="Several are possible: what one person did on a deployment bars them from its other duties."
        " Oversight stands alone.",
        error_messages={"required": "Choose at least one role."},
    )
    field_order = ("username", "display_name", "rank", "roles", "reason")


class GrantForm(ReasonForm):
    role = forms.ChoiceField(label="Role")
    rank = forms.CharField(
        label="Rank now",
        max_length=60,
        required=False,
        help_text="Only if it is another one than on their page, for instance after a promotion. An"
        " authorising officer is Superintendent or above, an urgent one Inspector or above.",
    )
    field_order = ("role", "rank", "reason")

    def __init__(self, *args: Any, held: Collection[Role], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [role for role in GRANTABLE if role not in held]
        self.fields["role"].choices = [NOTHING_YET, *_choices(offered)]  # type: ignore[attr-defined]  # a ChoiceField


class CollarNumberForm(ReasonForm):
    number = forms.CharField(
        label="Collar or warrant number",
        max_length=20,
        help_text="Letters and digits, for instance 2417 or HC 2417.",
        error_messages={"required": "Give the number."},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    field_order = ("number", "reason")


class ResetForm(ReasonForm):
    clear_factors = forms.BooleanField(
        label="Remove their second factors too, for instance because the phone is lost", required=False
    )


class CertificateForm(PlainForm):
    role = forms.ChoiceField(label="Trained as", choices=[NOTHING_YET, *_choices(TRAINED_ROLES)])
    course = forms.CharField(label="Course", max_length=200)
    reference = forms.CharField(label="Reference", max_length=100, required=False)
    issued_date = forms.DateField(label="First day", widget=forms.DateInput(attrs={"type": "date"}))
    expires_date = forms.DateField(label="Last day", widget=forms.DateInput(attrs={"type": "date"}))


class ChooseForm(PlainForm):
    password = forms.CharField(
        label="New password", widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}), strip=False
    )
    again = forms.CharField(
        label="The same once more",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        strip=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = " ".join(password_validators_help_texts())

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if {"password", "again"} <= cleaned.keys() and cleaned["password"] != cleaned["again"]:
            self.add_error("again", "The two passwords differ.")
        return cleaned


class JoinForm(ChooseForm):
    """The same for whoever is new and whoever is not."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].label = "Your password"
        self.fields["password"].help_text = (
            "You are new: choose one, of at least 14 characters, not a common one and not like your name. You"
            " have signed in to this platform before: the one you have."
        )


class PresentForm(forms.Form):
    """Accepting as whoever is signed in: nothing is typed."""
