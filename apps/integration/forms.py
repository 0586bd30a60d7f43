from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django import forms

from apps.core.data import Role
from apps.integration.data import MAX_LIFE, SCOPE_WORDS, Scope, Service, TokenWish

NEW = "new"
WORK = [
    (Role.PLANNER.value, "It plans: it drafts and reads deployments and uploads lists"),
    (Role.OVERSIGHT.value, "It reads for oversight: notices, records, the audit record"),
]


class TokenForm(forms.Form):
    """What a new token is for. What may be in it is the operation's to say."""

    use_required_attribute = False

    name = forms.CharField(
        label="Name of the token", max_length=100, help_text="For example the machine that will use it."
    )
    service = forms.ChoiceField(label="System that uses it", widget=forms.RadioSelect)
    service_name = forms.CharField(
        label="Name of the new system",
        required=False,
        max_length=120,
        help_text="As it will stand in the audit record, for example “Custody system”.",
    )
    role = forms.ChoiceField(
        label="What the new system does", required=False, widget=forms.RadioSelect, choices=WORK
    )
    scopes = forms.MultipleChoiceField(
        label="What the token is for",
        widget=forms.CheckboxSelectMultiple,
        choices=[(scope.value, words) for scope, words in SCOPE_WORDS.items()],
        error_messages={"required": "Choose what the token is for."},
    )
    networks = forms.CharField(
        label="Networks it may be used from",
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text="One a line, for example 192.0.2.0/24. Empty means from anywhere.",
    )
    days = forms.IntegerField(
        label="Days it is valid",
        min_value=1,
        max_value=MAX_LIFE.days,
        initial=90,
        help_text=f"At most {MAX_LIFE.days}.",
    )
    reason = forms.CharField(
        label="Why it is needed",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="It stays in the audit record.",
    )

    def __init__(self, *args: object, services: Sequence[Service], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature is passed through
        known = [(str(service.id), service.name) for service in services]
        self.fields["service"].choices = [*known, (NEW, "A new system")]  # type: ignore[attr-defined]  # a ChoiceField
        if not known:
            self.fields["service"].initial = NEW

    def wish(self) -> TokenWish:
        """Of a valid form."""
        found = self.cleaned_data
        is_new = found["service"] == NEW
        return TokenWish(
            name=found["name"],
            scopes=frozenset(Scope(scope) for scope in found["scopes"]),
            networks=tuple(line.strip() for line in found["networks"].splitlines() if line.strip()),
            days=found["days"],
            reason=found["reason"],
            service_id=None if is_new else UUID(found["service"]),
            service_name=found["service_name"] if is_new else "",
            role=Role(found["role"]) if is_new and found["role"] else None,
        )


class RevokeForm(forms.Form):
    use_required_attribute = False

    reason = forms.CharField(
        label="Why it is revoked",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="For example “replaced” or “sent by mistake”.",
    )
