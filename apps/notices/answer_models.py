"""What the oversight body has published of its questions and recommendations, for the page of its force."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from apps.core.models import TenantModel
from apps.notices.answer_data import AnswerKind, Standing


class PublicAnswer(TenantModel):
    """One question or recommendation with the force's reply, as the public reads it.

    A copy, as a notice is one, so that an anonymous page needs no other table. Once published all may read
    the row; the application may change nothing in it but how a recommendation stands.
    """

    kind = models.CharField(max_length=20)
    number = models.PositiveIntegerField()
    # Of the deployment that it is about; empty where that has no public notice, or there is none.
    reference = models.CharField(max_length=40, blank=True)
    slug = models.CharField(max_length=40, blank=True)
    text = models.TextField()
    reply = models.TextField()
    asked_at = models.DateTimeField()
    replied_at = models.DateTimeField()
    standing = models.CharField(max_length=20, blank=True)
    published_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-published_at", "-number")
        constraints = [
            models.UniqueConstraint(fields=["force_id", "kind", "number"], name="notices_answer_once"),
            models.CheckConstraint(
                condition=Q(kind=AnswerKind.QUESTION.value, standing="")
                | Q(kind=AnswerKind.RECOMMENDATION.value, standing__in=[each.value for each in Standing]),
                name="notices_answer_standing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"
