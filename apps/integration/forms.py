from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms

from apps.core.data import Role
from apps.core.errors import RuleViolated
from apps.core.plain_forms import PlainForm
from apps.integration.data import MAX_LIFE, SCOPE_WORDS, Scope, Service, TokenWish
from apps.integration.policies import check_reason, network_problems, scope_problems

NEW = "new"
WORK = [
    (Role.PLANNER.value, "It plans: it drafts and reads deployments and uploads lists"),
    (Role.OVERSIGHT.value, "It reads for oversight: notices, records, the audit record"),
]


class TokenForm(PlainForm):
    """What a new token is for. The operation's rules, asked here for everything that is wrong at once."""

    use_required_attribute = False

    name = forms.CharField(
        label="Name of the token", max_length=100, help_text="For example the machine that will use it."
    )
    service = forms.ChoiceField(label="System that uses it", widget=forms.RadioSelect)
    service_name = forms.CharField(
        label="Name of the new system",
        required=False,
        max_length=120,
        help_text="As a new system will stand in the audit record, for example “Custody system”.",
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
        error_messages=dict.fromkeys(
            ("min_value", "max_value"), f"A token is valid for 1 to {MAX_LIFE.days} days."
        ),
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
        for name in ("service_name", "role"):
            # Needed for a new system and for no other: "(optional)" would be wrong beside them.
            self.fields[name].required = not known
            self.fields[name].needed_at_times = True  # type: ignore[attr-defined]  # read by parts/field.html

    def clean_networks(self) -> str:
        networks = str(self.cleaned_data["networks"])
        problems = network_problems([line.strip() for line in networks.splitlines() if line.strip()])
        if problems:
            raise forms.ValidationError(problems)
        return networks

    def clean_reason(self) -> str:
        return _reason(self.cleaned_data["reason"])

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        if found.get("service") != NEW:
            return found
        if found.get("service_name") == "":
            self.add_error("service_name", "Give the new system a name.")
        if found.get("role") == "":
            self.add_error("role", "Choose what the new system does.")
        if found.get("role") and found.get("scopes"):
            scopes = [Scope(scope) for scope in found["scopes"]]
            for problem in scope_problems(scopes, [Role(found["role"])]):
                self.add_error("scopes", problem)
        return found

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


class RevokeForm(PlainForm):
    use_required_attribute = False

    reason = forms.CharField(
        label="Why it is revoked",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="For example “replaced” or “sent by mistake”.",
    )

    def clean_reason(self) -> str:
        return _reason(self.cleaned_data["reason"])


def _reason(reason: str) -> str:
    try:
        check_reason(reason)
    except RuleViolated as refused:
        raise forms.ValidationError(list(refused.reasons)) from refused
    return reason
