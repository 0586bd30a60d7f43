"""Plans and deployments as JSON."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.deployments.data import DeploymentState, Nearby, UrgentGrounds, UseCase
from apps.integration.fields import (
    BooleanField,
    InstantField,
    NumberField,
    StrictSerializer,
    TextField,
    WholeNumberField,
)
from apps.watchlists.data import Category

MOST_CORNERS = 100
MOST_ITEMS = 100
MOST_PLACES = 10
MAX_PAGE, PAGE = 100, 20
STATES = [state.value for state in DeploymentState]


class WholeSerializer(StrictSerializer):
    """A part of a plan. A change may leave out fields of the plan, but not half of such a part."""

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        needed = [name for name, field in self.fields.items() if field.required]
        missing = {name: ["This field is required."] for name in needed if name not in attrs}
        if missing:
            raise serializers.ValidationError(missing)
        return attrs


class CornerSerializer(WholeSerializer):
    """A corner of the area, in degrees (WGS 84)."""

    latitude = NumberField(min_value=-90, max_value=90)
    longitude = NumberField(min_value=-180, max_value=180)


class PlaceSerializer(WholeSerializer):
    """A place that may be used instead, announced with the first."""

    name = TextField(max_length=200)
    area = CornerSerializer(many=True, max_length=MOST_CORNERS)


class ZonePointSerializer(WholeSerializer):
    """A corner of a zone, in fractions of the picture's width and height from its top left."""

    x = NumberField(min_value=0, max_value=1)
    y = NumberField(min_value=0, max_value=1)


class ZoneSerializer(WholeSerializer):
    """The zone of recognition of a chosen camera; none is the whole picture. `far_face` is how wide a face is
    at the far edge of the zone, as a fraction of the picture's width; null where nobody measured it."""

    camera = serializers.UUIDField()
    zone = ZonePointSerializer(many=True, max_length=MOST_CORNERS)
    far_face = NumberField(min_value=0.0001, max_value=1, allow_null=True, default=None)


def words_list(**options: Any) -> serializers.ListField:
    """Short texts, one for each item."""
    child = TextField(max_length=300, allow_blank=False)
    return serializers.ListField(child=child, default=list, max_length=MOST_ITEMS, **options)


class PlanFields(StrictSerializer):
    """What a planner writes. A draft may be incomplete: submitting it says what is missing."""

    place_name = TextField(max_length=200, default="")
    area = CornerSerializer(many=True, default=list, max_length=MOST_CORNERS)
    window_start = InstantField()
    window_end = InstantField()
    starts_by = InstantField(
        allow_null=True,
        default=None,
        help_text="When the approval lapses if it has not started; null is the end of the window.",
    )
    operation = TextField(max_length=200, default="")
    place_reason = TextField(default="")
    alternatives = PlaceSerializer(many=True, default=list, max_length=MOST_PLACES)
    nearby = serializers.ListField(
        child=serializers.ChoiceField([each.value for each in Nearby]), default=list, max_length=MOST_ITEMS
    )
    nearby_measures = TextField(default="")
    use_case = serializers.ChoiceField([each.value for each in UseCase], default="", allow_blank=True)
    policing_purpose = TextField(default="")
    necessity = TextField(default="")
    proportionality = TextField(default="")
    less_intrusive_means = TextField(default="")
    collateral_intrusion = TextField(default="")
    legal_bases = words_list()
    criteria = TextField(default="")
    sources = words_list(help_text="Where the pictures on the list come from.")
    vulnerable = TextField(default="")
    categories = serializers.ListField(
        child=serializers.ChoiceField([each.value for each in Category]), default=list, max_length=MOST_ITEMS
    )
    max_subjects = WholeNumberField(min_value=0, max_value=1_000_000, default=0)
    cameras = serializers.ListField(
        child=serializers.UUIDField(),
        default=list,
        max_length=MOST_ITEMS,
        help_text="Ids of registered cameras (GET /api/v1/cameras/).",
    )
    zones = ZoneSerializer(
        many=True,
        required=False,
        max_length=MOST_ITEMS,
        help_text="Of the cameras named here; that of any other stays as it is.",
    )
    pack_id = serializers.CharField(max_length=60, default="", allow_blank=True)
    assessments = serializers.ListField(
        child=serializers.UUIDField(),
        default=list,
        max_length=MOST_ITEMS,
        help_text="Ids of the force's assessments.",
    )
    approaches = words_list(help_text="Every way into the area; each gets a sign.")
    signage_plan = TextField(default="")
    engagement_plan = TextField(default="")
    resourcing_plan = TextField(default="")
    footfall = WholeNumberField(min_value=0, max_value=5_000_000, default=0)
    urgent_grounds = serializers.ChoiceField(
        [each.value for each in UrgentGrounds], default="", allow_blank=True
    )
    urgent_reason = TextField(default="")
    threshold = NumberField(
        min_value=0,
        max_value=1,
        allow_null=True,
        default=None,
        help_text="A cosine similarity, no percentage. null takes the model pack's own.",
    )
    rehearsal = BooleanField(default=False)
    publish_at = InstantField(
        allow_null=True,
        default=None,
        help_text="When the notice publishes itself once the plan is approved; null is at once.",
    )


class DraftSerializer(PlanFields):
    """A new plan."""


class ChangeSerializer(PlanFields):
    """Only what is to change. `reason` is needed once the plan is approved, `accept_voiding` where the change
    widens it and so ends the approval."""

    reason = TextField(default="")
    accept_voiding = BooleanField(default=False)


