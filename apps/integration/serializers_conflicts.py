"""What of an import waits for a person, as JSON: lines and references, no name, no picture, no file name."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import reverse
from rest_framework import serializers

from apps.recognition.api import SameFaceBasis
from apps.watchlists.data import Copied, ImportJobData
from apps.watchlists.repeats import OpenItems

PLANNER, SECOND_PERSON = "planner", "second_person"


class FaceConflictSerializer(serializers.Serializer):
    """Two identities whose pictures show one face."""

    first = serializers.CharField(help_text="A reference, as it was sent.")
    second = serializers.CharField()
    first_line = serializers.IntegerField(help_text="Of watchlist.csv; the header is line 1.")
    second_line = serializers.IntegerField()
    similarity = serializers.FloatField(help_text="Cosine, of the two nearest pictures.")
    same_picture = serializers.BooleanField(help_text="By its bytes or its pixels.")
    looks_copied = serializers.BooleanField(help_text="Seems to be one photograph, saved anew.")
    waits_for = serializers.ChoiceField([PLANNER, SECOND_PERSON])


class PictureRepeatSerializer(serializers.Serializer):
    """Two rows of one identity that have one picture."""

    reference = serializers.CharField()
    first_line = serializers.IntegerField()
    second_line = serializers.IntegerField()
    how = serializers.ChoiceField([each.value for each in Copied])


class SameFaceSerializer(serializers.Serializer):
    """From which similarity on two faces are taken for one, and what that rests on."""

    threshold = serializers.FloatField()
    basis = serializers.ChoiceField([each.value for each in SameFaceBasis])
    pairs = serializers.IntegerField(help_text="Pairs of pictures of different identities.")
    strangers = serializers.FloatField(
        allow_null=True, help_text="At most so many pairs of different people reach it, by the evidence."
    )
    missed = serializers.FloatField(
        allow_null=True, help_text="Share of the evidence's pairs of one person that do not reach it."
    )
    missed_at_most = serializers.FloatField(allow_null=True)


class ConflictsSerializer(serializers.Serializer):
    """Only people decide: `faces_page` and `pictures_page` are where. Very many are shown in parts: what is
    left comes after a decision. Empty in every other state than checked."""

    faces = FaceConflictSerializer(many=True)
    pictures = PictureRepeatSerializer(many=True)
    faces_page = serializers.CharField()
    pictures_page = serializers.CharField()
    same_face = SameFaceSerializer(allow_null=True)


def conflicts_json(job: ImportJobData, items: OpenItems) -> dict[str, Any]:
    """For ConflictsSerializer."""
    face = ("first", "second", "first_line", "second_line", "same_picture", "looks_copied")
    return {
        "faces": [
            {
                **{name: getattr(each, name) for name in face},
                "similarity": round(each.cosine_similarity, 3),
                "waits_for": SECOND_PERSON if each.pair in items.second else PLANNER,
            }
            for each in items.faces
        ],
        "pictures": [
            {name: getattr(each, name) for name in ("reference", "first_line", "second_line", "how")}
            for each in items.pictures
        ],
        "faces_page": _address("deployments:same-face", job),
        "pictures_page": _address("deployments:same-picture", job),
        "same_face": None if job.report is None else job.report.same_face,
    }


def _address(page: str, job: ImportJobData) -> str:
    return str(settings.LFR_PUBLIC_BASE_URL).rstrip("/") + reverse(page, args=[job.deployment_id])
