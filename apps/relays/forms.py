from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django import forms

from apps.core.plain_forms import PlainForm
from apps.deployments.data import CameraRef


class CameraForm(PlainForm):
    name = forms.CharField(
        label="Name of the camera",
        max_length=80,
        help_text="As officers will call it on the day, for example “Van 1 north”.",
    )


class EnrolForm(PlainForm):
    """A relay for one deployment: which of its cameras it carries."""

    name = forms.CharField(
        label="Name of the relay", max_length=100, help_text="For example the van it stands in."
    )
    cameras = forms.MultipleChoiceField(
        label="Cameras it carries",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one camera"},
    )

    def __init__(self, *args: object, cameras: Sequence[CameraRef], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature is passed through
        self.fields["cameras"].choices = [(str(camera.id), camera.name) for camera in cameras]  # type: ignore[attr-defined]  # a MultipleChoiceField

    def camera_ids(self) -> list[UUID]:
        return [UUID(chosen) for chosen in self.cleaned_data["cameras"]]


class RevokeForm(PlainForm):
    reason = forms.CharField(
        label="Why is its key taken away?",
        max_length=300,
        help_text="For example “van lost on the way” or “replaced by another unit”.",
    )