class SubmitSerializer(StrictSerializer):
    """`version` is that of the plan that was read; `declared` says that it was, and that it is true."""

    version = serializers.CharField(max_length=200)
    declared = BooleanField()
    answer = TextField(default="", help_text="To the officer's reasons, where the plan was returned.")

    def validate_declared(self, value: bool) -> bool:
        if not value:
            raise serializers.ValidationError("Say that the plan was read and is true and complete.")
        return value


class CancelSerializer(StrictSerializer):
    """`done` and `collected` report what had been done and collected by then: needed once it was approved."""

    reason = TextField(allow_blank=False)
    done = TextField(default="")
    collected = TextField(default="")


class ListQuery(StrictSerializer):
    """Filters and the place in a list. `cursor` is the `next` of the page before."""

    state = serializers.ChoiceField(STATES, required=False)
    starts_from = InstantField(required=False, help_text="Windows that start then or later.")
    starts_before = InstantField(required=False, help_text="Windows that start before then.")
    cursor = serializers.CharField(max_length=120, required=False)
    limit = serializers.IntegerField(min_value=1, max_value=MAX_PAGE, default=PAGE)


class CameraSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    name = serializers.CharField()


class PlannedCameraSerializer(CameraSerializer):
    """`zone` in fractions of the picture; empty is the whole picture. `far_face` is how wide a face is at its
    far edge, as a fraction of the picture's width; null where nobody measured it."""

    zone = ZonePointSerializer(many=True)
    far_face = NumberField(allow_null=True)


class ChosenAssessmentSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    kind = serializers.CharField()
    sha256 = serializers.CharField()


class CameraListSerializer(serializers.Serializer):
    items = CameraSerializer(many=True)


class PlanSerializer(serializers.Serializer):
    """The written authority. `version` is also the ETag of the plan's own address."""

    version = serializers.CharField()
    sha256 = serializers.CharField()
    place_name = serializers.CharField(allow_blank=True)
    area = CornerSerializer(many=True)
    window_start = InstantField()
    window_end = InstantField()
    use_case = serializers.CharField(allow_blank=True)
    policing_purpose = serializers.CharField(allow_blank=True)
    necessity = serializers.CharField(allow_blank=True)
    proportionality = serializers.CharField(allow_blank=True)
    less_intrusive_means = serializers.CharField(allow_blank=True)
    collateral_intrusion = serializers.CharField(allow_blank=True)
    legal_bases = serializers.ListField(child=serializers.CharField())
    categories = serializers.ListField(child=serializers.CharField())
    max_subjects = serializers.IntegerField()
    cameras = PlannedCameraSerializer(many=True)
    pack_id = serializers.CharField(allow_blank=True)
    threshold = serializers.FloatField()
    rehearsal = serializers.BooleanField()
    operation = serializers.CharField(allow_blank=True)
    place_reason = serializers.CharField(allow_blank=True)
    alternatives = PlaceSerializer(many=True)
    nearby = serializers.ListField(child=serializers.CharField())
    nearby_measures = serializers.CharField(allow_blank=True)
    starts_by = InstantField(allow_null=True)
    criteria = serializers.CharField(allow_blank=True)
    sources = serializers.ListField(child=serializers.CharField())
    vulnerable = serializers.CharField(allow_blank=True)
    assessments = ChosenAssessmentSerializer(many=True)
    approaches = serializers.ListField(child=serializers.CharField())
    signage_plan = serializers.CharField(allow_blank=True)
    engagement_plan = serializers.CharField(allow_blank=True)
    resourcing_plan = serializers.CharField(allow_blank=True)
    footfall = serializers.IntegerField()
    urgent_grounds = serializers.CharField(allow_blank=True)
    urgent_reason = serializers.CharField(allow_blank=True)
    publish_at = InstantField(allow_null=True)


class DeploymentSerializer(serializers.Serializer):
    """Where a deployment stands. Times are null until they come. `sealed_list_sha256` is a hash of the sealed
    list; no name and no picture is in it."""

    id = serializers.UUIDField()
    reference = serializers.CharField()
    state = serializers.ChoiceField(STATES)
    state_since = InstantField(allow_null=True)
    waits_for = serializers.CharField(help_text="Whose turn it is, in words.")
    planner = serializers.CharField()
    plan = PlanSerializer()
    approved_sha256 = serializers.CharField(allow_null=True)
    approved_at = InstantField(allow_null=True)
    notice_published_at = InstantField(allow_null=True)
    notice_verified_at = InstantField(allow_null=True)
    sealed_list_sha256 = serializers.CharField(allow_null=True)
    sealed_at = InstantField(allow_null=True)
    started_at = InstantField(allow_null=True)
    ended_at = InstantField(allow_null=True)
    created_at = InstantField()


class DeploymentRowSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    reference = serializers.CharField()
    state = serializers.ChoiceField(STATES)
    place_name = serializers.CharField(allow_blank=True)
    window_start = InstantField()
    window_end = InstantField()
    rehearsal = serializers.BooleanField()


class DeploymentListSerializer(serializers.Serializer):
    """The latest window first. `next` is the cursor of the next page, null on the last one."""

    items = DeploymentRowSerializer(many=True)
    next = serializers.CharField(allow_null=True)


def plain(serializer: type[serializers.Serializer], values: Any) -> Any:
    """JSON values in the form that the serializer says."""
    return dict(serializer(values).data)
