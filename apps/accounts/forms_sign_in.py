from __future__ import annotations

from typing import Any

from allauth.account.forms import LoginForm
from allauth.mfa.adapter import get_adapter as get_factor_adapter
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.base.internal.flows import check_rate_limit
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.core.exceptions import ValidationError

from apps.accounts import factors
from apps.accounts.arriving import NO_ROLE
from apps.accounts.models import User
from apps.accounts.queries import forces_of
from apps.core.plain_forms import PlainForm


class SignInForm(LoginForm):  # type: ignore[misc]  # the library has no types
    """allauth's, with our words; its `login` is `username` on the page."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        login = self.fields["login"]
        login.label = "E-mail address"
        login.widget = forms.EmailInput(
            attrs={"autocomplete": "username", "spellcheck": "false", "maxlength": 254}
        )
        login.error_messages["required"] = "Enter your e-mail address."
        password = self.fields["password"]
        password.label = "Password"
        password.help_text = ""
        password.widget = forms.PasswordInput(attrs={"autocomplete": "current-password"})
        password.error_messages["required"] = "Enter your password."

    def add_prefix(self, field_name: str) -> str:
        return "username" if field_name == "login" else str(super().add_prefix(field_name))

    def clean_login(self) -> str:
        # One account is one account to the lock-out, however it is spelled.
        return str(super().clean_login()).lower()

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        if isinstance(self.user, User) and not forces_of(user_id=self.user.id):
            raise ValidationError(NO_ROLE)
        return cleaned


class CodeForm(AuthenticateForm):  # type: ignore[misc]  # the library has no types
    """A code of the app or a recovery code; each proves something once."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        code = self.fields["code"]
        code.label = "Code"
        code.help_text = "The six digits that your app shows now, or one of your recovery codes."
        code.widget = forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "inputmode": "numeric",
                "maxlength": 20,
                "autofocus": True,
            }
        )
        code.error_messages["required"] = "Enter the code."

    def clean_code(self) -> str:
        clear = check_rate_limit(self.user)
        code = str(self.cleaned_data["code"])
        found = factors.accept_code(self.user, code)
        if found is None:
            raise get_factor_adapter().validation_error("incorrect_code")
        found.user = self.user
        self.authenticator = found
        clear()
        return code


def refused_before(form: Any, words: str) -> Any:
    """An empty form with what was said of the one that was sent before it, at its only field; or None."""
    if form is None or not words:
        return None
    form.full_clean()
    form.cleaned_data = {}
    form.add_error(next(iter(form.fields)), words)
    return form


class PasswordForm(forms.Form):
    password = forms.CharField(
        label="Password",
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": "Enter your password."},
    )


class AppForm(forms.Form):
    code = forms.CharField(
        label="Code that the app shows",
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
        error_messages={"required": "Enter the code that the app shows."},
    )


class PasskeyForm(AddWebAuthnForm):  # type: ignore[misc]  # the library has no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name = self.fields["name"]
        name.label, name.max_length = "Name of this passkey", 60
        name.help_text = "So that you can tell it from another one, for instance “work phone”."
        name.widget.attrs["maxlength"] = 60
        self.initial["name"] = ""


class NewPasswordForm(PlainForm):
    present = forms.CharField(
        label="Present password", widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )
    new = forms.CharField(
        label="New password", widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )
    again = forms.CharField(
        label="New password again", widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["new"].help_text = " ".join(password_validators_help_texts())

    def clean_new(self) -> str:
        new = str(self.cleaned_data["new"])
        validate_password(new, self.user)
        return new

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "new" in cleaned and cleaned.get("again") not in (None, cleaned["new"]):
            self.add_error("again", "The two new passwords are not the same.")
        return cleaned
